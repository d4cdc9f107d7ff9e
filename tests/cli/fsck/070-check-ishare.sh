#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# --check-ishare: a line of coverage for each image, and a finding with both digests for a forgery.
. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/cli/fsck/tree.sh"

make_tree "$work/tree"
"$MKFS" --quiet --ishare=sha256 "$work/tagged" "$work/tree" || fail "cannot build"
"$MKFS" --quiet "$work/bare" "$work/tree" || fail "cannot build"
files=$(find "$work/tree" -type f -size +0 -printf '%i\n' | sort -u | wc -l)
[ "$files" -ge 15 ] || fail "only $files files"

for option in --check-ishare --xattr-inode-digest; do
	expect_status 0 "$FSCK" $option "$work/tagged"
	[ "$(cat "$work/out")" = "$work/tagged: $files of $files files tagged, $files verified" ] ||
		fail "coverage: $(cat "$work/out")"
	[ ! -s "$work/err" ] || fail "not silent: $(cat "$work/err")"
done

# Several images, any number of threads; the answer is the same.
expect_status 0 "$FSCK" --check-ishare --workers=1 "$work/tagged" "$work/tagged"
cp "$work/out" "$work/once"
expect_status 0 "$FSCK" --check-ishare --workers=5 "$work/tagged" "$work/tagged"
same "$work/once" "$work/out"
[ "$(grep -c 'files tagged' "$work/out")" = 2 ] || fail "not two lines"

# An image without any.
expect_status 4 "$FSCK" --check-ishare "$work/tagged" "$work/bare"
grep -qx "$work/bare: 0 of $files files tagged, 0 verified, $files missing" "$work/out" ||
	fail "coverage: $(cat "$work/out")"
[ "$(grep -c '\[ishare-missing\]$' "$work/err")" = 1 ] || fail "more than one line: $(cat "$work/err")"
tail -n 1 "$work/err" | grep -q 'Found fingerprints that are missing or wrong' || fail "verdict"

# One byte of content changes: the path, the digest that was stored and the one that is true.
at=$(grep -abo 'first' "$work/tagged" | head -n 1 | cut -d: -f1)
[ -n "$at" ] || fail "the content is not in the image"
cp "$work/tagged" "$work/forged"
printf 'F' | dd of="$work/forged" bs=1 seek="$at" conv=notrunc 2>/dev/null
stored=$(printf 'first\n' | sha256sum | cut -d' ' -f1)
computed=$(printf 'First\n' | sha256sum | cut -d' ' -f1)
expect_status 4 "$FSCK" --no-sbcrc --check-ishare "$work/forged"
grep '\[ishare-forged\]$' "$work/err" > "$work/finding" || fail "no finding: $(cat "$work/err")"
[ "$(wc -l < "$work/finding")" = 1 ] || fail "more than one finding"
for text in twice "$stored" "$computed"; do
	grep -q "$text" "$work/finding" || fail "no $text in: $(cat "$work/finding")"
done
grep -q ", $((files - 1)) verified, 1 forged$" "$work/out" || fail "coverage: $(cat "$work/out")"

# The structure is checked along with it.
expect_status 4 "$FSCK" --check-ishare "$work/forged"
