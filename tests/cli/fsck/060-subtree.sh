#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# --path and --nid: a part of the image, checked or extracted.
. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/cli/fsck/tree.sh"

make_tree "$work/tree"
"$MKFS" --quiet "$work/image" "$work/tree" || fail "cannot build"

# A directory: its content goes to DIR. The other name of /twice is not part of it.
expect_status 0 "$FSCK" --preserve --path=/dir "--extract=$work/dir" "$work/image"
[ ! -s "$work/err" ] || fail "not silent: $(cat "$work/err")"
same "$work/tree/dir/numbers" "$work/dir/numbers"
same "$work/tree/dir/deep/twice" "$work/dir/deep/twice"
[ ! -e "$work/dir/dir" ] || fail "one level too many"

# A file, a link and a fifo: DIR is the thing itself.
expect_status 0 "$FSCK" --preserve --path=dir//numbers "--extract=$work/numbers" "$work/image"
same "$work/tree/dir/numbers" "$work/numbers"
[ "$(stat -c %.9Y "$work/numbers")" = "$(stat -c %.9Y "$work/tree/dir/numbers")" ] || fail "time"
expect_status 0 "$FSCK" --preserve --path=/dangling "--extract=$work/link" "$work/image"
[ "$(readlink "$work/link")" = /nowhere/at/all ] || fail "link"
expect_status 0 "$FSCK" --preserve --path=/fifo "--extract=$work/fifo" "$work/image"
[ -p "$work/fifo" ] || fail "fifo"

# By number; --path wins.
nid=$("$DUMP" --path=/dir "$work/image" | sed -n 's/^NID: \([0-9]*\).*/\1/p')
[ -n "$nid" ] || fail "dump.erofs shows no nid"
expect_status 0 "$FSCK" --nid="$nid" --preserve "--extract=$work/by-nid" "$work/image"
same_trees "$work/dir" "$work/by-nid"
expect_status 0 "$FSCK" --nid=1 --path=/ --preserve "--extract=$work/all" "$work/image"
same_trees "$work/tree" "$work/all"

# There is no such thing.
expect_status 8 "$FSCK" --path=/dir/none "$work/image"
grep -q "failed to lookup /dir/none" "$work/err" || fail "no word: $(cat "$work/err")"
expect_status 8 "$FSCK" --path=/twice/none "$work/image"
expect_status 4 "$FSCK" --nid=99999999 "$work/image"
grep -q '\[inode-bounds\]$' "$work/err" || fail "nid: $(cat "$work/err")"
