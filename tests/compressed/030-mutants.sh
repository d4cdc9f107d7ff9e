#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Damaged images are read without a crash, within 5 seconds and 256 MiB each. EROFS_MUTANTS is how many
# there are in all, EROFS_CORPUS a folder of more images to damage. As sources of images, some of them, they are
# refused or give what is sound.
. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/compressed/tree.sh"
mutants=$builddir/tests/compressed/mutants
mkdir "$work/tree" "$work/images" "$work/carried"
text 70000 1 >"$work/tree/a"
{ text 30000 2; noise 5000; text 3000 3; } >"$work/tree/b"
cp "$work/tree/b" "$work/tree/c"
text 300 4 >"$work/tree/small"
head -c 100000 /dev/zero >"$work/tree/zeros"
ln -s a "$work/tree/link"

# Images first: each gets its share of the mutants.
number=0
collect() {
	number=$((number + 1))
	mv "$work/image" "$work/images/$(printf %03d $number)-$(echo "$1" | tr -c 'a-z0-9\n' -).erofs"
}
for_each_own_form collect "$work/tree"
[ ! -x /usr/bin/mkfs.erofs ] || for_each_form collect "$work/tree"
for image in "${EROFS_CORPUS:-/nonexistent}"/*.erofs; do
	[ ! -e "$image" ] || { cp "$image" "$work/image"; collect "${image##*/}"; }
done

count=20000
[ -z "${SANITIZER_FLAGS:-}" ] || count=1000 # they take twenty times as long
count=${EROFS_MUTANTS:-$count}
each=$(((count + number - 1) / number)) total=0
for image in "$work"/images/*; do
	"$mutants" "$image" $each "${EROFS_MUTANT_SEED:-0}" "$work/bug" >"$work/log" || {
		cat "$work/log"
		[ -z "${EROFS_MUTANT_KEEP:-}" ] || cp "$work/bug" "$EROFS_MUTANT_KEEP"
		fail "${image##*/}"
	}
	echo "${image##*/}: $(cat "$work/log")"
	total=$((total + each))
	case $image in *-z*) ;; *) continue ;; esac
	"$mutants" "$image" $((each / 8 + 1)) "${EROFS_MUTANT_SEED:-0}" "$work/bug" "$work/carried" >"$work/log" 2>&1 || {
		cat "$work/log"
		[ -z "${EROFS_MUTANT_KEEP:-}" ] || cp "$work/bug" "$EROFS_MUTANT_KEEP"
		fail "${image##*/} as a source"
	}
done
[ $total -ge "$count" ] || fail "only $total mutants"
echo "$total mutants of $number images survived"
