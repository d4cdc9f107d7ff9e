#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# --html: a page of its own, in which no name is markup; it appears whole or not at all.
. "${srcdir:-.}/tests/lib.sh"
mkdir "$work/tree"
hostile='<script>alert(1)<!-- "'"'"'&amp; -->'
printf 'equal' > "$work/tree/$hostile"
printf 'equal' > "$work/tree/$(printf 'esc\033]0;title\007bytes\377')"
mkdir "$work/<b>bold"
image="$work/<b>bold/i.erofs"
"$MKFS" --quiet --ishare=sha256 "$image" "$work/tree"
"$MKFS" --quiet "$work/u.erofs" "$work/tree"

"$DUMP" --ishare-groups --html="$work/page.html" "$image" "$image" "$work/u.erofs" > "$work/text"
grep -q '^saved' "$work/text" || fail "no text beside the page"
page=$work/page.html
head -1 "$page" | grep -qx '<!DOCTYPE html>' || fail "no doctype"
tail -1 "$page" | grep -qx '</html>' || fail "no end"
# Every < begins a tag that we write.
grep -o '<[^ >]*' "$page" | sort -u > "$work/tags"
if grep -vxE '</?(!DOCTYPE|html|head|meta|title|style|body|h1|h2|p|b|br|div|span|table|tr|th|td|code)' "$work/tags"; then
	fail "other tags"
fi
grep -q '&lt;script&gt;alert(1)&lt;!-- &quot;&#39;&amp;amp; --&gt;' "$page" || fail "the name is not shown"
grep -q '&lt;b&gt;bold/i.erofs' "$page" || fail "the image's name is not shown"
# Neither controls nor bytes outside UTF-8.
[ "$(tr -d '\n\t -~' < "$page" | wc -c)" = 0 ] || fail "bytes that are not printable"
! grep -qiE '<script|<link|src=|href=|url\(|@import' "$page" || fail "the page loads something"

# The old page stays when the new one cannot be written.
echo old > "$work/old.html"
expect_status 1 "$DUMP" --ishare-groups --html="$work/old.html" "$image" "$work/missing.erofs"
[ "$(cat "$work/old.html")" = old ] || fail "the old page is gone"
"$DUMP" --ishare-groups --html="$work/old.html" "$image" > /dev/null
same_bytes=$(head -1 "$work/old.html")
[ "$same_bytes" = '<!DOCTYPE html>' ] || fail "the new page is not there"
if [ -e /dev/full ]; then
	expect_status 1 "$DUMP" --ishare-groups --html=/dev/full "$image"
	grep -q '^<E> erofs: /dev/full: cannot write' "$work/err" || fail "$(cat "$work/err")"
fi
[ -z "$(find "$work" -name '*.tmp')" ] || fail "temporary files stay"
