#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What --exclude-path and --exclude-regex leave out.
. "${srcdir:-.}/tests/lib.sh"

mkdir -p "$work/src/a/b" "$work/src/c"
for f in a/b/x a/keep b c/y.pyc z.pyc; do : > "$work/src/$f"; done

# names DIRECTORY: in the image, one line.
names() { "$DUMP" --ls --path="$1" "$work/img" | awk '$1 ~ /^[0-9]+$/ && NF == 3 { printf "%s%s", sep, $3; sep = " " }'; }
# left ROOT A OPTION...
left() {
	root=$1 a=$2; shift 2
	"$MKFS" --quiet "$@" "$work/img" "$work/src" || fail "mkfs $*"
	[ "$(names /)" = "$root" ] || fail "/: $(names /) with $*"
	[ "$(names /a)" = "$a" ] || fail "/a: $(names /a) with $*"
}
left ". .. a b c z.pyc" ". .. b keep"
left ". .. a b c z.pyc" ". .. keep" --exclude-path=a/b
left ". .. a b c z.pyc" ". .. b keep" --exclude-path=/a/b --exclude-path=a/b/
left ". .. a c z.pyc" ". .. b" --exclude-path=b --exclude-path a/keep
left ". .. a b c" ". .. b keep" --exclude-regex='\.pyc$'
left ". .. a z.pyc" ". .. keep" --exclude-regex='b$' --exclude-path=c
left ". .. a c" ". .. keep" --exclude-regex='(^|/)[bz]'
[ "$(names /c)" = ". .. y.pyc" ] || fail "/c: $(names /c)"
expect_status 1 "$MKFS" --exclude-regex='a(' "$work/new" "$work/src"
grep -q 'invalid regular expression "a("' "$work/err" || fail "bad expression"
[ ! -e "$work/new" ] || fail "FILE was made"
