#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A name cannot drive the terminal, and reaches a pipe as it is.
. "${srcdir:-.}/tests/lib.sh"
need script
script -qec true /dev/null </dev/null >/dev/null 2>&1 || skip "no pseudo-terminals here"
mkdir -p "$work/tree/dir"
name=$(printf 'a\033[31mred\007')
echo x > "$work/tree/dir/$name"
"$MKFS" --quiet --ishare=sha256 "$work/i.erofs" "$work/tree"

"$DUMP" --ls --path=/dir "$work/i.erofs" | grep -qF "$name" || fail "a pipe does not get the name"
# What erofs-utils has no form for is escaped everywhere: a name cannot forge a line.
"$DUMP" --ishare "$work/i.erofs" | grep -qF 'a\x1b[31mred\x07' || fail "--ishare does not escape"
for action in '--ls --path=/dir' -e --ishare '--ishare-groups --quiet' '--json --ls --path=/dir'; do
	# The name does not survive this command line: the file is found through its number.
	case $action in
	-e) nid=$("$DUMP" --ishare "$work/i.erofs" | awk '!/^#/ { print $3 }'); action="-e --nid=$nid" ;;
	esac
	got=0; script -qec "'$DUMP' $action '$work/i.erofs'" /dev/null > "$work/out" 2>&1 </dev/null || got=$?
	[ $got = 0 ] || grep -q 'built without' "$work/out" || { cat -v "$work/out"; fail "status $got: $action"; }
	! grep -q "$(printf '\033')" "$work/out" || { cat -v "$work/out"; fail "$action drives the terminal"; }
done
"$DUMP" --ishare-groups --csv "$work/i.erofs" "$work/i.erofs" > "$work/out"
grep -q '/dir/a\\x1b\[31mred\\x07' "$work/out" || fail "the CSV has no escaped name"
