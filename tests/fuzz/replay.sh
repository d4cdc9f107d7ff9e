#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Every fuzz target on its corpus, on cut and mutated copies of it, and the image target on what the
# packaged mkfs.erofs makes: no crash, no endless loop.
. "${srcdir:-.}/tests/lib.sh"
fuzz=$builddir/tests/fuzz

for folder in "$srcdir"/tests/fuzz/corpus/*; do
	target=${folder##*/}
	[ -x "$fuzz/fuzz-$target" ] || fail "corpus/$target has no target"
	"$fuzz/fuzz-$target" --truncate=64 --mutate=150 "$folder" || fail "$target"
done

[ -x /usr/bin/mkfs.erofs ] || exit 0
mkdir -p "$work/tree/d"
seq 3000 >"$work/tree/d/text"
head -c 5000 /dev/zero >"$work/tree/zeros"
ln -s d/text "$work/tree/link"
for i in 1 2 3 4 5 6 7 8 9; do echo $i >"$work/tree/d/file-$i"; done
for options in '' '--chunksize=4096' '-zlz4' '-zlz4hc -C16384 -Eztailpacking' '-zlz4 -Eall-fragments'; do
	mkfs.erofs $options "$work/image" "$work/tree" >/dev/null 2>&1 || continue
	"$fuzz/fuzz-image" --truncate=512 --mutate=150 "$work/image" || fail "mkfs.erofs $options"
done
