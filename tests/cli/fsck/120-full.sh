#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A destination without room: told once or a few times, not for every file; status 8.
. "${srcdir:-.}/tests/lib.sh"
need_root

mkdir -p "$work/tree" "$work/small"
for i in $(seq 100 299); do head -c 20000 /dev/urandom > "$work/tree/$i"; done
"$MKFS" --quiet "$work/image" "$work/tree" || fail "cannot build"
mount -t tmpfs -o size=1m tmpfs "$work/small" 2>/dev/null || skip "cannot mount a tmpfs"
mounts="$work/small"
expect_status 8 "$FSCK" --workers=2 "--extract=$work/small/x" "$work/image"
grep -q 'the extraction stopped: No space left on device' "$work/err" || fail "$(head -n 5 "$work/err")"
[ "$(wc -l < "$work/err")" -lt 20 ] || fail "$(wc -l < "$work/err") lines"
tail -n 1 "$work/err" | grep -qx '<E> erofs: Failed to extract filesystem' || fail "no verdict"
