#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Damaged images are read without a crash, within 5 seconds and 256 MiB each. EROFS_MUTANTS is how many
# of each image, EROFS_CORPUS a folder of more images.
. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/compressed/tree.sh"
need_packaged mkfs.erofs
mutants=$builddir/tests/compressed/mutants
count=${EROFS_MUTANTS:-25} total=0
mkdir "$work/tree"
text 70000 1 >"$work/tree/a"
{ text 30000 2; noise 5000; text 3000 3; } >"$work/tree/b"
cp "$work/tree/b" "$work/tree/c"
text 300 4 >"$work/tree/small"
head -c 100000 /dev/zero >"$work/tree/zeros"
ln -s a "$work/tree/link"

try() {
	"$mutants" "$1" "$count" "${EROFS_MUTANT_SEED:-0}" "$work/bug" >"$work/log" || {
		cat "$work/log"
		[ -z "${EROFS_MUTANT_KEEP:-}" ] || cp "$work/bug" "$EROFS_MUTANT_KEEP"
		fail "$2"
	}
	total=$((total + count))
}
check() { try "$work/image" "$1"; }
for_each_form check "$work/tree"
for image in "${EROFS_CORPUS:-/nonexistent}"/*.erofs; do
	[ ! -e "$image" ] || try "$image" "$image"
done
echo "$total mutants survived"
