#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Trees deeper than a path may be long, directories of many entries, names of all bytes: built and sound.
. "${srcdir:-.}/tests/lib.sh"

mkdir "$work/src" "$work/src/many"
(cd "$work/src/many" && seq -f 'file-number-%.0f' 20000 | xargs touch)
name=$(printf '%0255d' 0)
(
	cd "$work/src"
	i=0
	while [ $i -lt 40 ]; do
		mkdir "$name" && cd -P "$name" || exit 1
		i=$((i + 1))
	done
	echo deep > file
) || skip "the shell cannot make a deep tree here"
i=1
while [ $i -lt 256 ]; do
	[ $i = 47 ] || : > "$work/src/$(printf '%b' "\\0$(printf %o $i)")x"
	i=$((i + 1))
done
"$MKFS" --quiet --ishare "$work/img" "$work/src"
expect_status 0 "$FSCK" "$work/img"
expect_status 0 "$FSCK" --check-ishare "$work/img"
grep -q "1 of 1 files tagged" "$work/out" || { cat "$work/out"; fail "the deep file is not tagged"; }
count=$(find "$work/src" | wc -l)
"$DUMP" -S "$work/img" | grep -qE "^Filesystem total file count:	+" || fail "no count"
"$MKFS" -d2 "$work/img" "$work/src" | grep -qx "Filesystem total inodes: $(find "$work/src" -printf x | wc -c)" ||
	fail "not all $count files"
