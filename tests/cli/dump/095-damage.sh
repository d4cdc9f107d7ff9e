#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Whatever the bytes, every action ends by itself: with output or with a line on stderr.
. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/cli/dump/tree.sh"
need timeout
make_tree "$work/tree"
rm -r "$work/tree/many"
"$MKFS" --quiet -b512 --ishare=sha256 "$work/i.erofs" "$work/tree"
size=$(stat -c %s "$work/i.erofs")

check() {
	for action in "-sS --ls -e --path=/" "-e --path=/sparse" --ishare --ishare-groups "--cat --path=/hole"; do
		got=0
		# shellcheck disable=SC2086 # several options
		timeout 20 "$DUMP" $action "$work/bad.erofs" > "$work/out" 2> "$work/err" || got=$?
		[ $got -le 1 ] || { cat "$work/err"; fail "status $got: dump.erofs $action, $1"; }
		! grep -E 'Sanitizer|runtime error' "$work/err" || fail "dump.erofs $action, $1"
		[ $got = 0 ] || grep -q '^<E> erofs: ' "$work/err" || fail "failed silently: $action, $1"
	done
}

cut=0
while [ $cut -lt "$size" ]; do
	head -c $cut "$work/i.erofs" > "$work/bad.erofs"
	check "cut at $cut"
	[ $cut -lt 4096 ] && cut=$((cut + 512)) || cut=$((cut + size / 12))
done
# Bytes at places spread over superblock and metadata by a fixed rule.
i=0
while [ $i -lt 30 ]; do
	cp "$work/i.erofs" "$work/bad.erofs"
	at=$(((i * 7919 + 1024) % size))
	[ $i -ge 16 ] || at=$((1024 + i * 7))
	printf '\377' | dd of="$work/bad.erofs" bs=1 seek=$at conv=notrunc status=none
	check "byte $at set to 255"
	i=$((i + 1))
done
