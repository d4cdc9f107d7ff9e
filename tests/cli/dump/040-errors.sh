#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Usage errors are status 2 with a hint, everything else that fails is 1, and each says why.
. "${srcdir:-.}/tests/lib.sh"
mkdir -p "$work/tree/dir"
echo data > "$work/tree/dir/file"
image=$work/i.erofs
"$MKFS" --quiet "$image" "$work/tree"

usage() {
	expect_status 2 "$DUMP" "$@"
	grep -q "^Try '.*--help' for more information\.$" "$work/err" || fail "no hint: $*"
	[ ! -s "$work/out" ] || fail "output in spite of an error: $*"
}
usage
usage -s
usage "$image" "$image"
usage -e "$image"
usage --cat "$image"
usage --cat -s --path=/ "$image"
usage --cat -S --path=/ "$image"
usage --cat --ls --path=/ "$image"
usage --nid=x "$image"
usage --nid= --offset=4k "$image"
usage --offset=-1 "$image"
usage --no-such-option "$image"
usage -Q "$image"
usage --path
usage --csv "$image"
usage --html=page "$image"
usage --html= --ishare-groups "$image"
usage --top=many --ishare-groups "$image"
usage --ishare --ishare-groups "$image"
usage --ishare -s "$image"
usage --json --cat --path=/ "$image"
usage --json --csv --ishare-groups "$image"
usage --json --blkid-udev "$image"
usage --ishare-groups --device="$image" "$image"
usage --ishare-groups

failure() {
	text=$1; shift
	expect_status 1 "$DUMP" "$@"
	grep -qE "^<E> erofs: .*$text" "$work/err" || { cat "$work/err"; fail "no '$text': $*"; }
}
failure 'read inode failed @ /nope$' --path=/nope "$image"
failure 'read inode failed @ /dir/file/x$' --path=/dir/file/x "$image"
failure 'read inode failed @ nid 99999999$' --nid=99999999 "$image"
failure 'not a directory$' --ls --path=/dir/file "$image"
failure 'read inode failed @ /a.x1bb$' --path="$(printf '/a\033b')" "$image"
failure "$work/none" "$work/none"
failure "$work/none" --ishare-groups "$image" "$work/none"
failure 'device' --device="$image" "$image"
failure '' "$work/tree"
head -c 20000 /dev/zero > "$work/zeros"
failure 'zeros' "$work/zeros"
failure 'zeros' --ishare-groups "$image" "$work/zeros"
failure '/no/such/folder/page' --ishare-groups --html=/no/such/folder/page "$image"

# Options anywhere, bundled, and the first of --help and --version wins over the rest.
expect_status 0 "$DUMP" "$image" -sS --path=/
grep -q '^Filesystem total file count:' "$work/out" || fail "options behind the operand"
grep -q '^Path : /$' "$work/out" || fail "no inode block"
expect_status 0 "$DUMP" --help --no-such-option
grep -q '^Usage: .* \[OPTIONS\] IMAGE$' "$work/out" || fail "--help"
expect_status 0 "$DUMP" -V nothing nowhere
grep -q '^dump.erofs ' "$work/out" || fail "-V"
# Paths as people write them.
for p in / '' // /dir/.. dir/../.. /./dir/..//; do
	"$DUMP" --path="$p" "$image" | grep -qx 'Path : /' || fail "--path='$p' is not the root"
done
"$DUMP" --path=//dir///file// "$image" | grep -qx 'Path : /dir/file' || fail "slashes"
