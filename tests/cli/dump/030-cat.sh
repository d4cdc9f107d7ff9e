#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# --cat: the bytes and nothing else; a full disk or a closed pipe is an error.
. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/cli/dump/tree.sh"
make_tree "$work/tree"
head -c 3000000 /dev/urandom > "$work/tree/big"

for options in "" "--chunksize=4096" "-b512"; do
	# shellcheck disable=SC2086 # several options
	"$MKFS" --quiet $options "$work/i.erofs" "$work/tree"
	for f in empty one dir/hello.txt dir/seq.txt hard a4095 b4096 c4097 sparse hole big; do
		"$DUMP" --cat --path=/$f "$work/i.erofs" > "$work/out"
		same "$work/out" "$work/tree/$f"
	done
	for f in link longlink; do
		"$DUMP" --cat --path=$f "$work/i.erofs" > "$work/out"
		[ "$(cat "$work/out")" = "$(readlink "$work/tree/$f")" ] || fail "$f"
	done
	# The blocks of a directory begin with records; the names of all entries are in it.
	"$DUMP" --cat --path=many "$work/i.erofs" > "$work/out"
	[ "$(grep -ao 'name-[0-9]*' "$work/out" | wc -l)" = 300 ] || fail "a directory's blocks"
	[ -z "$("$DUMP" --cat --path=fifo "$work/i.erofs")" ] || fail "a FIFO has content"
done

nid=$("$DUMP" --path=/big "$work/i.erofs" | sed -n 's/^NID: \([0-9]*\) .*/\1/p')
"$DUMP" --cat --nid="$nid" "$work/i.erofs" > "$work/out"
same "$work/out" "$work/tree/big"
# --path wins, as in erofs-utils.
"$DUMP" --cat --nid="$nid" --path=/one "$work/i.erofs" > "$work/out"
same "$work/out" "$work/tree/one"

if [ -e /dev/full ]; then
	for f in one big hole; do
		got=0; "$DUMP" --cat --path=/$f "$work/i.erofs" > /dev/full 2> "$work/err" || got=$?
		[ $got = 1 ] || fail "status $got on a full disk"
		[ "$(wc -l < "$work/err")" = 1 ] || fail "not one line: $(cat "$work/err")"
		grep -q 'cannot write to standard output' "$work/err" || fail "$(cat "$work/err")"
	done
	got=0; "$DUMP" -s -S "$work/i.erofs" > /dev/full 2> "$work/err" || got=$?
	[ $got = 1 ] || fail "status $got for -s -S on a full disk"
fi
# The reader leaves after one byte: the writer ends with status 1, not by a signal.
{ got=0; "$DUMP" --cat --path=/big "$work/i.erofs" 2> "$work/err" || got=$?; echo $got > "$work/status"; } |
	head -c 1 > /dev/null
[ "$(cat "$work/status")" = 1 ] || fail "status $(cat "$work/status") on a closed pipe"
grep -q 'cannot write to standard output' "$work/err" || fail "$(cat "$work/err")"
