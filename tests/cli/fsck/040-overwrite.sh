#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# --overwrite replaces names; it never writes through what they lead to.
. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/cli/fsck/tree.sh"

make_tree "$work/tree"
"$MKFS" --quiet "$work/image" "$work/tree" || fail "cannot build"
mkdir -p "$work/to" "$work/outside"
printf 'mine' > "$work/outside/file"
ln "$work/outside/file" "$work/to/twice"          # another link to a file outside
ln -s "$work/outside/file" "$work/to/nothing"     # a link to it
ln -s "$work/outside" "$work/to/dir"              # a link where a directory goes
printf 'file' > "$work/to/dangling"               # a file where a link goes
expect_status 0 "$FSCK" --preserve --overwrite "--extract=$work/to" "$work/image"
same_trees "$work/tree" "$work/to"
[ "$(cat "$work/outside/file")" = mine ] || fail "a file outside was written"
[ "$(ls "$work/outside")" = file ] || fail "something was made outside"

# Once more over its own result, hard links and all.
expect_status 0 "$FSCK" --preserve --overwrite "--extract=$work/to" "$work/image"
same_trees "$work/tree" "$work/to"

# Without the option each name would be in the way: some are named, the others counted.
expect_status 8 "$FSCK" "--extract=$work/to" "$work/image"
names=$(cd "$work/tree" && find . ! -type d | wc -l)
[ "$(grep -c "cannot be extracted: File exists" "$work/err")" = 8 ] || fail "not eight names"
grep -q "$work/to: $((names - 8)) more names exist already" "$work/err" ||
	{ cat "$work/err"; fail "no count of the others"; }
same_trees "$work/tree" "$work/to"

# A directory is not removed for a file.
rm "$work/to/twice"
mkdir "$work/to/twice"
expect_status 8 "$FSCK" --preserve --overwrite "--extract=$work/to" "$work/image"
[ -d "$work/to/twice" ] || fail "a directory was removed"
grep -q "/twice: cannot be extracted" "$work/err" || fail "no word about it"
