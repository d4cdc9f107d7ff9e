#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# overlayfs whiteouts in a source: kept and made visible, or stripped.
. "${srcdir:-.}/tests/lib.sh"
need getfattr setfattr
need_kernel_erofs

mkdir -p "$work/src/d" "$work/src/e" "$work/src/f"
mknod "$work/src/d/gone" c 0 0 || skip "no device nodes here"
: > "$work/src/e/file"
setfattr -n trusted.overlay.opaque -v y "$work/src/e" || skip "no trusted attributes here"
mknod "$work/src/f/gone" c 0 0
setfattr -n trusted.overlay.origin -v keep "$work/src/f"
value() { getfattr -h --only-values -n "$2" "$1" 2>/dev/null || echo none; }

"$MKFS" --quiet "$work/img" "$work/src"
"$MKFS" --quiet --ovlfs-strip "$work/stripped" "$work/src"
"$MKFS" --quiet --ovlfs-strip=1 --ovlfs-strip=0 "$work/kept" "$work/src"
mount_image "$work/img" "$work/m"
mount_image "$work/stripped" "$work/s"
mount_image "$work/kept" "$work/k"
for m in "$work/m" "$work/k"; do
	[ "$(stat -c %t:%T "$m/d/gone")" = 0:0 ] || fail "the whiteout is lost"
	[ -z "$(value "$m/d" trusted.overlay.origin)" ] || fail "the directory is not marked"
	[ "$(value "$m/f" trusted.overlay.origin)" = keep ] || fail "an origin was overwritten"
	[ "$(value "$m" trusted.overlay.origin)" = none ] || fail "a directory is marked for nothing"
	[ "$(value "$m/e" trusted.overlay.opaque)" = y ] || fail "opaque is lost"
done
[ ! -e "$work/s/d/gone" ] || fail "the whiteout is there"
[ "$(value "$work/s/d" trusted.overlay.origin)" = none ] || fail "marked although stripped"
[ "$(value "$work/s/e" trusted.overlay.opaque)" = none ] || fail "opaque although stripped"
[ -e "$work/s/e/file" ] || fail "too much was stripped"
