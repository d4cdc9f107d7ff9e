#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What was built in comes out again, whatever the number of threads.
. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/cli/fsck/tree.sh"

make_tree "$work/tree"
"$MKFS" --quiet "$work/flat" "$work/tree" || fail "cannot build"
"$MKFS" --quiet --chunksize=4096 "$work/chunks" "$work/tree" || fail "cannot build with chunks"

owner=--preserve
for image in flat chunks; do
	for workers in 1 2 7; do
		expect_status 0 "$FSCK" $owner --workers=$workers "--extract=$work/$image.$workers" "$work/$image"
		[ ! -s "$work/out" ] && [ ! -s "$work/err" ] || fail "not silent: $(cat "$work/err")"
		same_trees "$work/tree" "$work/$image.$workers"
		[ "$work/$image.$workers/twice" -ef "$work/$image.$workers/dir/deep/twice" ] ||
			fail "the hard link is gone"
	done
done
# A hole stays one where the image has it.
[ "$(stat -c %b "$work/chunks.1/hole")" -lt 1024 ] || fail "the hole was filled"

expect_status 0 "$FSCK" -d3 "--extract=$work/again" "$work/flat"
tail -n 1 "$work/err" | grep -qx '<I> erofs: Extracted filesystem successfully' || fail "no success"

# An existing directory is used and slashes at the end do not matter; existing files are in the way.
mkdir "$work/used"
: > "$work/used/other"
expect_status 0 "$FSCK" --preserve "--extract=$work/used//" "$work/flat"
[ -f "$work/used/other" ] || fail "what was there is gone"
expect_status 8 "$FSCK" --preserve "--extract=$work/used" "$work/flat"
grep -q "/.*: cannot be extracted: File exists" "$work/err" || fail "no word about what is in the way"
tail -n 1 "$work/err" | grep -qx '<E> erofs: Failed to extract filesystem' || fail "no verdict"

# Permissions less the umask, and our own owner.
(umask 027; "$FSCK" --no-preserve "--extract=$work/masked" "$work/flat") || fail "--no-preserve"
[ "$(stat -c %a "$work/masked/empty")" = 1750 ] || fail "the umask does not count"
[ "$(stat -c %u "$work/masked/dir/block")" = "$(id -u)" ] || fail "the owner was set"
(umask 027; "$FSCK" --no-preserve-owner --preserve-perms "--extract=$work/perms" "$work/flat") || fail "perms"
[ "$(stat -c %a "$work/perms/empty")" = 1777 ] || fail "the umask counts"

# To where nothing can be written.
if [ "$(id -u)" = 0 ]; then
	expect_status 8 "$FSCK" "--extract=/proc/nothing" "$work/flat"
fi
