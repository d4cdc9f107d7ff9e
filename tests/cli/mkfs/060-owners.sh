#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Owners: forced, then shifted; leaving the range of ids is an error that names the file.
. "${srcdir:-.}/tests/lib.sh"

mkdir "$work/src"
: > "$work/src/file"
owner() { "$DUMP" --path="$1" "$work/img" | sed -n 's/^Uid: \([0-9]*\) *Gid: \([0-9]*\) .*/\1:\2/p'; }

# owners WANT OPTION...
owners() {
	want=$1; shift
	"$MKFS" --quiet "$@" "$work/img" "$work/src" || fail "mkfs $*"
	[ "$(owner /file)" = "$want" ] || fail "$(owner /file), not $want, with $*"
	[ "$(owner /)" = "$want" ] || fail "root: $(owner /), not $want, with $*"
}
owners 0:0 --all-root
owners 5:70000 --force-uid=5 --force-gid=70000
owners 7:0 --all-root --force-uid=7
owners 0:0 --force-uid=7 --all-root
owners 1005:100000 --force-uid=5 --uid-offset=1000 --force-gid=0 --gid-offset=0x186a0
owners 4294967294:0 --all-root --uid-offset=4294967294
expect_status 1 "$MKFS" --force-uid=1 --uid-offset=4294967294 "$work/new" "$work/src"
grep -q "$work/src: uid overflow" "$work/err" || fail "no overflow message"
[ ! -e "$work/new" ] || fail "FILE was made"

[ "$(id -u)" = 0 ] || exit 0
chown 100000:4294967294 "$work/src/file"
"$MKFS" --quiet "$work/img" "$work/src"
[ "$(owner /file)" = 100000:4294967294 ] || fail "large ids"
expect_status 1 "$MKFS" --gid-offset=1 "$work/new" "$work/src"
grep -q "$work/src/file: gid overflow" "$work/err" || fail "the file is not named"
