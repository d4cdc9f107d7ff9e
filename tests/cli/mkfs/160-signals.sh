#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A build that is interrupted, or killed where nothing can be caught, leaves the old file and nothing else.
. "${srcdir:-.}/tests/lib.sh"

mkdir "$work/src" "$work/dst"
for i in 1 2 3 4 5 6; do
	head -c 30000000 /dev/urandom > "$work/src/$i"
done
echo old > "$work/dst/img"
stopped=0
for signal in INT TERM HUP KILL; do
	for wait in 0.02 0.1 0.2; do
		"$MKFS" --quiet --ishare=sha512 "$work/dst/img" "$work/src" &
		builder=$!
		sleep $wait
		kill -s $signal $builder 2>/dev/null || :
		got=0
		wait $builder || got=$?
		[ $got != 0 ] || { echo old > "$work/dst/img"; continue; }
		stopped=$((stopped + 1))
		[ "$(cat "$work/dst/img")" = old ] || fail "$signal: the old file was touched"
		[ "$(ls -A "$work/dst")" = img ] || { ls -A "$work/dst"; fail "$signal left something"; }
	done
done
[ $stopped -gt 0 ] || skip "every build was done before it was stopped"
