#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# --tar=i,MAP: with the ranges that the map names copied into it, the image is a whole one.
. "${srcdir:-.}/tests/lib.sh"
need tar python3

src=$work/src
mkdir -p "$src/d"
head -c 5000 /dev/urandom > "$src/a"; head -c 4096 /dev/urandom > "$src/d/b"; printf x > "$src/d/c"; : > "$src/empty"
head -c 900000 /dev/urandom > "$src/large"; cp "$src/d/b" "$src/copy"; cp "$src/large" "$src/z"; ln "$src/a" "$src/link"
truncate -s 300000 "$src/sparse"; head -c 65536 /dev/urandom | dd of="$src/sparse" bs=65536 seek=2 conv=notrunc 2> /dev/null
tar -C "$src" -S --format=posix -cf "$work/t.tar" .

cat > "$work/apply.py" <<'EOT2'
import os, sys
image, tape, text, size = sys.argv[1], open(sys.argv[2], 'rb').read(), sys.argv[3], int(sys.argv[4])
with open(image, 'r+b') as out:
	for line in open(text):
		assert line[8] == line[17] == ' ' and line[26] in ' \n', line
		words = line.split()
		block, count, at = (int(word, 16) for word in words[:3])
		bytes = count * size - (int(words[3]) if len(words) > 3 else 0)
		out.seek(block * size)
		assert out.read(count * size) == b'\0' * (count * size), 'written already'
		out.seek(block * size)
		out.write(tape[at:at + bytes])
EOT2
whole() {
	python3 "$work/apply.py" "$work/img" "$work/t.tar" "$work/map" "$1" || fail "the map of $2"
	"$FSCK" --check-ishare "$work/img" > "$work/out" 2>&1 || { cat "$work/out"; fail "tags of $2"; }
	rm -rf "$work/tree"; "$FSCK" --extract="$work/tree" "$work/img" > /dev/null || fail "extract: $2"
	diff -r "$src" "$work/tree" || fail "content: $2"
}
map() { "$MKFS" --quiet -T0 -Uclear --ishare "$@" || fail "mkfs.erofs $*"; }
for size in 4096 512 65536; do
	map --tar=i,"$work/map" -b$size "$work/img" "$work/t.tar"
	cp "$work/map" "$work/first"; cp "$work/img" "$work/empty"
	whole $size "blocks of $size"
	# The same from a pipe, and packed: places are in what it unpacks to.
	# shellcheck disable=SC2002
	cat "$work/t.tar" | map --tar=0,"$work/map" -b$size --workers=1 --sort=none -Enoinline_data "$work/img"
	same "$work/first" "$work/map"; same "$work/empty" "$work/img"
done
if command -v gzip > /dev/null && gzip -c "$work/t.tar" > "$work/t.gz" &&
	"$MKFS" --quiet --tar=f "$work/img" "$work/t.gz" 2> /dev/null
then
	map -b65536 --tar=i,"$work/map" "$work/img" "$work/t.gz"
	same "$work/first" "$work/map"; same "$work/empty" "$work/img"
fi
[ "$(wc -l < "$work/map")" = 5 ] || { cat "$work/map"; fail "copies or the empty file have a line"; }

# Without an image there is no map; what has no plain blocks is refused.
rm "$work/map" "$work/img"
head -c 20000 "$work/t.tar" > "$work/cut"
expect_status 1 "$MKFS" --quiet --tar=i,"$work/map" "$work/img" "$work/cut"
[ ! -e "$work/map" ] && [ ! -e "$work/img" ] || fail "something is left"
expect_status 2 "$MKFS" --quiet --tar=i,"$work/map" --chunksize=4096 "$work/img" "$work/t.tar"
expect_status 2 "$MKFS" --quiet --tar=i, "$work/img" "$work/t.tar"
expect_status 1 "$MKFS" --quiet --tar=i,"$work/img" "$work/img" "$work/t.tar"
grep -q 'the image and the map of --tar are one file' "$work/err" || { cat "$work/err"; fail "one file"; }
python3 - "$work/odd.tar" <<'EOT2'
import io, sys, tarfile
with tarfile.open(sys.argv[1], 'w', format=tarfile.PAX_FORMAT) as t:
	i = tarfile.TarInfo('odd')
	i.size = 6
	i.pax_headers = {'GNU.sparse.size': '5000', 'GNU.sparse.map': '0,3,100,3'}
	t.addfile(i, io.BytesIO(b'abcdef'))
EOT2
expect_status 1 "$MKFS" --quiet --tar=i,"$work/map" "$work/img" "$work/odd.tar"
grep -q 'odd: holes that are not multiples of 4096 bytes' "$work/err" || { cat "$work/err"; fail "odd holes"; }
[ ! -e "$work/map" ] && [ ! -e "$work/img" ] || fail "something is left of odd holes"
