#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# -s: every label of erofs-utils 1.9 in its order, with the value at column 47; --blkid-udev; --json.
. "${srcdir:-.}/tests/lib.sh"
uuid=c0ffee00-1111-4222-8333-444455556666
mkdir "$work/tree"
echo data > "$work/tree/file"
TZ=UTC; export TZ

"$MKFS" --quiet -T 1600000000 -U $uuid "$work/plain.erofs" "$work/tree"
"$DUMP" "$work/plain.erofs" > "$work/out"
same_line() { grep -qxF "$1" "$work/out" || { cat "$work/out"; fail "no line '$1'"; }; }
same_line 'Filesystem magic number:                      0xE0F5E1E2'
same_line 'Filesystem blocksize:                         4096'
same_line 'Filesystem lz4_max_distance:                  0'
same_line 'Filesystem sb_size:                           128'
same_line 'Filesystem created:                           Sun Sep 13 12:26:40 2020'
same_line 'Filesystem compatible features:               sb_csum mtime '
same_line 'Filesystem incompatible features:             '
same_line "Filesystem UUID:                              $uuid"
sed 's/:.*//' "$work/out" > "$work/labels"
cat > "$work/expected" <<END
Filesystem magic number
Filesystem blocksize
Filesystem blocks
Filesystem inode metadata start block
Filesystem shared xattr metadata start block
Filesystem root nid
Filesystem lz4_max_distance
Filesystem sb_size
Filesystem inode count
Filesystem created
Filesystem compatible features
Filesystem incompatible features
Filesystem UUID
END
same "$work/labels" "$work/expected"
awk 'substr($0, 46, 1) != " " || substr($0, 47, 1) == " " && !/incompatible/ { print; bad = 1 } END { exit bad }' \
	"$work/out" || fail "a value is not at column 47"
"$DUMP" -s "$work/plain.erofs" | cmp - "$work/out" || fail "-s is not the default"
"$DUMP" --ls "$work/plain.erofs" | cmp - "$work/out" || fail "--ls alone is not the superblock"

# The clock of the reader.
TZ=XYZ-5 "$DUMP" "$work/plain.erofs" | grep -q 'created: *Sun Sep 13 17:26:40 2020$' ||
	fail "times are not local"

# What only we print comes last, and only where there is something to say.
"$MKFS" --quiet -L MYLABEL --ishare=sha256 --chunksize=4096 "$work/more.erofs" "$work/tree"
"$DUMP" "$work/more.erofs" > "$work/out"
sed 's/:.*//' "$work/out" | tail -3 > "$work/labels"
cat > "$work/expected" <<END
Required upstream Linux kernel version
Linux kernel version for page cache sharing
Filesystem volume label
END
same "$work/labels" "$work/expected"
same_line 'Required upstream Linux kernel version:       6.4'
same_line 'Linux kernel version for page cache sharing:  7.0'
same_line 'Filesystem volume label:                      MYLABEL'
same_line 'Filesystem incompatible features:             chunked_file xattr_prefixes '
grep -q '^Filesystem compatible features: .* ishare_xattrs $' "$work/out" || fail "no ishare_xattrs"

"$DUMP" --blkid-udev "$work/plain.erofs" > "$work/out"
printf 'ID_FS_UUID=%s\nID_FS_UUID_ENC=%s\nID_FS_TYPE=erofs\nID_FS_USAGE=filesystem\n' $uuid $uuid > "$work/expected"
same "$work/out" "$work/expected"
# udev asks every device: silence.
head -c 8192 /dev/zero > "$work/none"
expect_status 1 "$DUMP" --blkid-udev "$work/none"
[ ! -s "$work/err" ] || fail "--blkid-udev says: $(cat "$work/err")"

# A wrong checksum is worth a warning and no more.
cp "$work/plain.erofs" "$work/wrong.erofs"
printf '\377' | dd of="$work/wrong.erofs" bs=1 seek=$((1024 + 4)) conv=notrunc status=none
expect_status 0 "$DUMP" "$work/wrong.erofs"
grep -q '^<W> erofs: .*checksum' "$work/err" || fail "no warning about the checksum"
grep -q "$uuid" "$work/out" || fail "no superblock in spite of the checksum"

# An image inside a file.
{ head -c 4096 /dev/zero; cat "$work/plain.erofs"; } > "$work/offset"
"$DUMP" --offset=4096 "$work/offset" | grep -q "$uuid" || fail "--offset"
