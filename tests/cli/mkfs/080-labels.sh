#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# SELinux labels from a file_contexts file, as a kernel shows them.
. "${srcdir:-.}/tests/lib.sh"

mkdir -p "$work/src/bin"
echo sh > "$work/src/bin/sh"
: > "$work/src/none"
ln -s bin "$work/src/link"
printf '%s\n' '/.*	u:object_r:rest:s0' '/system/bin(/.*)?	u:object_r:bin:s0' \
	'/system/link	-l	u:object_r:link:s0' '/system/none	<<none>>' > "$work/contexts"
expect_status 1 "$MKFS" --file-contexts="$work/missing" "$work/new" "$work/src"
grep -q "no libselinux" "$work/err" && skip "built without libselinux"
grep -q "failed to open file contexts \"$work/missing\"" "$work/err" || fail "missing contexts"
[ ! -e "$work/new" ] || fail "FILE was made"

"$MKFS" --quiet --file-contexts="$work/contexts" --mount-point=/system "$work/img" "$work/src"
"$MKFS" --quiet --file-contexts="$work/contexts" --mount-point=system/ "$work/img2" "$work/src" \
	-U "$("$DUMP" -s "$work/img" | sed -n 's/^Filesystem UUID: *//p')" -T1
"$MKFS" --quiet -x-1 --file-contexts="$work/contexts" "$work/bare" "$work/src"
need getfattr
need_kernel_erofs
mount_image "$work/img" "$work/mnt"
mount_image "$work/img2" "$work/mnt2"
mount_image "$work/bare" "$work/mnt3"
label() { getfattr -h --only-values -n security.selinux "$1" 2>/dev/null || :; }
for m in "$work/mnt" "$work/mnt2"; do
	[ "$(label "$m/bin")" = u:object_r:bin:s0 ] || fail "$m/bin: $(label "$m/bin")"
	[ "$(label "$m/bin/sh")" = u:object_r:bin:s0 ] || fail "$m/bin/sh: $(label "$m/bin/sh")"
	[ "$(label "$m/link")" = u:object_r:link:s0 ] || fail "$m/link: $(label "$m/link")"
	[ "$(label "$m/none")" = "" ] || fail "$m/none: $(label "$m/none")"
	[ "$(label "$m")" = u:object_r:rest:s0 ] || fail "$m: $(label "$m")"
done
[ "$(label "$work/mnt3/bin")" = "" ] || fail "-x-1 keeps labels"
