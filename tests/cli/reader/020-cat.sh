#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# cat writes contents, all of them and nothing else; what is no regular file is an error, and so is an output
# that does not take them.
. "${srcdir:-.}/tests/lib.sh"

t=$work/tree; mkdir -p "$t/dir" "$t/a b"
printf 'one\n' > "$t/one"
: > "$t/empty"
head -c 300000 /dev/urandom > "$t/dir/random"
printf 'x' > "$t/a b/$(printf 'esc\033')"
truncate -s 1000000 "$t/hole"; printf end >> "$t/hole"
ln -s one "$t/link"
"$MKFS" --quiet --chunksize=4096 "$work/chunked" "$t"
"$MKFS" --quiet --ishare=sha256 "$work/plain" "$t"
head -c 5000 /dev/urandom > "$work/shifted"; truncate -s 8192 "$work/shifted"
cat "$work/plain" >> "$work/shifted"

for image in "$work/plain" "$work/chunked"; do
	for f in one empty dir/random hole; do
		expect_status 0 "$READ" cat "$image" "/$f"
		same "$work/out" "$t/$f"
		[ ! -s "$work/err" ] || fail "messages for $f"
	done
	expect_status 0 "$READ" cat "$image" one //dir///random "/a b/$(printf 'esc\033')" /one
	cat "$t/one" "$t/dir/random" "$t/a b/$(printf 'esc\033')" "$t/one" | cmp - "$work/out" ||
		fail "several files"
done
expect_status 0 "$READ" cat --offset=8192 "$work/shifted" /dir/random
same "$work/out" "$t/dir/random"

# The others are still written.
expect_status 1 "$READ" cat "$work/plain" /one /nope /dir /link "/$(printf 'n\033o')" /dir/random
cat "$t/one" "$t/dir/random" | cmp - "$work/out" || fail "what could be read"
[ "$(wc -l < "$work/err")" = 4 ] || fail "one line for each error"
grep -q 'nope: No such file' "$work/err" || fail "missing file"
grep -q '/dir: is a directory' "$work/err" || fail "directory"
grep -q '/link: is no regular file' "$work/err" || fail "link"
grep -qF 'n\x1bo' "$work/err" || fail "the name is not escaped"

if [ -w /dev/full ]; then
	got=0; "$READ" cat "$work/plain" /dir/random > /dev/full 2> "$work/err" || got=$?
	[ $got = 1 ] || fail "status $got on a full device"
	[ "$(wc -l < "$work/err")" = 1 ] || fail "one line about a full device"
	got=0; "$READ" cat "$work/plain" /one > /dev/full 2> "$work/err" || got=$?
	[ $got = 1 ] || fail "status $got when only the flush fails"
fi
