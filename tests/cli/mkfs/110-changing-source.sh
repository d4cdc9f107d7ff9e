#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A file that grows while the image is built: an error that names it, never an image.
. "${srcdir:-.}/tests/lib.sh"

mkdir "$work/src"
# Read before "growing", and long enough for it to grow meanwhile.
head -c 50000000 /dev/zero > "$work/src/first"
: > "$work/src/growing"
while [ ! -e "$work/stop" ]; do echo more >> "$work/src/growing"; done &
writer=$!
got=0
"$MKFS" --ishare "$work/img" "$work/src" 2>"$work/err" >/dev/null || got=$?
: > "$work/stop"
wait $writer
[ $got = 1 ] || fail "status $got"
grep -q "src/growing: changed while being read" "$work/err" || { cat "$work/err"; fail "message"; }
[ "$(wc -l < "$work/err")" = 1 ] || fail "not one line"
[ "$(cd "$work" && echo *)" = "err src stop" ] || { ls -A "$work"; fail "something was left"; }
[ "$(ls -A "$work" | wc -l)" = 3 ] || { ls -A "$work"; fail "something hidden was left"; }
