#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A build that is interrupted, or killed where nothing can be caught, leaves the old file and nothing else.
. "${srcdir:-.}/tests/lib.sh"

mkdir "$work/src" "$work/dst"
for i in 1 2 3 4; do
	head -c 30000000 /dev/urandom > "$work/src/$i"
done
echo old > "$work/dst/img"
stopped=0

# stop SIGNAL SECONDS COMMAND...: runs it with our arguments and stops it then. A shell starts what it
# does not wait for with SIGINT ignored; env undoes that.
stop() {
	signal=$1 seconds=$2; shift 2
	env --default-signal=INT "$@" --quiet --ishare=sha512 "$work/dst/img" "$work/src" &
	builder=$!
	sleep "$seconds"
	kill -s "$signal" $builder 2>/dev/null || :
	got=0
	wait $builder 2>/dev/null || got=$?
	[ $got != 0 ] || { echo old > "$work/dst/img"; return 0; }
	[ $got -gt 128 ] || fail "$signal: status $got"
	stopped=$((stopped + 1))
	[ "$(cat "$work/dst/img")" = old ] || fail "$signal: the old file was touched"
	[ "$(ls -A "$work/dst")" = img ] || { ls -A "$work/dst"; fail "$signal left something"; }
}
env --default-signal=INT true 2>/dev/null || skip "env cannot restore signals"
for signal in INT TERM HUP KILL; do
	for seconds in 0.02 0.1 0.2; do
		stop $signal $seconds "$MKFS"
	done
done
[ $stopped -gt 0 ] || skip "every build was done before it was stopped"

# Without /proc the new file has a name all the while, which the handler removes.
make_bare
stopped=0
for signal in INT TERM HUP; do
	for seconds in 0.05 0.1 0.2; do
		stop $signal $seconds unshare -m "$work/bare" "$MKFS"
	done
done
[ $stopped -gt 0 ] || skip "every build was done before it was stopped"
