#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Every rule has an image that breaks it: fsck.erofs reports exactly the rules the image is made for, with
# the right status, and nothing about the sound image all of them start from.
. "${srcdir:-.}/tests/lib.sh"

can_decode lz4 || skip "some of the images are compressed by LZ4, which this build cannot read"
make_images=$builddir/tests/reject/make-images
mkdir "$work/images"
"$make_images" "$work/images" > "$work/list" || fail "cannot make the images"

checked=0
while read -r file status option rules; do
	expect_status "$status" "$FSCK" -d3 "$option" "$work/images/$file"
	sed -n 's/^<[EWI]> erofs: .*\[\([a-z-]*\)\]$/\1/p' "$work/err" | sort -u > "$work/found"
	[ -z "$rules" ] || echo "$rules" | tr ' ' '\n' | sort > "$work/want"
	[ -n "$rules" ] || : > "$work/want"
	cmp -s "$work/want" "$work/found" ||
		fail "$file: reported $(tr '\n' ' ' < "$work/found")and not $rules: $(cat "$work/err")"
	checked=$((checked + 1))
done < "$work/list"
[ "$checked" -gt 100 ] || fail "only $checked images"

# No rule without an image, and no image for a rule that is not there.
"$make_images" --rules | cut -d' ' -f1 | sort > "$work/rules"
cut -d' ' -f4- "$work/list" | tr ' ' '\n' | grep -v '^ishare-' | sed '/^$/d' | sort -u > "$work/broken"
diff "$work/rules" "$work/broken" || fail "rules (<) and images (>) differ"

# The man page describes each of them.
while read -r rule; do
	grep -q "^\.B $(echo "$rule" | sed 's/-/\\\\-/g')\$" "$srcdir/man/fsck.erofs.1" ||
		fail "fsck.erofs.1 does not describe $rule"
done < "$work/rules"
echo "$checked images"
