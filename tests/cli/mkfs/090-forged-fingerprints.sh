#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A source cannot supply a fingerprint. Whatever attribute of a file bears the fingerprint's name is left
# out, with one warning that counts them, and the file gets its true fingerprint like any other.
. "${srcdir:-.}/tests/lib.sh"
need setfattr getfattr

mkdir -p "$work/src/dir"
echo one > "$work/src/one"; echo two > "$work/src/two"; : > "$work/src/empty"
setfattr -n user.try -v 1 "$work/src/one" 2>/dev/null || skip "no user attributes in $work"
# What a forger would write: the digest of another file.
forged=0x$(printf 'sha256:' | od -An -tx1 | tr -d ' \n')$(sha256sum "$work/src/two" | cut -c1-64)

# forge NAME: on three files; false where the file system does not have it.
forge() {
	for f in one empty; do
		setfattr -n "$1" -v "$forged" "$work/src/$f" 2>/dev/null || return 1
	done
	setfattr -n "$1" -v forged-by-the-source "$work/src/dir"
}
forget() { for f in one empty dir; do setfattr -x "$1" "$work/src/$f"; done; }

# holds NAME COUNT OPTION...: no forged value in the image, COUNT dropped, tags of one and two true.
holds() {
	name=$1 count=$2; shift 2
	expect_status 0 "$MKFS" "$@" "$work/img" "$work/src"
	[ "$(grep -c "^<W> erofs: dropped" "$work/err")" = 1 ] || { cat "$work/err"; fail "not one warning: $*"; }
	grep -q "dropped $count extended attributes named $name," "$work/err" ||
		{ cat "$work/err"; fail "count for $*"; }
	! grep -qaF forged-by-the-source "$work/img" || fail "the value is in the image: $*"
	expect_status 0 "$FSCK" --check-ishare "$work/img"
	grep -q "2 of 2 files tagged" "$work/out" || { cat "$work/out"; fail "tags for $*"; }
}

for name in user.x trusted.erofs.fp security.fp; do
	if ! forge $name; then
		echo "note: $name cannot be set here"
		continue
	fi
	holds $name 3 --ishare=sha256,name=$name
	holds $name 3 --xattr-inode-digest=$name
	holds $name 3 --ishare=sha512,name=$name
	# Under another name it is an attribute like any other.
	expect_status 0 "$MKFS" --ishare "$work/img" "$work/src"
	! grep -q dropped "$work/err" || fail "$name was dropped for nothing"
	grep -qaF forged-by-the-source "$work/img" || fail "$name is lost"
	forget $name
done

# Most file systems refuse this name; the filter's unit test covers it everywhere.
if forge erofs.fingerprint.v1; then
	holds erofs.fingerprint.v1 3 --ishare
	forget erofs.fingerprint.v1
fi

# Long prefixes and shared attributes are no way around.
forge user.x
set -- --ishare=sha256,name=user.x -x0
holds user.x 3 "$@" --xattr-prefix=user.x
holds user.x 3 "$@" --xattr-prefix=user.
