#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Onto a block device that holds something else: nothing of it is left in the image, and a build that
# fails leaves no image at all. And a blob as a second device.
. "${srcdir:-.}/tests/lib.sh"
need_kernel_erofs
need losetup

mkdir "$work/src"
seq 1 20000 > "$work/src/seq"
cp "$work/src/seq" "$work/src/twin"
head -c 700000 /dev/zero | tr '\0' x > "$work/src/x"
cp "$work/src/x" "$work/src/x-twin"
truncate -s 900000 "$work/src/sparse"
echo end >> "$work/src/sparse"

# A device of ones with a valid old image in front.
tr '\0' '\377' < /dev/zero | head -c 16777216 > "$work/disk"
mkdir "$work/other"
echo other > "$work/other/file"
"$MKFS" --quiet "$work/old" "$work/other"
dd if="$work/old" of="$work/disk" conv=notrunc status=none
attach "$work/disk"

for options in "" "--ishare --MZ" "--dsunit=8 --fsalignblks=16" "-b512" "--chunksize=4096"; do
	# shellcheck disable=SC2086
	"$MKFS" --quiet -T0 -Uclear $options "$loop" "$work/src" || fail "mkfs $options on a device"
	# shellcheck disable=SC2086
	"$MKFS" --quiet -T0 -Uclear $options "$work/img" "$work/src"
	cmp -n "$(wc -c < "$work/img")" "$work/img" "$loop" || fail "bytes of the old content are left: $options"
	expect_status 0 "$FSCK" "$loop"
	mkdir -p "$work/mnt"
	mount -t erofs -o ro "$loop" "$work/mnt" || fail "the kernel does not mount the device"
	mounts=$work/mnt
	diff -r "$work/src" "$work/mnt" || fail "content on a device: $options"
	expect_status 1 "$MKFS" --quiet "$loop" "$work/src"
	grep -q "busy" "$work/err" || fail "a mounted device is not refused"
	umount "$work/mnt"
	tr '\0' '\377' < /dev/zero | dd of="$loop" bs=1M status=none 2>/dev/null || :
	dd if="$work/old" of="$loop" conv=notrunc status=none
done

# Too small: what was there is gone, but no image is in its place.
tr '\0' '\377' < /dev/zero | head -c 200704 > "$work/small"
dd if="$work/old" of="$work/small" conv=notrunc status=none
attach "$work/small"
expect_status 1 "$MKFS" --quiet "$loop" "$work/src"
grep -q "No space left" "$work/err" || fail "a full device is not named"
[ "$(wc -l < "$work/err")" = 1 ] || fail "more than one line: $(cat "$work/err")"
"$DUMP" -s "$loop" >/dev/null 2>&1 && fail "half an image"

# Content in a blob, which the kernel finds as a second device.
"$MKFS" --quiet -b4096 --chunksize=4096 --ishare --blobdev="$work/blob" "$work/img" "$work/src"
attach -r "$work/blob"
mount -t erofs -o "loop,ro,device=$loop" "$work/img" "$work/mnt" || fail "no mount with a blob"
diff -r "$work/src" "$work/mnt" || fail "content in a blob"
umount "$work/mnt"

# A file that is a mount point cannot be replaced: it is written itself, or emptied.
echo old > "$work/img"
touch "$work/bound"
mount --bind "$work/img" "$work/bound"
mounts="$work/bound $work/mnt"
"$MKFS" --quiet "$work/bound" "$work/src" || fail "mkfs on a bound file"
expect_status 0 "$FSCK" "$work/bound"
cmp "$work/img" "$work/bound" || fail "not in place"
"$MKFS" --quiet --blobdev="$work/none/blob" --chunksize=4096 "$work/bound" "$work/src" 2>/dev/null &&
	fail "a blob in no directory"
expect_status 0 "$FSCK" "$work/bound"
umount "$work/bound"

# A file system without nameless files: a temporary one, gone afterwards.
if command -v mkfs.vfat >/dev/null 2>&1; then
	truncate -s 8M "$work/fat"
	mkfs.vfat "$work/fat" >/dev/null
	mkdir "$work/fatmnt"
	if mount -o loop "$work/fat" "$work/fatmnt" 2>/dev/null; then
		mounts="$work/fatmnt $work/mnt"
		for i in 1 2; do
			"$MKFS" --quiet "$work/fatmnt/img" "$work/src" || fail "mkfs on vfat"
			expect_status 0 "$FSCK" "$work/fatmnt/img"
			[ "$(ls -A "$work/fatmnt")" = img ] || fail "left on vfat: $(ls -A "$work/fatmnt")"
		done
		head -c 8000000 /dev/urandom > "$work/src/large"
		expect_status 1 "$MKFS" --quiet "$work/fatmnt/img" "$work/src"
		[ "$(ls -A "$work/fatmnt")" = img ] || fail "left on a full vfat: $(ls -A "$work/fatmnt")"
		expect_status 0 "$FSCK" "$work/fatmnt/img"
		umount "$work/fatmnt"
	else
		echo "this kernel has no vfat: named temporary files were not tried"
	fi
fi
exit 0
