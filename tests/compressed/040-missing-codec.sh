#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A build without the codec of an image says which one it lacks and fails (8), but does not call the image
# damaged (4), and still checks what needs no decoding.
. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/compressed/tree.sh"
poor=$builddir/tests/compressed/fsck-without-codecs
mkdir "$work/tree"
text 70000 1 >"$work/tree/a"
text 50000 2 >"$work/tree/b"
head -c 5000 /dev/urandom >"$work/tree/noise"
"$poor" -V | grep -qx 'available decompressors: none' || fail "it has codecs"

json=
! has_json || json=1
for codec in lz4 lzma deflate zstd; do
	can_build -z$codec || continue
	"$MKFS" --quiet --ishare -z$codec -C16384 -b4096 "$work/image" "$work/tree" || fail "cannot build"
	made=1
	expect_status 0 "$poor" "$work/image"
	[ ! -s "$work/err" ] || fail "a plain check said: $(cat "$work/err")"
	for action in --extract "--extract=$work/out-$codec" --check-ishare ${json:+--json\ --check-ishare}; do
		expect_status 8 "$poor" $action "$work/image"
		grep -q "image: this build cannot decode $codec, by which" "$work/err" ||
			fail "$codec, $action: $(cat "$work/err")"
		grep -q 'corruption\|\[[a-z-]*\]$' "$work/err" && fail "$codec, $action: $(cat "$work/err")"
	done
	[ ! -e "$work/out-$codec" ] || fail "$codec: something was extracted"
	# One who has the codec finds nothing wrong.
	expect_status 0 "$FSCK" --extract --check-ishare "$work/image"
done
[ -n "${made:-}" ] || skip "this build cannot compress"

# An image that needs none is extracted.
"$MKFS" --quiet --ishare "$work/image" "$work/tree" || fail "cannot build"
expect_status 0 "$poor" --check-ishare --extract="$work/plain" "$work/image"
diff -r "$work/tree" "$work/plain"

# Where the metabox or directories are compressed, even the structure needs the codec.
for image in "${EROFS_CORPUS:-/nonexistent}"/metabox.erofs "${EROFS_CORPUS:-/nonexistent}"/zd-frag.erofs; do
	[ -e "$image" ] || continue
	expect_status 8 "$poor" --extract "$image"
	grep -q 'this build cannot decode' "$work/err" || fail "$image: $(cat "$work/err")"
	grep -q 'corruption' "$work/err" && fail "$image: $(cat "$work/err")"
done
exit 0
