#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# --json: one object, and nothing else on stdout.
. "${srcdir:-.}/tests/lib.sh"
need python3

mkdir -p "$work/tree/$(printf 'd\377')" "$work/images"
printf 'content' > "$work/tree/$(printf 'd\377')/caf\303\251"
"$MKFS" --quiet --ishare=sha256 "$work/image" "$work/tree" || fail "cannot build"
status=0
"$FSCK" --json "$work/image" > "$work/json" 2> "$work/err" || status=$?
grep -q json-c "$work/err" && skip "built without json-c"
can_decode lz4 || skip "one of the images is compressed by LZ4, which this build cannot read"
[ $status = 0 ] || fail "status $status: $(cat "$work/err")"

# holds EXPRESSION: of j, the object.
holds() {
	python3 - "$work/json" "$1" <<-'EOT' || fail "not so: $1: $(cat "$work/json")"
	import json, sys
	j = json.load(open(sys.argv[1], encoding="utf-8", errors="surrogatepass"))
	sys.exit(not eval(sys.argv[2]))
	EOT
}
holds 'set(j) == {"findings", "images", "summary"}'
holds 'j["findings"] == [] and j["summary"] == {"errors": 0, "warnings": 0, "status": 0}'
holds 'len(j["images"]) == 1 and j["images"][0]["path"].endswith("/image")'
holds 'j["images"][0]["inodes"] == 3 and j["images"][0]["regular_files"] == 1'
holds '"ishare" not in j["images"][0]'

expect_status 0 "$FSCK" --json --check-ishare "$work/image"
cp "$work/out" "$work/json"
holds 'j["images"][0]["ishare"]["files"] == 1 and j["images"][0]["ishare"]["verified"] == 1'

# A finding with a path that is not UTF-8.
at=$(grep -abo content "$work/image" | head -n 1 | cut -d: -f1)
printf 'C' | dd of="$work/image" bs=1 seek="$at" conv=notrunc 2>/dev/null
expect_status 4 "$FSCK" --json --no-sbcrc --check-ishare "$work/image"
cp "$work/out" "$work/json"
holds 'len(j["findings"]) == 1 and j["summary"]["errors"] == 1 and j["summary"]["status"] == 4'
holds 'j["findings"][0]["rule"] == "ishare-forged" and j["findings"][0]["severity"] == "error"'
holds 'j["findings"][0]["path"] == "/d\udcff/caf\\303\\251" or j["findings"][0]["path"].encode("utf-8", "surrogateescape").startswith(b"/d\xff/")'
holds 'j["findings"][0]["nid"] > 0 and j["findings"][0]["image"].endswith("/image")'
grep -q 'ishare-forged' "$work/err" && fail "the finding is on stderr, too"

# Every hostile image gives an object whose findings agree with its summary.
"$builddir/tests/reject/make-images" "$work/images" > "$work/list" || fail "cannot make the images"
while read -r file want option rules; do
	expect_status "$want" "$FSCK" --json "$option" "$work/images/$file"
	cp "$work/out" "$work/json"
	# One interpreter for all three, as there are many images.
	holds "(set(f['rule'] for f in j['findings']) == set('$rules'.split()) and
		sum(f['severity'] == 'error' for f in j['findings']) == j['summary']['errors'] and
		j['summary']['status'] == $want == j['images'][0]['status'])"
done < "$work/list"

# What could not be checked is said in the object, too.
expect_status 8 "$FSCK" --json "$work/nothing-here"
cp "$work/out" "$work/json"
holds 'j["summary"]["status"] == 8 and j["images"][0]["status"] == 8'

# A stream that takes nothing.
if [ -e /dev/full ]; then
	status=0
	"$FSCK" --json "$work/images/sound.erofs" > /dev/full 2> "$work/err" || status=$?
	[ $status = 8 ] && [ -s "$work/err" ] || fail "/dev/full: status $status"
fi
