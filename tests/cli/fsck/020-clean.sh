#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A sound image is silent; what can be asked for about it.
. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/cli/fsck/tree.sh"

make_tree "$work/tree"
"$MKFS" --quiet "$work/image" "$work/tree" || fail "cannot build"

silent() {
	expect_status 0 "$FSCK" "$@"
	[ ! -s "$work/out" ] && [ ! -s "$work/err" ] || fail "not silent: $* $(cat "$work/out" "$work/err")"
}
silent "$work/image"
silent -a -A -y "$work/image"
silent -d2 "$work/image" --workers=3
silent -d0 "$work/image"
silent --extract "$work/image"
silent --path=/dir "$work/image"
silent --no-xattrs --no-sbcrc "$work/image"

expect_status 0 "$FSCK" -d3 "$work/image"
[ "$(cat "$work/err")" = "<I> erofs: No errors found" ] || fail "-d3: $(cat "$work/err")"

# The ratio shows without -d3, and nothing is compressed here but holes and small tails.
expect_status 0 "$FSCK" -p "$work/image"
grep -qE '^<I> erofs: Compression ratio: [0-9]+\.[0-9]{2}\(%\)$' "$work/err" || fail "-p: $(cat "$work/err")"

# An image at an offset.
{ head -c 5000 /dev/zero; cat "$work/image"; } > "$work/shifted"
silent --offset=5000 "$work/shifted"
silent --offset=0x1388 "$work/shifted"
expect_status 8 "$FSCK" --offset=4999 "$work/shifted"
expect_status 8 "$FSCK" --offset=100000000 "$work/shifted"

# A wrong checksum is an error, unless it is not looked at.
cp "$work/image" "$work/sum"
printf '\377' | dd of="$work/sum" bs=1 seek=1028 conv=notrunc 2>/dev/null
expect_status 4 "$FSCK" "$work/sum"
grep -qE 'checksum is 0x[0-9a-f]{8}, 0x[0-9a-f]{8} expected \[super-checksum\]$' "$work/err" || fail "checksum"
tail -n 1 "$work/err" | grep -qx '<E> erofs: Found some filesystem corruption' || fail "verdict"
silent --no-sbcrc "$work/sum"

# What cannot be checked at all.
expect_status 8 "$FSCK" "$work/nothing-here"
grep -q "nothing-here" "$work/err" || fail "no name of the missing file"
expect_status 8 "$FSCK" "$work/tree/dir/numbers"
expect_status 8 "$FSCK" "$work/tree"
: > "$work/zero"
expect_status 8 "$FSCK" "$work/zero"
cp "$work/image" "$work/future"
printf '\200' | dd of="$work/future" bs=1 seek=1107 conv=notrunc 2>/dev/null
expect_status 8 "$FSCK" --no-sbcrc "$work/future"
grep -q 'unknown incompatible features 0x80000000' "$work/err" || fail "features: $(cat "$work/err")"
