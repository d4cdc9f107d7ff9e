#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What a successful run prints, by verbosity.
. "${srcdir:-.}/tests/lib.sh"

mkdir "$work/src"
echo content > "$work/src/file"
echo other > "$work/src/other"
: > "$work/src/empty"
ln "$work/src/file" "$work/src/link"
uuid=12345678-9abc-def0-1234-56789abcdef0

expect_status 0 "$MKFS" -b4096 -U $uuid "$work/img" "$work/src"
[ ! -s "$work/err" ] || fail "standard error is not empty"
version=$("$MKFS" -V | sed -n '1s/.* //p')
blocks=$(($(wc -c < "$work/img") / 4096))
sed -E 's/^(Filesystem total metadata blocks): [1-9][0-9]*$/\1: N/' "$work/out" > "$work/got"
cat > "$work/want" <<EOF
mkfs.erofs $version
Build completed.

------
Filesystem UUID: $uuid
Filesystem total blocks: $blocks (of 4096-byte blocks)
Filesystem total inodes: 4
Filesystem total metadata blocks: N
Filesystem total deduplicated bytes (of source files): 0
EOF
diff "$work/want" "$work/got" || fail "default output"

expect_status 0 "$MKFS" --ishare "$work/img" "$work/src"
grep -qx 'Filesystem tagged files: 2' "$work/out" || fail "tagged files are not counted"
grep -Eq '^Filesystem UUID: [0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$' \
	"$work/out" || fail "no random UUID"

expect_status 0 "$MKFS" --quiet "$work/img" "$work/src"
[ ! -s "$work/out" ] && [ ! -s "$work/err" ] || fail "--quiet speaks"
expect_status 0 "$MKFS" -d9 --quiet "$work/img" "$work/src"
[ ! -s "$work/out" ] && [ ! -s "$work/err" ] || fail "-d9 beats --quiet"
expect_status 0 "$MKFS" -d0 "$work/img" "$work/src"
[ "$(cat "$work/out")" = "Build completed." ] || fail "-d0"

# Options behind the operands, and abbreviated.
expect_status 0 "$MKFS" "$work/img" "$work/src" --qui -L label
[ ! -s "$work/out" ] || fail "options behind operands"
# Errors are told even so.
expect_status 1 "$MKFS" --quiet -d0 "$work/img" "$work/none"
grep -q "$work/none" "$work/err" || fail "--quiet hides errors"
[ "$(wc -l < "$work/err")" = 1 ] || fail "more than one line"
