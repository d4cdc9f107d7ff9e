#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A block device as destination: as good as a file, and when it fails, neither an old image nor half a new one.
. "${srcdir:-.}/tests/lib.sh"
need_root
need losetup

# attach_while_open BACKING: sets $device. It stays for as long as it is open.
attach_while_open() {
	truncate -s 16M "$1"
	device=$(losetup -f --show "$1" 2>/dev/null) || skip "no loop devices here"
	exec 3< "$device"
	losetup -d "$device"
}

mkdir "$work/src" "$work/small"
head -c 5000000 /dev/urandom > "$work/src/file"
echo text > "$work/src/text"
build() { "$MKFS" -T0 -Uclear --ishare "$@" "$work/src"; }
build --quiet "$work/img"

attach_while_open "$work/backing"
expect_status 0 build "$device"
cmp -n "$(stat -c %s "$work/img")" "$device" "$work/img" || fail "a device gets another image"
expect_status 0 "$FSCK" --check-ishare "$device"

# What is behind the device runs full: an I/O error, which comes when it is synced.
mount -t tmpfs -o size=2M none "$work/small" 2>/dev/null || skip "no tmpfs here"
mounts="$work/small $mounts"
attach_while_open "$work/small/backing"
head -c 65536 "$work/img" | dd of="$device" conv=fsync 2>/dev/null
expect_status 1 build "$device"
grep -q "$device: cannot .*: Input/output error" "$work/err" || { cat "$work/err"; fail "message"; }
[ "$(wc -l < "$work/err")" = 1 ] || { cat "$work/err"; fail "not one line"; }
dd if="$device" bs=4096 count=1 iflag=direct 2>/dev/null | cmp -n 4096 - /dev/zero || fail "something looks like an image"
expect_status 1 "$DUMP" -s "$device"
exec 3<&-
