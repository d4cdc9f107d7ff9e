#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Compressed images give the bytes they were made of, however they are read: whole, in small pieces
# forward, backward and anywhere, as a stream.
. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/compressed/tree.sh"
need sha256sum
ways=$builddir/tests/compressed/ways
make_tree "$work/tree"
(cd "$work/tree" && find . -type f | sed 's,^\./,,' | xargs sha256sum | sort) >"$work/want"

check() {
	"$ways" "$work/image" >"$work/got" || fail "$1"
	sort "$work/got" | cmp - "$work/want" || fail "$1: other content"
	echo "ok: $1"
}
for_each_own_form check "$work/tree"
[ ! -x /usr/bin/mkfs.erofs ] || ! can_decode lz4 || for_each_form check "$work/tree"

# The comparison must be able to fail.
printf x >>"$work/tree/text-100"
"$MKFS" --quiet -b4096 "$work/image" "$work/tree"
"$ways" "$work/image" | sort | cmp -s - "$work/want" && fail "a changed file is not noticed"

# Images from elsewhere, of every codec, where there are some.
for image in "${EROFS_CORPUS:-/nonexistent}"/*.erofs; do
	[ -e "$image" ] || continue
	device=
	for d in "${image%.erofs}.blob" "${image%.erofs}.tar"; do [ ! -e "$d" ] || device=$d; done
	"$ways" "$image" $device >/dev/null || fail "$image"
	echo "ok: $image"
done
