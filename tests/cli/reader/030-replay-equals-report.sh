#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What replay measures by reading is exactly what dump.erofs --ishare-groups predicts from the fingerprints,
# with any number of threads and under each rule set, verified or not.
. "${srcdir:-.}/tests/lib.sh"

# Two trees that agree in part, with hard links, equal files in one tree, empty files and page-edge sizes.
make_tree() {
	mkdir -p "$1/sub"
	for n in 1 4095 4096 4097 8192 100000; do
		yes "$n" | head -c $n > "$1/same-$n"
		yes "$1 $n" | head -c $n > "$1/own-$n"
	done
	ln "$1/same-100000" "$1/sub/link"
	cp "$1/same-4097" "$1/sub/copy"
	: > "$1/empty"
	ln -s empty "$1/symlink"
}
cd "$work"
make_tree a; make_tree b
"$MKFS" --quiet --ishare=sha256 a.erofs a
"$MKFS" --quiet --ishare=sha256 -b1024 b.erofs b
"$MKFS" --quiet b-untagged.erofs b

# pages(size) of everything that differs: computed by hand, in pages.
# each tree: 1+1+1+2+2+25 same, the same own, 2 for the copy; shared: the same ones once.
expect_status 0 "$READ" replay a.erofs b.erofs
grep -q '^unshared  *132  *540672$' out || { cat out >&2; fail "unshared figures"; }
grep -q '^shared  *96  *393216$' out || { cat out >&2; fail "shared figures"; }
grep -q '^saved  *36  *147456  *27.3 %$' out || { cat out >&2; fail "saved figures"; }
grep -q '26 files, 26 tagged, 6 groups' out || { cat out >&2; fail "counts"; }
grep -q 'shared and unshared are equal' out || fail "no verdict"

# Domains keep to themselves: the first two images here share, the third has none to share with.
expect_status 0 "$READ" replay --domain-id=x --domain-id=x --domain-id=y a.erofs a.erofs a.erofs
grep -q '^shared  *128 ' out || { cat out >&2; fail "three images in two domains"; }
expect_status 0 "$READ" replay --domain-id=x --domain-id=y a.erofs a.erofs a.erofs
grep -q '^shared  *128 ' out || { cat out >&2; fail "the last domain id is not for the rest"; }

"$DUMP" --ishare-groups --json a.erofs > /dev/null 2>&1 || skip "the rest needs json-c"
totals() { tr -d '\n' < "$1" | sed 's/.*"totals":{\(.*"reduction":[^,}]*\).*/\1/'; }
compare() { # OPTIONS... IMAGES...: replay against the report of the images
	images=; for x; do case $x in -*) ;; *) images="$images $x" ;; esac; done
	# shellcheck disable=SC2086 # names without blanks
	"$DUMP" --ishare-groups --json $images > predicted
	expect_status 0 "$READ" replay --json "$@"
	totals predicted > p; totals out > m
	grep -q '"unshared_bytes":[1-9]' p || fail "no totals"
	cmp -s p m || { cat p m >&2; fail "prediction and measurement differ: $*"; }
}
compare a.erofs b.erofs
compare --threads=1 a.erofs b.erofs
compare --threads=5 --no-verify a.erofs b.erofs b-untagged.erofs
compare --rules=7.0 a.erofs a.erofs a.erofs
compare --rules=seed --no-verify a.erofs b.erofs
compare b-untagged.erofs b-untagged.erofs
compare a.erofs

# Every distinct tagged file is hashed once; without verification nothing is.
expect_status 0 "$READ" replay --json a.erofs b.erofs
bytes=$(cat a/same-* a/own-* b/same-* b/own-* a/sub/copy b/sub/copy | wc -c)
grep -q "\"bytes_verified\":$bytes" out || fail "not $bytes bytes verified"
grep -q '"misses":96,' out || fail "a page was read twice"
expect_status 0 "$READ" replay --json --no-verify a.erofs b.erofs
grep -q '"bytes_verified":0' out || fail "--no-verify hashes"

# A bound holds, and every byte is still right; sendfile shares nothing.
expect_status 0 "$READ" replay --json --cache-size=40K a.erofs b.erofs
grep -q '"shared_bytes":40960,' out && grep -q '"failed":0' out || { cat out >&2; fail "bounded"; }
expect_status 0 "$READ" replay --json --cache-size=1 a.erofs b.erofs
grep -q '"pages_cached":0,' out && grep -q '"failed":0' out || { cat out >&2; fail "no cache at all"; }
expect_status 0 "$READ" replay --json --sendfile a.erofs b.erofs
grep -q '"saved_bytes":0,' out || { cat out >&2; fail "sendfile shares"; }
