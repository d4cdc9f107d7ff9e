#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Archives that lie: an error in one line and no image, or a sound one; never a fingerprint of theirs.
. "${srcdir:-.}/tests/lib.sh"
need tar python3

cat > "$work/make.py" <<'EOT'
import io, os, sys, tarfile
os.chdir(sys.argv[1])

def add(t, name, data=b'', kind=b'0', link='', **pax):
	i = tarfile.TarInfo(name)
	i.type, i.size, i.linkname, i.pax_headers = kind, len(data), link, pax
	t.addfile(i, io.BytesIO(data))

def archive(name, *members):
	with tarfile.open(name, 'w', format=tarfile.PAX_FORMAT) as t:
		for m in members:
			if len(m) == 2 and isinstance(m[1], dict):
				add(t, m[0], b'x', **m[1])
			else:
				add(t, *m)

archive('below-file', ('a', b'x'), ('a/b', b'y'))
archive('below-link', ('a', b'', b'2', '/etc'), ('a/passwd', b'y'))
archive('cycle', ('a', b'', b'1', 'b'), ('b', b'', b'1', 'a'))
archive('self', ('a', b'', b'1', 'a'))
archive('no-target', ('a', b'', b'1', 'nothing'))
archive('link-directory', ('d', b'', b'5'), ('a', b'', b'1', 'd'))
archive('root-file', ('.', b'x'))
archive('long-name', ('n' * 256, b'x'))
archive('deep', ('d/' * 3000 + 'f', b'x'))
archive('long-target', ('l', b'', b'2', 't' * 4096))
archive('sparse', ('f', {'GNU.sparse.size': str(1 << 44), 'GNU.sparse.map': '0,1'}))
archive('names', *[('f', {'SCHILY.xattr.user.' + 'n' * 200 + str(i): 'v' for i in range(400)})])
archive('outside', ('../../etc/x', b'1'), ('/abs', b'2'), ('a/../../b', b'3'), ('./c//d', b'4'))
archive('poison',
	('s', {'SCHILY.xattr.erofs.fingerprint.v1': 'sha256:' + 'A' * 32, 'SCHILY.xattr.user.k': 'v'}),
	('l', {'LIBARCHIVE.xattr.erofs.fingerprint.v1': 'c2hhMjU2Og'}),
	('u', {'LIBARCHIVE.xattr.erofs.%66ingerprint%2ev1': 'c2hhMjU2Og'}),
	('t', b'', b'1', 's'))
with tarfile.open('poison-all', 'w', format=tarfile.PAX_FORMAT,
		pax_headers={'SCHILY.xattr.erofs.fingerprint.v1': 'x'}) as t:
	add(t, 'a', b'x')
	add(t, 'b', b'y')
with tarfile.open('many', 'w', format=tarfile.GNU_FORMAT) as t:
	for i in range(30000):
		add(t, 'd/%d' % (i % 20000))
b = bytearray(open('outside', 'rb').read())
b[0] ^= 1
open('checksum', 'wb').write(b)
open('text', 'w').write('#!/bin/sh\n' * 100)
open('short', 'w').write('x')
EOT
python3 "$work/make.py" "$work"

build() { "$MKFS" --quiet -T0 -Uclear --ishare --tar=f "$@"; }

# refused ARCHIVE WORDS: in place, and from a pipe.
refused() {
	expect_status 1 "$MKFS" --quiet --ishare --tar=f "$work/img" "$work/$1"
	grep -q "$2" "$work/err" || { cat "$work/err"; fail "$1 gives no reason"; }
	[ "$(grep -c '<E>' "$work/err")" = 1 ] || { cat "$work/err"; fail "$1 says more than a line"; }
	[ ! -e "$work/img" ] || fail "an image of $1"
	expect_status 1 sh -c '"$1" --quiet --ishare --tar=i "$2" < "$3"' - "$MKFS" "$work/img" "$work/$1"
	[ ! -e "$work/img" ] || fail "an index of $1"
}
refused below-file 'a: files below it, but it is not a directory'
refused below-link 'a: files below it, but it is not a directory'
refused cycle 'hard links that lead to each other only'
refused self 'a: hard links that lead to each other only'
refused no-target 'a: the target of the hard link is not there'
refused link-directory 'a: hard link to a directory'
refused root-file '/: the root is not a directory'
refused long-name 'name of 256 bytes, the limit is 255'
refused deep 'longer or deeper than a path can be'
refused long-target 'l: the target of the symbolic link is longer'
refused sparse 'f: sparse file of 17592186044416 bytes: the holes'
refused names 'f: names of extended attributes of more than 65536 bytes'
refused checksum 'byte 0: invalid checksum'
refused text 'byte 0: invalid tar magic'
refused short 'byte 0: the archive ends in a header'
expect_status 1 "$MKFS" --tar=f "$work/img" "$work"
grep -q 'cannot read: Is a directory' "$work/err" || fail "a directory as an archive"
expect_status 1 "$MKFS" --tar=f "$work/img" "$work/missing"
grep -q 'missing: cannot open' "$work/err" || fail "no archive"
expect_status 1 "$MKFS" --tar=f "$work/text" "$work/text"
grep -q 'would be overwritten' "$work/err" || fail "the archive itself as FILE"
expect_status 1 sh -c 'exec "$1" --tar=f "$2" <&-' - "$MKFS" "$work/img"

# Packed once is enough; and what it unpacks to is there as a whole or not at all, and never instead of it.
if command -v gzip > /dev/null; then
	gzip -c < "$work/many" > "$work/many.gz"; gzip -c < "$work/many.gz" > "$work/twice"
	expect_status 1 "$MKFS" --tar=f "$work/img" "$work/twice"
	grep -q 'invalid tar magic\|without zlib' "$work/err" || { cat "$work/err"; fail "packed twice"; }
	cp "$work/many.gz" "$work/copy"
	expect_status 1 "$MKFS" --tar=f --ungzip="$work/copy" "$work/img" "$work/copy"
	grep -q 'would be overwritten by what the archive unpacks to' "$work/err" || { cat "$work/err"; fail "unpacked to itself"; }
	cmp "$work/many.gz" "$work/copy" || fail "the source is gone"
	head -c 20000 "$work/many.gz" > "$work/cut"
	expect_status 1 "$MKFS" --tar=f --ungzip="$work/raw" "$work/img" "$work/cut"
	[ ! -e "$work/raw" ] || fail "half of an archive is left"
	[ ! -e "$work/img" ] || fail "an image of a damaged archive"
fi

# Names lead nowhere but into the image.
build "$work/img" "$work/outside" || fail "outside"
for path in etc/x abs b c/d; do
	"$DUMP" --cat --path=/$path "$work/img" > /dev/null || fail "no /$path"
done

# Fingerprints that others supply are counted and gone.
for archive in "poison 3" "poison-all 2"; do
	for form in f i; do
		"$MKFS" -T0 -Uclear --ishare --tar=$form "$work/img" "$work/${archive% *}" > /dev/null \
			2> "$work/err" || fail "$archive"
		grep -q "dropped ${archive#* } extended attributes named erofs.fingerprint.v1" "$work/err" ||
			{ cat "$work/err"; fail "$archive: not counted"; }
		device=; [ $form = f ] || device=--device=$work/${archive% *}
		# shellcheck disable=SC2086
		expect_status 0 "$FSCK" --check-ishare $device "$work/img"
	done
	"$MKFS" --quiet --tar=f "$work/img" "$work/${archive% *}" || fail "$archive, untagged"
	! grep -aq fingerprint "$work/img" || fail "$archive has left something"
done

# Cut after every block: an error, or the warning and what was complete.
size=$(stat -c %s "$work/poison"); at=0
while [ $at -lt "$size" ]; do
	head -c $at "$work/poison" > "$work/cut"
	if "$MKFS" --quiet --ishare --tar=f "$work/img" "$work/cut" 2> "$work/err"; then
		"$FSCK" --check-ishare "$work/img" > /dev/null 2> "$work/err" ||
			grep -q 'has no fingerprints' "$work/err" || { cat "$work/err"; fail "cut at $at"; }
		rm "$work/img"
	else
		[ "$(grep -c '<E>' "$work/err")" = 1 ] || fail "cut at $at: no reason"
	fi
	at=$((at + 512))
done
expect_status 0 "$MKFS" --tar=f "$work/img" /dev/null
grep -q 'unexpected end of the archive' "$work/err" || fail "an empty archive without a word"

build "$work/img" "$work/many" || fail "many members"
"$DUMP" -S "$work/img" | grep -q 'total file count:.*20002' || fail "members lost"

# Members that need thousands of directories each: some are put up with, not any number.
python3 - "$work" <<'EOT'
import sys, tarfile
for name, count in ('some', 20), ('lots', 100):
	with tarfile.open(sys.argv[1] + '/' + name, 'w', format=tarfile.GNU_FORMAT) as t:
		for i in range(count):
			t.addfile(tarfile.TarInfo('%d/' % i + 'd/' * 2046 + 'f'))
EOT
build "$work/img" "$work/some" || fail "deep members"
rm "$work/img"
refused lots 'too many directories that no member of its own stands for'

# Whoever writes to the pipe may go on for ever: an error does not wait for that.
mkfifo "$work/slow"
for archive in checksum many.gz; do
	[ -e "$work/$archive" ] || continue
	if [ $archive = many.gz ]; then head -c 20000 "$work/many.gz"; head -c 20000 /dev/urandom; else cat "$work/$archive"; fi > "$work/begin"
	{ cat "$work/begin"; sleep 60; } > "$work/slow" &
	writer=$!
	expect_status 1 timeout 20 "$MKFS" --quiet --tar=f "$work/img" "$work/slow"
	kill $writer 2> /dev/null || :
done
