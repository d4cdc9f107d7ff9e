#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What we extract is what this machine's kernel shows, for images of ours and of the packaged mkfs.erofs;
# and what that makes is sound to us.
. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/cli/fsck/tree.sh"
need_kernel_erofs

make_tree "$work/tree"
seq 1 50000 > "$work/tree/many-numbers"

# compare NAME: the image $work/NAME, mounted and extracted.
compare() {
	expect_status 0 "$FSCK" --extract "$work/$1"
	[ ! -s "$work/err" ] || fail "$1 is not sound: $(cat "$work/err")"
	mount_image "$work/$1" "$work/$1.mounted"
	expect_status 0 "$FSCK" --preserve "--extract=$work/$1.extracted" "$work/$1"
	same_trees "$work/$1.mounted" "$work/$1.extracted"
}

"$MKFS" --quiet "$work/ours" "$work/tree" || fail "cannot build"
compare ours
[ -x /usr/bin/mkfs.erofs ] || { echo "no packaged mkfs.erofs: only our own images"; exit 0; }
for options in "" "-Enoinline_data" "-x-1" "--chunksize=4096" "-zlz4" "-zlz4hc,9 -C65536" \
	"-zlz4 -Eztailpacking" "-zlz4 -Efragments,dedupe" "-Elegacy-compress -zlz4"; do
	case $options in *lz4*) can_decode lz4 || continue ;; esac
	name=packaged$(echo "$options" | tr -c 'a-z0-9\n' _)
	# shellcheck disable=SC2086
	/usr/bin/mkfs.erofs --quiet $options "$work/$name" "$work/tree" > "$work/log" 2>&1 ||
		/usr/bin/mkfs.erofs $options "$work/$name" "$work/tree" > "$work/log" 2>&1 || continue
	compare "$name"
done
