#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What the packaged fsck.erofs extracts from the packaged mkfs.erofs' images, we extract, too; and it finds
# sound what we built.
. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/cli/fsck/tree.sh"
need_packaged mkfs.erofs fsck.erofs

make_tree "$work/tree"
printf 'end' >> "$work/tree/hole" # old releases do not keep a hole at the end
rm "$work/tree/mode/suid" # nor the set-id bits, which a later chown takes away
seq 1 50000 > "$work/tree/many-numbers"
# Old releases extract each name of a hard link as a file of its own.
without_link_counts() { listing "$1" | sed -E 's/\|([0-9]+) [0-9]+\|/|\1|/'; }
compared=0
for options in "" "-Enoinline_data" "-Eforce-inode-compact" "-zlz4" "-zlz4hc,9 -C65536" "-zlz4 -Eztailpacking" \
	"-Elegacy-compress -zlz4"; do
	case $options in
	*-z*) can_decode lz4 || continue ;;
	esac
	# shellcheck disable=SC2086
	/usr/bin/mkfs.erofs $options "$work/image" "$work/tree" > "$work/log" 2>&1 || continue
	chmod -R u+rwX "$work/theirs" "$work/ours" 2>/dev/null || :
	rm -rf "$work/theirs" "$work/ours"
	/usr/bin/fsck.erofs "--extract=$work/theirs" "$work/image" > "$work/log" 2>&1 || continue
	expect_status 0 "$FSCK" "--extract=$work/ours" "$work/image"
	[ ! -s "$work/err" ] || fail "not silent with $options: $(cat "$work/err")"
	without_link_counts "$work/theirs" > "$work/list.theirs"
	without_link_counts "$work/ours" > "$work/list.ours"
	diff "$work/list.theirs" "$work/list.ours" || fail "theirs (<) and ours (>) differ with $options"
	compared=$((compared + 1))
done
[ $compared -gt 0 ] || skip "the packaged tools extract nothing here"

for options in "" "--chunksize=4096" "-Enoinline_data"; do
	# shellcheck disable=SC2086
	"$MKFS" --quiet $options "$work/image" "$work/tree" || fail "cannot build with $options"
	/usr/bin/fsck.erofs --extract "$work/image" > "$work/log" 2>&1 ||
		fail "the packaged fsck.erofs does not like $options: $(cat "$work/log")"
	expect_status 0 "$FSCK" --extract "$work/image"
done
echo "$compared ways to build compared"
