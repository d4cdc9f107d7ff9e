#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# --ishare: the digests are those of sha256sum, coverage counts inodes, order is the tree's.
. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/cli/dump/tree.sh"
need sha256sum
make_tree "$work/tree"
"$MKFS" --quiet --ishare=sha256 "$work/i.erofs" "$work/tree"
"$DUMP" --ishare "$work/i.erofs" > "$work/out"

(cd "$work/tree" && find . -type f -size +0 -exec sha256sum {} +) | sed 's/^\([0-9a-f]*\)  \./sha256:\1 /' |
	LC_ALL=C sort > "$work/expected"
grep -v '^#' "$work/out" | awk '{ print $1, $4 }' | LC_ALL=C sort > "$work/listed"
same "$work/listed" "$work/expected"
while read -r _ size nid path; do
	[ "$size" = "$(stat -c %s "$work/tree$path")" ] || fail "size of $path"
	"$DUMP" --nid="$nid" "$work/i.erofs" | grep -q "^Size: $size " || fail "nid of $path"
done <<END
$(grep -v '^#' "$work/out")
END
grep -v '^#' "$work/out" | awk '{ print $4 }' > "$work/order"
for first in a4095 dir/hello.txt hole lib.so; do grep -x "/$first" "$work/order"; done > "$work/some"
grep -xE '/(a4095|dir/hello.txt|hole|lib.so)' "$work/order" | cmp - "$work/some" || fail "not in tree order"

names=$(wc -l < "$work/expected")
inodes=$(find "$work/tree" -type f -size +0 -printf '%i\n' | sort -u | wc -l)
[ "$names" -gt "$inodes" ] || fail "the tree has no hard link"
grep -qx "# coverage: $inodes of $inodes files tagged" "$work/out" || fail "coverage"
grep -qx '# attribute: erofs.fingerprint.v1 (prefix 0)' "$work/out" || fail "attribute"
grep -qx "# algorithm sha256: $names names" "$work/out" || fail "algorithm"

# A file of an untagged image has no fingerprint, and the image no attribute.
"$MKFS" --quiet "$work/u.erofs" "$work/tree"
"$DUMP" --ishare "$work/u.erofs" > "$work/out"
grep -qx '# attribute: none' "$work/out" || fail "attribute of an untagged image"
grep -qx "# coverage: 0 of $inodes files tagged" "$work/out" || fail "coverage of an untagged image"
[ "$(grep -c '^- ' "$work/out")" = "$names" ] || fail "untagged files are not all listed"

# Another name for the attribute, other algorithms.
"$MKFS" --quiet --ishare=sha512,name=trusted.erofs.fp "$work/n.erofs" "$work/tree"
"$DUMP" --ishare "$work/n.erofs" > "$work/out"
grep -q '^# attribute: trusted.erofs.fp (prefix ' "$work/out" || fail "attribute's name"
digest=$(sha512sum < "$work/tree/one" | cut -d' ' -f1)
grep -q "^sha512:$digest .*/one$" "$work/out" || fail "sha512"
