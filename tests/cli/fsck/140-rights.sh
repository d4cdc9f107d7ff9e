#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Extraction gives nobody rights that the image does not give: set-id bits stay with their owner, and ACLs
# of the place are not added to those of the image.
. "${srcdir:-.}/tests/lib.sh"
need_root

mkdir -p "$work/tree/dir"
for f in user group both mine; do echo $f > "$work/tree/$f"; done
chown 1000 "$work/tree/user"; chmod 4755 "$work/tree/user"
chgrp 1000 "$work/tree/group"; chmod 2755 "$work/tree/group"
chown 1000:1000 "$work/tree/both"; chmod 6755 "$work/tree/both"
chmod 6755 "$work/tree/mine"
chgrp 1000 "$work/tree/dir"; chmod 3777 "$work/tree/dir"
"$MKFS" --quiet "$work/image" "$work/tree" || fail "cannot build"

mode() { stat -c %a "$1"; }
modes() { for f in user group both mine dir; do mode "$1/$f"; done | tr '\n' ' '; }
expect_status 0 "$FSCK" --preserve "--extract=$work/kept" "$work/image"
[ "$(modes "$work/kept")" = "4755 2755 6755 6755 3777 " ] || fail "preserved: $(modes "$work/kept")"
expect_status 0 "$FSCK" --no-preserve-owner --preserve-perms "--extract=$work/own" "$work/image"
[ "$(modes "$work/own")" = "755 755 755 6755 3777 " ] || fail "not preserved: $(modes "$work/own")"

command -v setfacl > /dev/null || skip "no setfacl: ACLs were not tried"
mkdir "$work/place"
setfacl -m d:u:1234:rwx "$work/place" 2> /dev/null || skip "no ACLs here"
setfacl -m u:77:r "$work/tree/mine"
"$MKFS" --quiet "$work/image" "$work/tree" || fail "cannot build"
expect_status 0 "$FSCK" --preserve --xattrs "--extract=$work/place" "$work/image"
getfacl -R -n -c "$work/place" > "$work/acls" 2> /dev/null
! grep 1234 "$work/acls" || fail "rights from outside"
grep -q 'user:77:r--' "$work/acls" || fail "the image's own are gone"
