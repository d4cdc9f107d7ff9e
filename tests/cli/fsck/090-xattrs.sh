#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# --xattrs: extended attributes come out as they went in, empty ones and capabilities included.
. "${srcdir:-.}/tests/lib.sh"
need setfattr getfattr

mkdir -p "$work/tree/dir"
printf 'a' > "$work/tree/file"
printf 'b' > "$work/tree/read-only"
ln -s file "$work/tree/link"
setfattr -n user.plain -v value "$work/tree/file" 2>/dev/null || skip "no user.* xattrs on this file system"
setfattr -n user.empty "$work/tree/file"
setfattr -n user.binary -v 0x00ff0a "$work/tree/dir"
setfattr -n user.ro -v 1 "$work/tree/read-only"
if [ "$(id -u)" = 0 ]; then
	setfattr -n trusted.overlay.opaque -v y "$work/tree/dir" 2>/dev/null || :
	setfattr -h -n trusted.on-link -v z "$work/tree/link" 2>/dev/null || :
	setfattr -n security.capability -v 0x0100000200040000000000000000000000000000 "$work/tree/file" \
		2>/dev/null || :
	chown 1000:1000 "$work/tree/file"
	setfattr -n security.capability -v 0x0100000200040000000000000000000000000000 "$work/tree/file" \
		2>/dev/null || :
	! command -v setfacl >/dev/null || setfacl -m u:1234:rw,d:g:77:r "$work/tree/dir" 2>/dev/null || :
fi
chmod 0400 "$work/tree/read-only"
"$MKFS" --quiet --ishare=sha256 "$work/image" "$work/tree" || fail "cannot build"

attributes() { (cd "$1" && find . | sort | xargs getfattr -h -d -m - -e hex --absolute-names); }
attributes "$work/tree" | grep -v selinux > "$work/want"
expect_status 0 "$FSCK" --preserve --xattrs "--extract=$work/with" "$work/image"
[ ! -s "$work/err" ] || fail "not silent: $(cat "$work/err")"
attributes "$work/with" | grep -v selinux > "$work/got"
diff "$work/want" "$work/got" || fail "xattrs differ"
grep -q user.empty "$work/got" || fail "this test shows nothing"

expect_status 0 "$FSCK" --preserve "--extract=$work/without" "$work/image"
! attributes "$work/without" | grep -q user. || fail "xattrs without --xattrs"

# Without privilege: user.* alone, one warning for the rest, devices left out; no failure.
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
	mknod "$work/tree/null" c 1 3
	"$MKFS" --quiet "$work/image" "$work/tree" || fail "cannot build"
	chmod 755 "$work"; chmod 644 "$work/image"
	mkdir "$work/user"; chown 65534:65534 "$work/user"
	expect_status 0 setpriv --reuid=65534 --regid=65534 --clear-groups \
		"$FSCK" --xattrs "--extract=$work/user/x" "$work/image"
	[ "$(grep -c 'extended attributes cannot be set' "$work/err")" -le 1 ] || fail "said twice"
	grep -q '/null: device left out' "$work/err" || fail "no word about the device: $(cat "$work/err")"
	[ ! -e "$work/user/x/null" ] || fail "a device was made"
	[ "$(stat -c %u "$work/user/x/file")" = 65534 ] || fail "owner"
	getfattr -n user.plain "$work/user/x/file" >/dev/null 2>&1 || fail "user.plain is gone"
fi
