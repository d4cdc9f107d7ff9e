#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# This machine's kernel reads the same bytes from compressed images as we do.
. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/compressed/tree.sh"
need sha256sum
need_kernel_erofs
ways=$builddir/tests/compressed/ways
make_tree "$work/tree"

check() {
	# Linux mounts blocks up to its page size.
	case "$1" in *-b16384* | *-b65536*) return ;; esac
	mount_image "$work/image" "$work/mounted"
	(cd "$work/mounted" && find . -type f | sed 's,^\./,,' | xargs sha256sum | sort) >"$work/kernel"
	umount "$work/mounted"
	"$ways" "$work/image" >"$work/got" || fail "$1"
	sort "$work/got" | cmp - "$work/kernel" || fail "$1: the kernel reads other content"
	echo "ok: $1"
}
for_each_own_form check "$work/tree"
[ ! -x /usr/bin/mkfs.erofs ] || ! can_decode lz4 || for_each_form check "$work/tree"
