#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Statistics, inodes, listings and extents read like those of the packaged erofs-utils.
. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/cli/dump/tree.sh"
need_packaged mkfs.erofs dump.erofs

# Before 1.8 the first line said "File", the fourth had an extent size, and -S showed .txt twice. An
# empty file has no ratio, which printf spells -nan. Holes of chunk-based files are at 0 here; theirs are at
# block 2^32 - 1, and from 1.8 to 1.8.6 where the data before them was, so that they are told by our output.
theirs() {
	/usr/bin/dump.erofs "$@" 2>/dev/null | sed -e 's/^File : /Path : /' -e 's/Extent size: [0-9]*   //' \
		-e 's/-nan%/0.00%/' -e 's/: 1759218604[0-9]*\.\.1759218604[0-9]* |/: HOLE |/' |
		awk '!/^\.txt/ || !seen++'
}
ours() { "$DUMP" "$@" | sed 's/:          0\.\. *\([0-9]*\) |   *\1$/: HOLE |&/; s/HOLE |: .*|/HOLE |/'; }

# An extent that has the place of the one before is a hole if it is one in our output.
tell_holes() {
	awk -F '[:|]' '
		FILENAME != "-" { if (/: HOLE \|/) hole[$1] = 1; next }
		($1 in hole) && ($4 == place || !place && $4 ~ /^ *0\.\./) { print $1 ":" $2 "|" $3 ": HOLE |" $5; next }
		$4 ~ /\.\./ { place = $4 }
		1' "$work/ours" -
}

compared=0
compare() {
	ours "$@" > "$work/ours"
	theirs "$@" | tell_holes > "$work/theirs"
	grep -q . "$work/theirs" || fail "the packaged dump.erofs $* prints nothing"
	diff "$work/theirs" "$work/ours" || fail "dump.erofs $*"
	compared=$((compared + 1))
}

make_tree "$work/tree"
variant=0
for options in "" "-E force-inode-extended" "--chunksize=4096" "-z lz4hc -C 16384" "-z lz4"; do
	variant=$((variant + 1))
	image=$work/$variant.erofs
	# shellcheck disable=SC2086 # several options
	/usr/bin/mkfs.erofs --quiet $options "$image" "$work/tree" >/dev/null 2>&1 ||
		{ echo "the packaged mkfs.erofs does not take '$options'"; continue; }
	compare -S "$image"
	(cd "$work/tree" && find . -name 'name-*' -prune -o -print | sed 's/^\.//; s/^$/\//') > "$work/paths"
	while read -r p; do
		compare --path="$p" -e "$image"
		[ ! -d "$work/tree/$p" ] || [ -L "$work/tree/$p" ] || compare --path="$p" --ls "$image"
	done < "$work/paths"
done
[ $compared -gt 50 ] || fail "only $compared outputs compared: this test has gone blind"
echo "$compared outputs are the same"
