#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# An image cut off at any multiple of 512 bytes gives one clear line and the right status: 8 where no
# superblock is left, 4 where there is one.
. "${srcdir:-.}/tests/lib.sh"

"$builddir/tests/reject/make-images" "$work" > /dev/null || fail "cannot make the images"
mkdir "$work/tree"
seq 1 3000 > "$work/tree/numbers"
ln -s numbers "$work/tree/link"
for i in 1 2 3 4 5; do seq $((i * 30)) > "$work/tree/small$i"; done
"$MKFS" --quiet "$work/mkfs.erofs" "$work/tree" || fail "cannot build an image"

cuts=0
for image in "$work/sound.erofs" "$work/mkfs.erofs"; do
	size=$(stat -c %s "$image")
	at=0
	while [ $at -lt "$size" ]; do
		head -c $at "$image" > "$work/cut.erofs"
		if [ $at -lt 1152 ]; then
			expect_status 8 "$FSCK" "$work/cut.erofs"
			grep -q "no erofs superblock" "$work/err" || fail "$image cut at $at: $(cat "$work/err")"
			[ "$(wc -l < "$work/err")" = 1 ] || fail "$image cut at $at: more than one line"
		else
			expect_status 4 "$FSCK" "$work/cut.erofs"
			[ "$(grep -c '\[super-truncated\]$' "$work/err")" = 1 ] ||
				fail "$image cut at $at: $(cat "$work/err")"
			[ "$(wc -l < "$work/err")" = 2 ] || fail "$image cut at $at: more than it takes"
		fi
		[ ! -s "$work/out" ] || fail "$image cut at $at: something on stdout"
		cuts=$((cuts + 1))
		at=$((at + 512))
	done
	expect_status 0 "$FSCK" "$image"
done
echo "$cuts cuts"
