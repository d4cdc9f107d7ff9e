#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What this build cannot do it refuses by name, with status 1, and does not show in --help, which callers
# search for abilities.
. "${srcdir:-.}/tests/lib.sh"

mkdir "$work/src"
echo old > "$work/img"

# refused WORD OPTION
refused() {
	expect_status 1 "$MKFS" "$2" "$work/img" "$work/src"
	grep -q "this build cannot $1" "$work/err" || { cat "$work/err"; fail "$2 gives no reason"; }
	[ "$(wc -l < "$work/err")" = 1 ] || fail "$2 says more than a line"
	[ "$(cat "$work/img")" = old ] || fail "FILE was touched by $2"
	option=${2%%=*}
	case $option in
	--*) ! grep -qE -- "$option([^a-z-]|\$)" "$work/help" || fail "$option stands in --help" ;;
	esac
}

"$MKFS" --help > "$work/help"
refused "fetch container images" --oci=f
refused "read from object stores" --s3=x
refused "choose at random" --random-algorithms
refused "choose at random" --random-pclusterblks
grep -qF -- --tar= "$work/help" || fail "--help has no --tar="

# Together with -z only.
expect_status 1 "$MKFS" -zdeflate --chunksize=4096 "$work/img" "$work/src"
grep -q "this build cannot" "$work/err" || fail "--chunksize gives no reason"
[ "$(cat "$work/img")" = old ] || fail "FILE was touched by --chunksize"

# A source that is neither a directory nor an image.
expect_status 1 "$MKFS" "$work/new" "$work/img"
grep -q "$work/img: " "$work/err" || fail "a file as source"
[ ! -e "$work/new" ] || fail "FILE was made"
