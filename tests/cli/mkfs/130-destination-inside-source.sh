#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The image and its blob are left out of the source they lie in, whether they exist before or not.
. "${srcdir:-.}/tests/lib.sh"

mkdir -p "$work/src/out"
echo content > "$work/src/file"
names() { "$DUMP" --ls --path="$1" "$2" | awk '$1 ~ /^[0-9]+$/ && NF == 3 { printf "%s%s", sep, $3; sep = " " }'; }

for i in 1 2; do
	expect_status 0 "$MKFS" -d3 -T0 -Uclear "$work/src/out/img" "$work/src"
	[ "$(names /out "$work/src/out/img")" = ". .." ] || fail "run $i: the image holds itself"
	cp "$work/src/out/img" "$work/img$i"
done
same "$work/img1" "$work/img2"
grep -q "^<I> erofs: $work/src/out/img: is being written and therefore left out$" "$work/err" || fail "no note"
for i in 1 2; do
	expect_status 0 "$MKFS" --chunksize=4096 --blobdev="$work/src/out/blob" "$work/src/out/img" "$work/src"
	[ "$(names /out "$work/src/out/img")" = ". .." ] || fail "run $i: the image holds its blob"
done
# Through a relative path and a link the file is the same.
ln -s src/out/img "$work/alias"
(cd "$work/src" && "$MKFS" --quiet -T0 -Uclear ../alias .)
[ "$(names /out "$work/src/out/img")" = ". .. blob" ] || fail "by another name"
