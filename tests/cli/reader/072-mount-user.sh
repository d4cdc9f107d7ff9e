#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A user who is not root mounts an image through fusermount3, reads what the image denies to others, and unmounts.
. "${srcdir:-.}/tests/lib.sh"

# In a namespace of mounts, where root gives everybody /dev/fuse, whatever it is outside, and becomes nobody.
if [ "$(id -u)" = 0 ] && [ -z "${EROFS_TEST_USER-}" ]; then
	need unshare setpriv mknod mount fusermount3
	unshare -m true 2>/dev/null || skip "no namespace of mounts"
	mknod -m 666 "$work/fuse" c 10 229 2>/dev/null || skip "no device nodes"
	chmod 711 "$work"
	user=$(id -u nobody 2>/dev/null) || skip "no user nobody"
	setpriv --reuid="$user" --regid="$user" --clear-groups test -x "$READ" -a -r "$srcdir/tests/lib.sh" 2>/dev/null ||
		skip "nobody cannot get at the programs"
	got=0
	# shellcheck disable=SC2016 # for the other shell
	unshare -m --propagation private sh -c 'mount --bind "$1" /dev/fuse || exit 77
		exec setpriv --reuid="$2" --regid="$2" --clear-groups env EROFS_TEST_USER=1 TMPDIR=/tmp sh "$3"' \
		- "$work/fuse" "$user" "$srcdir/tests/cli/reader/072-mount-user.sh" || got=$?
	exit $got
fi

cd "$work"
mkdir -p tree/dir mnt
seq 1 30000 > tree/numbers
printf 'secret\n' > tree/dir/secret
ln -s numbers tree/link
chmod 600 tree/dir/secret
# As if of root.
"$MKFS" --quiet --ishare=sha256 --all-root plain tree
need fusermount3
need_fuse plain
. "$srcdir/tests/cli/reader/served.sh"
serve "$READ" mount -o fsname=an-image,subtype=erofsfuse plain mnt
same mnt/numbers tree/numbers
[ "$(cat mnt/dir/secret)" = secret ] || fail "the user does not read everything"
[ "$(stat -c '%u %a' mnt/dir/secret)" = '0 600' ] || fail "owner"
grep -q "^an-image $work/mnt fuse.erofsfuse ro,nosuid,nodev" /proc/mounts || { grep mnt /proc/mounts >&2; fail "type"; }
ends "through fusermount3"

# In the background and with the other name.
ln -s "$READ" erofsfuse
./erofsfuse plain mnt > out 2> err || { cat err >&2; fail "erofsfuse"; }
mounts=$work/mnt
same mnt/numbers tree/numbers
fusermount3 -u mnt; mounts=

# Whom root does not let do so is told, and nothing is left mounted. (Unless the machine lets everybody.)
if ! grep -qs '^user_allow_other' /etc/fuse.conf; then
	expect_status 1 "$READ" mount -o allow_other plain mnt
	grep -q allow_other err || { cat err >&2; fail "allow_other is not named"; }
fi
mkdir closed; chmod 0 closed
expect_status 1 "$READ" mount plain closed
! grep -q " $work/.* fuse" /proc/mounts || fail "something is mounted"
