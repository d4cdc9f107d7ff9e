#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# An image whose content is on another device is sound without it, but nothing can be decoded: that is no
# damage (4) but a lack (8).
. "${srcdir:-.}/tests/lib.sh"
mkdir "$work/tree"
seq 1 30000 >"$work/tree/numbers"
"$MKFS" --quiet --ishare --chunksize=4096 -b4096 "--blobdev=$work/blob" "$work/image" "$work/tree" ||
	fail "cannot build"
expect_status 0 "$FSCK" "$work/image"
[ ! -s "$work/err" ] || fail "$(cat "$work/err")"
for action in --extract --check-ishare "--extract=$work/unpacked"; do
	expect_status 8 "$FSCK" "$action" "$work/image"
	grep -q 'image: files are on extra devices, which --device did not give$' "$work/err" ||
		fail "$action: $(cat "$work/err")"
	grep -q 'corruption' "$work/err" && fail "$action: $(cat "$work/err")"
	expect_status 0 "$FSCK" "$action" "--device=$work/blob" "$work/image"
done
same "$work/tree/numbers" "$work/unpacked/numbers"
