#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# An index of a tar archive: the archive is the image's device, or stands right behind it in the same file; files
# have true fingerprints, made while the archive passes by.
. "${srcdir:-.}/tests/lib.sh"
need tar

src=$work/src
mkdir -p "$src/d"
echo hello > "$src/a"; ln "$src/a" "$src/d/b"; ln -s a "$src/l"; : > "$src/nothing"
head -c 300000 /dev/urandom > "$src/d/big"
truncate -s 200K "$src/sparse"; printf x | dd of="$src/sparse" bs=1 seek=102400 conv=notrunc 2>/dev/null
truncate -s 64K "$src/hole"
tar -C "$src" -S --format=posix -cf "$work/t.tar" .

index() { "$MKFS" --quiet -T0 -Uclear --ishare --tar=i "$@" || fail "mkfs.erofs $*"; }

# compare IMAGE [DEVICE]: names and bytes as in the source.
compare() {
	for file in a d/b d/big sparse hole nothing; do
		"$DUMP" --cat --path=/$file ${2:+--device="$2"} "$1" | cmp - "$src/$file" || fail "$file"
	done
	"$FSCK" --check-ishare ${2:+--device="$2"} "$1" > "$work/out" 2>&1 || { cat "$work/out"; fail "$*"; }
	grep -q '4 of 4 files tagged, 4 verified' "$work/out" || { cat "$work/out"; fail "tags of $1"; }
}

index "$work/img" "$work/t.tar"
"$FSCK" "$work/img" > /dev/null || fail "fsck without the device"
"$DUMP" -s "$work/img" | grep -q 'incompatible features:.*chunked_file device_table' || fail features
"$DUMP" -s "$work/img" | grep -q 'blocksize: *512$' || fail "block size"
[ "$(stat -c %s "$work/img")" -lt 20000 ] || fail "an index as large as its archive"
compare "$work/img" "$work/t.tar"

# The same from a pipe, read to its end, and packed.
# shellcheck disable=SC2002
cat "$work/t.tar" | index "$work/pipe"; same "$work/img" "$work/pipe"
if command -v gzip > /dev/null; then
	gzip -c "$work/t.tar" > "$work/t.gz"
	if "$MKFS" --quiet -T0 -Uclear --ishare --tar=i --ungzip="$work/raw" "$work/gz" "$work/t.gz" 2> "$work/err"
	then
		same "$work/img" "$work/gz"; same "$work/t.tar" "$work/raw"
	else
		grep -q 'without zlib' "$work/err" || { cat "$work/err"; fail "--ungzip"; }
	fi
fi
{ cat "$work/t.tar"; head -c 4000000 /dev/zero; } > "$work/padded"
index "$work/pipe" < "$work/padded"
compare "$work/pipe" "$work/padded"

# The archive begins where reading does, and so does the device.
{ head -c 1024 /dev/urandom; cat "$work/t.tar"; } > "$work/behind"
{ dd bs=512 count=2 of=/dev/null 2>/dev/null; index "$work/pipe"; } < "$work/behind"
same "$work/img" "$work/pipe"

# As containerd does it: the archive goes behind the index.
cp "$work/img" "$work/both"; cat "$work/t.tar" >> "$work/both"
compare "$work/both"

# Another archive of the same length does not pass for this one.
sed 's/hello/hellO/' "$work/t.tar" > "$work/other"
expect_status 4 "$FSCK" --check-ishare --device="$work/other" "$work/img"
grep -q '/a' "$work/out" "$work/err" || fail "the changed file is not named"

# Holes that are no whole blocks.
printf 'abc' > "$src/odd"; truncate -s 5000 "$src/odd"
if command -v python3 > /dev/null; then
	python3 - "$work/odd.tar" <<'EOT'
import io, sys, tarfile
with tarfile.open(sys.argv[1], 'w', format=tarfile.PAX_FORMAT) as t:
	i = tarfile.TarInfo('odd')
	i.size = 6
	i.pax_headers = {'GNU.sparse.size': '5000', 'GNU.sparse.map': '0,3,100,3'}
	t.addfile(i, io.BytesIO(b'abcdef'))
EOT
	expect_status 1 "$MKFS" --tar=i "$work/x" "$work/odd.tar"
	grep -q 'odd: holes that are not multiples of 512 bytes' "$work/err" || fail "odd holes"
	"$MKFS" --quiet --ishare --tar=f "$work/x" "$work/odd.tar" || fail "odd holes in a full image"
	"$FSCK" --check-ishare "$work/x" > /dev/null || fail "odd holes"
fi

# Headers alone. What is not there cannot be tagged.
python3 - "$work/t.tar" "$work/headers" 2>/dev/null <<'EOT' || skip "no python3 for an archive of headers"
import sys, tarfile
with tarfile.open(sys.argv[1]) as t, open(sys.argv[1], 'rb') as f, open(sys.argv[2], 'wb') as o:
	for m in t:
		if m.name.endswith(('/a', '/big', '/nothing')):
			f.seek(m.offset_data - 512)
			o.write(f.read(512))
EOT
"$MKFS" --quiet --tar=headerball "$work/x" "$work/headers" || fail "headerball"
"$FSCK" "$work/x" > /dev/null || fail "fsck of a headerball"
"$DUMP" --path=/d/big "$work/x" | grep -q 'Size: 300000 .*regular file' || fail "size in a headerball"
expect_status 1 "$MKFS" --ishare --tar=headerball "$work/x" "$work/headers"
grep -q 'no fingerprint can be true' "$work/err" || fail "a tagged headerball"
"$MKFS" --quiet --ishare -b512 "$work/tagged" "$src"
expect_status 1 "$MKFS" --incremental --tar=headerball "$work/tagged" "$work/headers"
grep -q 'no fingerprint can be true' "$work/err" || fail "a headerball in a tagged image"
# Holes are not compressed, whatever -z says.
if "$MKFS" -V | grep -qw '^available compressors:.*lz4'; then
	"$MKFS" --quiet --tar=headerball -T0 -Uclear "$work/x" "$work/headers"
	"$MKFS" --quiet --tar=headerball -T0 -Uclear -zlz4 -C4096 "$work/z" "$work/headers"
	same "$work/x" "$work/z"
fi

# A few headers without data do not become gigabytes.
if command -v python3 > /dev/null; then
	python3 -c '
import sys, tarfile
with tarfile.open(sys.argv[1], "w", format=tarfile.GNU_FORMAT) as t:
	for name in "abcdefghijklmnopq":
		member = tarfile.TarInfo(name)
		member.size = 1 << 62
		t.addfile(member)' "$work/headers"
	expect_status 1 "$MKFS" --quiet --tar=headerball "$work/y" "$work/headers"
	grep -q 'q: file of 4611686018427387904 bytes in pieces of 1099511627776: too many' "$work/err" ||
		{ cat "$work/err"; fail "many large headers"; }
fi

need_kernel_erofs
"$MKFS" --quiet --tar=i -b4096 "$work/img" "$work/t.tar" || fail "-b4096"
cat "$work/t.tar" >> "$work/img"
mkdir "$work/mnt"
mount -t erofs -o loop,ro "$work/img" "$work/mnt" 2>/dev/null || skip "this kernel mounts no index"
mounts=$work/mnt
for file in a d/b d/big sparse hole nothing; do
	cmp "$work/mnt/$file" "$src/$file" || fail "the kernel reads another $file"
done
