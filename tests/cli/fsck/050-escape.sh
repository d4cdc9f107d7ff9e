#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# No image reaches anything outside the destination.
. "${srcdir:-.}/tests/lib.sh"

mkdir "$work/images" "$work/arena" "$work/outside"
"$builddir/tests/reject/make-images" "$work/images" > "$work/list" || fail "cannot make the images"

# A link "evil" to ../../outside, then a directory of the same name with a file in it. The image is
# damaged (4), and the directory cannot be made where the link is (8) unless it may be replaced.
image=$work/images/dir-duplicate-escape.erofs
expect_status 12 "$FSCK" "--extract=$work/arena/0" "$image"
grep -q '/evil: cannot make the directory' "$work/err" || fail "no word about it: $(cat "$work/err")"
expect_status 4 "$FSCK" --overwrite "--extract=$work/arena/1" "$image"
[ -z "$(ls "$work/outside")" ] || fail "something was made outside: $(ls "$work/outside")"
[ -L "$work/arena/0/evil" ] || fail "the link is not there"
[ -f "$work/arena/1/evil/file" ] || fail "--overwrite did not replace the link by the directory"

# Every hostile image: nothing appears beside the destination, and the program ends by itself.
mkdir "$work/arena/inner"
while read -r file status option rules; do
	got=0
	timeout 60 "$FSCK" "--extract=$work/arena/inner/x" "$work/images/$file" > "$work/out" 2> "$work/err" || got=$?
	case $got in
	0|4|8|12) ;;
	*) fail "$file: status $got: $(tail -n 3 "$work/err")" ;;
	esac
	chmod -R u+rwx "$work/arena/inner/x" 2>/dev/null || :
	rm -rf "$work/arena/inner/x"
	[ -z "$(ls -A "$work/arena/inner")" ] || fail "$file: something beside the destination"
	[ "$(ls -A "$work/arena")" = "$(printf '0\n1\ninner')" ] || fail "$file: something above it"
	[ -z "$(ls -A "$work/outside")" ] || fail "$file: something outside"
done < "$work/list"
