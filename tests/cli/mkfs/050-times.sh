#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Build time and times of files by -T, --all-time, --mkfs-time, --ignore-mtime and SOURCE_DATE_EPOCH.
. "${srcdir:-.}/tests/lib.sh"

TZ=UTC; export TZ
mkdir "$work/src"
: > "$work/src/old"; : > "$work/src/new"; : > "$work/src/past"
touch -d @1000000000.123456789 "$work/src/old"
touch -d @4400000000.5 "$work/src/new"
touch -d @-86400 "$work/src/past"
touch -d @1000000001 "$work/src"

text() { date -u -d "@$1" "+%a %b %e %H:%M:%S %Y"; }
created() { "$DUMP" -s "$work/img" | sed -n 's/^Filesystem created: *//p'; }
stamp() { "$DUMP" --path="$1" "$work/img" | sed -n 's/^Timestamp: //p'; }
inode_size() { "$DUMP" --path="$1" "$work/img" | sed -n 's/^Inode size: \([0-9]*\) .*/\1/p'; }

# timed BUILD OLD NEW OPTION...; "now" for BUILD is any recent time.
timed() {
	build=$1 old=$2 new=$3; shift 3
	"$MKFS" --quiet "$@" "$work/img" "$work/src" || fail "mkfs $*"
	[ "$build" = now ] || [ "$(created)" = "$(text "$build")" ] || fail "created $(created) with $*"
	[ "$(stamp /old)" = "$old" ] || fail "old: $(stamp /old) with $*"
	[ "$(stamp /new)" = "$new" ] || fail "new: $(stamp /new) with $*"
}

kept_old='2001-09-09 01:46:40.123456789' kept_new='2109-06-06 22:13:20.500000000'
t1000='1970-01-01 00:16:40.000000000'
timed now "$kept_old" "$kept_new"
[ "$(inode_size /old)" = 64 ] || fail "times of their own need 64-byte inodes"
[ "$(stamp /past)" = "1969-12-31 00:00:00.000000000" ] || fail "before 1970"
timed 1000 "$t1000" "$t1000" -T1000
[ "$(inode_size /old)" = 32 ] || fail "one time for all needs 32-byte inodes"
timed 1000 "$t1000" "$t1000" -T1000 --all-time
timed 1000 "$t1000" "$t1000" --mkfs-time --all-time -T1000
timed 1000 "$kept_old" "$kept_new" -T1000 --mkfs-time
timed now "$kept_old" "$kept_new" --mkfs-time
timed 1000 "$t1000" "$t1000" -T1000 --mkfs-time --ignore-mtime
timed 1000 "$kept_old" "$kept_new" -T1000 --mkfs-time --ignore-mtime --preserve-mtime
timed 0 '1970-01-01 00:00:00.000000000' '1970-01-01 00:00:00.000000000' -T ''
# Beyond 32 bits.
timed 8589934592 '2242-03-16 12:56:32.000000000' '2242-03-16 12:56:32.000000000' -T 0x200000000
"$MKFS" --quiet --all-time "$work/img" "$work/src"
[ "$(stamp /old)" = "$(stamp /new)" ] || fail "--all-time alone"
[ "$(stamp /old)" != "$kept_old" ] || fail "--all-time alone keeps times"

SOURCE_DATE_EPOCH=1000000000; export SOURCE_DATE_EPOCH
epoch='2001-09-09 01:46:40.000000000'
timed 1000000000 "$epoch" "$epoch"
timed 1000000000 "$epoch" "$epoch" -T5 --mkfs-time
[ "$(stamp /past)" = "1969-12-31 00:00:00.000000000" ] || fail "earlier times stay"
SOURCE_DATE_EPOCH=2000000000
timed 2000000000 "$kept_old" '2033-05-18 03:33:20.000000000' -T5 --all-time
for bad in x 1x -1 0x10 99999999999999999999; do
	SOURCE_DATE_EPOCH=$bad
	rm -f "$work/new"
	expect_status 1 "$MKFS" "$work/new" "$work/src"
	grep -qF "environment variable \$SOURCE_DATE_EPOCH $bad is invalid" "$work/err" || fail "epoch $bad"
	[ ! -e "$work/new" ] || fail "FILE was made"
done
SOURCE_DATE_EPOCH=
timed 0 '1970-01-01 00:00:00.000000000' '1970-01-01 00:00:00.000000000'
