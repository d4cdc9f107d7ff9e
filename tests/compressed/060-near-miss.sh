#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The same files, compressed in one image and plain in another, are near misses of the class: the kernel
# shares none of them, and the report says why.
. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/compressed/tree.sh"
mkdir "$work/tree"
text 70000 1 >"$work/tree/a"
text 50000 2 >"$work/tree/b"
"$MKFS" --quiet --ishare "$work/plain" "$work/tree" || fail "cannot build"
for codec in lz4 zstd deflate lzma; do
	can_build -z$codec || continue
	"$MKFS" --quiet --ishare -z$codec "$work/packed" "$work/tree" || fail "cannot build"
	made=1
	for f in a b; do
		"$DUMP" --path=/$f "$work/packed" | grep -q 'Layout: [13] ' || fail "/$f is not compressed"
	done
	"$DUMP" --ishare-groups "$work/plain" "$work/packed" >"$work/text"
	grep -qE '^saved +0 bytes ' "$work/text" || fail "plain and $codec share: $(cat "$work/text")"
	[ "$(grep -cE '^ +[0-9]+ class-mismatch' "$work/text")" = 1 ] ||
		fail "no class-mismatch of $codec: $(cat "$work/text")"
	# Two images of one class share, whatever compresses them.
	"$MKFS" --quiet --ishare -z$codec -C16384 "$work/other" "$work/tree" || fail "cannot build"
	"$DUMP" --ishare-groups "$work/packed" "$work/other" >"$work/text"
	grep -q 'class-mismatch' "$work/text" && fail "$codec: $(cat "$work/text")"
	grep -qE '^saved +0 bytes ' "$work/text" && fail "two $codec images share nothing"
done
[ -n "${made:-}" ] || skip "this build cannot compress"
