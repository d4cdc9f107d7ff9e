#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A FUSE mount is what the kernel's own mount is: every attribute, who may read, directories read from anywhere,
# holes. What cannot be mounted is refused before, and signals and a busy mount end well.
. "${srcdir:-.}/tests/lib.sh"

cd "$work"
mkdir -p tree/dir mnt
printf 'text\n' > tree/public
seq 1 30000 > tree/numbers
cp tree/numbers tree/copy
: > tree/empty
ln -s "$(head -c 4095 /dev/zero | tr '\0' x)" tree/longest 2>/dev/null || :
ln -s public tree/dir/short
mkfifo tree/fifo
truncate -s 3M tree/holes; printf x | dd of=tree/holes bs=1 seek=1048576 conv=notrunc 2>/dev/null
xattrs=no acls=no
! setfattr -n user.colour -v blue tree/public 2>/dev/null || xattrs=yes
! setfattr -n user.none tree/public 2>/dev/null || [ $xattrs = no ] || xattrs=yes
printf 'secret\n' > tree/secret; chmod 640 tree/secret
if [ "$(id -u)" = 0 ]; then
	mknod tree/disk b 259 70000 2>/dev/null || :
	! setfattr -n trusted.note -v for-root tree/public 2>/dev/null || trusted=yes
	# Read by user 1234; the group may not, but to the mode it may.
	! setfacl -m u:1234:r,g::-,m::r tree/secret 2>/dev/null || acls=yes
fi
touch -d '1970-01-01 00:00:01.000000001 UTC' tree/public
"$MKFS" --quiet --ishare=sha256 plain tree
need_fuse plain
. "$srcdir/tests/cli/reader/served.sh"
probe=$builddir/tests/cli/reader/probe

# facts DIRECTORY: what there is to know of every name. Blocks are those of the size here, those of the image there.
facts() {
	(cd "$1"; find . -printf '%P %y %m %n %U %G %s %T@ %C@ %A@ %l\n' | sort
	find . -printf '%P\n' | sort | while read -r f; do stat -c '%n %t %T' "./$f"; done
	find . -type f -exec cksum {} + | sort
	[ $xattrs = no ] || find . -print | sort | while read -r f; do getfattr -h -d -m - -e hex "$f"; done 2>&1)
}

# The kernel, where it can be asked.
"$MKFS" --quiet -b1024 --chunksize=4096 chunks tree
"$MKFS" --quiet -Edot-omitted -Enosbcrc dots tree 2>/dev/null || rm -f dots
set -- plain chunks
[ ! -e dots ] || set -- "$@" dots
if can_encode lz4; then "$MKFS" --quiet -zlz4hc -Efragments packed tree; set -- "$@" packed; fi
if has_kernel_erofs; then
	for image; do
		mount_image "$image" kernel user_xattr,acl
		facts kernel > facts.kernel
		umount kernel
		serve "$READ" mount "$image" mnt
		facts mnt > facts.mnt
		diff facts.kernel facts.mnt >&2 || fail "$image: not what the kernel has"
		ends "$image"
	done
fi

# Alone an image has nothing to share with, so that nothing is hashed before it is read.
serve "$READ" mount plain mnt
cat mnt/copy mnt/numbers > /dev/null
ends alone
! grep -q shared served || { cat served >&2; fail "one image shares"; }
serve "$READ" mount --domain-id=d plain mnt
cat mnt/copy mnt/numbers > /dev/null
ends asked
grep -q ' 2 files shared 1 contents: ' served || { cat served >&2; fail "one image does not share with itself"; }

# Permissions hold for those who are let in, lists and all. Names of what only root may read are for root.
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null && setpriv --reuid=1234 --regid=1234 --clear-groups true 2>/dev/null; then
	as() { as_uid=$1 as_gid=$2; shift 2; setpriv --reuid="$as_uid" --regid="$as_gid" --clear-groups "$@"; }
	chmod 755 . mnt
	serve "$READ" mount -o allow_other plain mnt
	[ "$(as 4321 4321 cat mnt/public)" = text ] || fail "others are not let in"
	! as 4321 4321 cat mnt/secret 2> /dev/null || fail "others read what they may not"
	if [ $acls = yes ]; then
		[ "$(as 1234 1234 cat mnt/secret)" = secret ] || fail "an access control list lets nobody in"
		! as 4321 0 cat mnt/secret 2> /dev/null || fail "the mask of an access control list lets the group in"
	fi
	if [ "${trusted-}" = yes ]; then
		getfattr -m - mnt/public | grep -qx trusted.note || fail "trusted attributes are not shown to root"
		as 4321 4321 getfattr -m - mnt/public > out || fail "attributes are not shown"
		! grep -q trusted out || fail "trusted attributes are shown"
	fi
	ends allow_other
else
	echo "left out: other users"
fi

# Directories: any number open at once takes next to nothing, and any offset is good.
mkdir large; (cd large && seq -f 'name-%.0f' 1 5000 | xargs touch)
"$MKFS" --quiet large.img large
serve "$READ" mount large.img mnt
# An empty one first: what the server needs at all.
ls mnt > /dev/null
resident() { sed -n 's/^VmRSS:[^0-9]*\([0-9]*\) kB/\1/p' /proc/$server/status; }
before=$(resident)
mkfifo pipe; : > held
"$probe" dirs mnt 500 < pipe > held & held=$!
exec 5> pipe
tries=0
until grep -q ready held; do [ $tries -lt 200 ] || fail "500 directories"; tries=$((tries + 1)); sleep 0.05; done
grown=$(($(resident) - before))
exec 5>&-
wait $held || fail "500 directories cannot be open"
# What a sanitizer keeps of each allocation counts as well.
if [ -z "${SANITIZER_FLAGS-}" ]; then
	[ $grown -lt 6000 ] || fail "500 open directories take $grown kB"
else
	echo "left out: memory of open directories, with sanitizers"
fi
[ "$("$probe" seek mnt)" = '5002 names' ] || fail "offsets of a directory"
ends large
serve "$READ" mount -s -o max_read=4096 large.img plain mnt
[ "$("$probe" seek mnt/large.img)" = '5002 names' ] || fail "offsets of a directory, among images"
[ "$("$probe" seek mnt)" = '4 names' ] || fail "offsets among images"
same mnt/plain/numbers tree/numbers
cmp -i 100:100 mnt/plain/numbers tree/numbers || fail "reads of any size"
ends single

# Holes are told where chunks are.
serve "$READ" mount chunks mnt
"$probe" holes mnt/holes > out
[ "$(cat out)" = 1048576-1052672 ] || { cat out >&2; fail "holes"; }
[ "$("$probe" holes mnt/public)" = 0-5 ] || fail "a file without holes"
[ -z "$("$probe" holes mnt/empty)" ] || fail "an empty file has data"
ends holes

# In use it cannot be unmounted, but what is open can be read until the end.
serve "$READ" mount plain mnt
exec 5< mnt/numbers
! unmount_fuse mnt 2> /dev/null || fail "unmounted in use"
if [ "$(id -u)" = 0 ]; then umount -l mnt; else fusermount3 -uz mnt; fi
cmp - tree/numbers <&5 || fail "reads behind an unmounted mount"
exec 5<&-
await_end "in use"
serve "$READ" mount plain mnt
kill -TERM $server
await_end "SIGTERM"
! grep -q " $work/mnt fuse" /proc/mounts || fail "still mounted after SIGTERM"

# Refused before anything is mounted.
cp plain file
expect_status 1 "$READ" mount plain file
[ "$(cat err)" = '<E> erofs: file: cannot mount there: not a directory' ] || { cat err >&2; fail "a file as mount point"; }
expect_status 1 "$READ" mount plain nowhere
grep -q '^<E> erofs: nowhere: cannot mount there: No such file' err || { cat err >&2; fail "no mount point"; }
nid=$("$DUMP" --path=/numbers plain | sed -n 's/.*NID: *\([0-9]*\).*/\1/p' | head -n 1)
cp plain rootless
# The root's nid is at byte 14 of the superblock; the checksum is not looked at under this name.
# shellcheck disable=SC2059 # bytes
printf "\\$(printf '%o' $((nid % 256)))\\$(printf '%o' $((nid / 256)))" |
	dd of=rootless bs=1 seek=1038 conv=notrunc 2>/dev/null
ln -s "$READ" erofsfuse
expect_status 1 ./erofsfuse rootless mnt
grep -q "rootless: .*root" err || { cat err >&2; fail "an image without a root directory"; }
# shellcheck disable=SC2046 # words
expect_status 1 "$READ" mount $(yes x | head -n 65535) mnt
[ "$(cat err)" = '<E> erofs: 65535 images: one mount has room for 65534' ] || { head -c 500 err >&2; fail "too many images"; }
! grep -q " $work/mnt fuse" /proc/mounts || fail "something is mounted"
