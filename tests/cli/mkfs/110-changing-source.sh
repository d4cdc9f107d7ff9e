#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A file that grows or is shorter than it says: an error that names it, never an image.
. "${srcdir:-.}/tests/lib.sh"

# refused: by the last run.
refused() {
	grep -q "$1: changed while being read" "$work/err" || { cat "$work/err"; fail "message"; }
	[ "$(wc -l < "$work/err")" = 1 ] || fail "not one line"
	[ -z "$(ls -A "$work/dst")" ] || { ls -A "$work/dst"; fail "something was left"; }
}

mkdir "$work/src" "$work/dst"
# Read before "growing", and long enough for it to grow meanwhile, unless this machine is busy elsewhere.
head -c 50000000 /dev/zero > "$work/src/first"
: > "$work/src/growing"
while [ ! -e "$work/stop" ]; do echo more >> "$work/src/growing"; done &
writer=$!
got=0 tries=0
while [ $got = 0 ] && [ $tries -lt 20 ]; do
	rm -f "$work/dst/img"
	"$MKFS" --ishare "$work/dst/img" "$work/src" 2>"$work/err" >/dev/null || got=$?
	tries=$((tries + 1))
done
: > "$work/stop"
wait $writer
[ $got = 1 ] || fail "status $got after $tries runs"
refused src/growing

# Files of sysfs say that they have 4096 bytes and end long before.
short=/sys/kernel/mm/transparent_hugepage
[ -r $short/enabled ] || skip "the rest needs $short"
expect_status 1 "$MKFS" --ishare "$work/dst/img" $short
refused "$short/.*"
