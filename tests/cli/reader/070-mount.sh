#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Images mounted with FUSE have the files of their source: content, attributes, names; several in one mount
# share; damaged ones give errors and take nobody down.
. "${srcdir:-.}/tests/lib.sh"

cd "$work"
mkdir -p tree/dir/deep mnt
printf 'text\n' > tree/text
ln tree/text tree/dir/hard
ln -s ../text tree/dir/link
: > tree/empty
seq 1 60000 > tree/dir/numbers
truncate -s 1M tree/holes; echo end >> tree/holes
head -c 300000 /dev/urandom > tree/dir/deep/random
mkfifo tree/fifo
root=no
if [ "$(id -u)" = 0 ]; then
	root=yes
	mknod tree/tty c 5 300 2>/dev/null || root=no
fi
xattrs=no
! setfattr -n user.colour -v blue tree/text 2>/dev/null || xattrs=yes
touch -d '2022-02-02 02:02:02.123456789 UTC' tree/text
"$MKFS" --quiet --ishare=sha256 plain tree
need_fuse plain

. "$srcdir/tests/cli/reader/served.sh"

# facts DIRECTORY: of every name, but for what FUSE or the image does not have.
facts() { (cd "$1" && find . -printf '%P %y %m %n %U %G %T@ %l ' \( -type f -printf '%s\n' -o -printf '\n' \) | sort); }
facts tree > facts.tree
# same_tree DIRECTORY: the contents, too. diff(1) has no opinion on fifos and devices that are equal.
same_tree() {
	facts "$1" > facts.mnt
	diff facts.tree facts.mnt >&2 || fail "$name: other files"
	(cd tree && find . -type f) | while read -r f; do same "tree/$f" "$1/$f"; done
}

for name in plain lz4 chunked; do
	case $name in
	plain) ;;
	lz4) can_decode lz4 || continue; "$MKFS" --quiet -zlz4 -Efragments lz4 tree ;;
	chunked) "$MKFS" --quiet --chunksize=4096 -b512 chunked tree ;;
	esac
	serve "$READ" mount $name mnt
	same_tree mnt
	[ "$(stat -c %i mnt)" = 1 ] || fail "$name: the root is not inode 1"
	nid=$("$DUMP" --path=/text $name | sed -n 's/.*NID: *\([0-9]*\).*/\1/p' | head -n 1)
	[ "$(stat -c %i mnt/text)" = $((nid + 1)) ] || fail "$name: inode number"
	[ "$(stat -c %i mnt/dir/hard)" = $((nid + 1)) ] || fail "$name: hard links are two inodes"
	block=$(stat -c %o mnt/text)
	[ "$(stat -c %b mnt/text)" = $((block / 512)) ] || fail "$name: st_blocks"
	[ "$(stat -f -c '%S %l' mnt)" = "$block 255" ] || fail "$name: statfs"
	[ "$(stat -f -c %b mnt)" -gt 10 ] || fail "$name: statfs counts no blocks"
	[ "$(stat -f -c %c mnt)" -ge 9 ] || fail "$name: statfs counts no inodes"
	[ $xattrs = no ] || [ "$(getfattr --only-values -n user.colour mnt/text)" = blue ] || fail "$name: getxattr"
	[ $xattrs = no ] || getfattr -m - mnt/text | grep -qx user.colour || fail "$name: listxattr"
	! getfattr -m - mnt/text | grep -q fingerprint || fail "$name: shows what the kernel hides"
	[ $root = no ] || [ "$(stat -c '%t %T' mnt/tty)" = '5 12c' ] || fail "$name: device numbers"
	! touch mnt/new 2> err || fail "$name: can be written to"
	grep -q 'Read-only file system' err || { cat err >&2; fail "$name: not EROFS"; }
	! cat mnt/missing 2> err || fail "$name: a name that is not there"
	tail -c 4 mnt/holes | cmp - tree/holes -i 0:1048576 || fail "$name: read at an offset"
	ends $name
done

# Several in one mount share, readers come at once, and a false fingerprint has no effect on others.
mkdir other; cp plain other/plain
LC_ALL=C sed 's/^30000$/FORGE/' plain > forged
! cmp -s plain forged || fail "the content was not found in the image"
name=several
serve "$READ" mount --domain-id=much-too-secret plain other/plain forged mnt
[ "$(ls mnt | tr '\n' ' ')" = 'forged plain plain-2 ' ] || { ls mnt >&2; fail "names of the images"; }
[ "$(stat -c '%i %h' mnt)" = '1 5' ] || fail "the directory of the images"
readers=
for d in plain plain-2 forged plain; do
	find mnt/$d -type f -exec cat {} + > read.$d.out & readers="$readers $!"
done
for r in $readers; do wait "$r" || fail "reading at once"; done
same_tree mnt/plain
same_tree mnt/plain-2
grep -qx FORGE mnt/forged/dir/numbers || fail "the forged file has the bytes of others"
[ "$(find mnt -printf '%i\n' | sort | uniq -d | wc -l)" = 3 ] || fail "inode numbers collide"
ends several
grep -q '^<I> erofs: 11 files shared 4 contents: ' served || { cat served >&2; fail "nothing is shared"; }
[ "$(grep -c 'forged: nid [0-9]*: content does not have its fingerprint' served)" = 1 ] ||
	{ cat served >&2; fail "the forged file is not named"; }
! grep -q much-too-secret served || fail "the domain id is shown"

# A large directory, listed by two at once and looked into.
mkdir large; (cd large && seq -f 'name-%.0f' 1 20000 | xargs touch)
"$MKFS" --quiet large.img large
serve "$READ" mount large.img mnt
ls -U large | sort > large.want
find mnt -mindepth 1 -printf '%f\n' > large.a & lister=$!
ls -U mnt | sort > large.b
wait $lister; sort large.a | cmp - large.want || fail "names of a large directory"
same large.b large.want
[ -e mnt/name-19999 ] || fail "a name of a large directory"
ends large

# Hostile images, all at once: errors, but no end before the end. Without a root none is mounted. Some files are terabytes long, and one
# image, which limits are about, has as good as endless paths.
"$builddir/tests/reject/make-images" . > list || fail "cannot make the images"
images=
while read -r file _; do
	[ "$file" != limit-work.erofs ] || continue
	! "$READ" cat "$file" / 2>&1 | grep -q '^<E> erofs: /: is a directory$' || images="$images $file"
done < list
# shellcheck disable=SC2086 # names
serve "$READ" mount $images mnt
timeout 30 find mnt -type f -exec head -qc 100000 {} + > /dev/null 2> err || [ $? != 124 ] || fail "hangs on damage"
timeout 30 find mnt -exec getfattr -h -d -m - {} + > /dev/null 2>&1 || [ $? != 124 ] || fail "hangs on damage"
[ "$(ls mnt | wc -l)" -gt 50 ] || fail "only $(ls mnt | wc -l) damaged images"
grep -q 'Input/output error' err || { cat err >&2; fail "no damage met"; }
kill -0 $server || fail "the server died"
ends hostile

# As callers have it: in the background, with the other name.
ln -s "$READ" erofsfuse
cat plain > shifted.body; head -c 4096 /dev/zero | cat - shifted.body > shifted
./erofsfuse --offset=4096 shifted mnt > out 2> err || { cat err >&2; fail "erofsfuse"; }
mounts=$work/mnt
grep -q '^<W> erofs: shifted mounted on .*mnt with offset 4096$' err || { cat err >&2; fail "erofsfuse: no message"; }
grep -q " $work/mnt fuse.erofsfuse ro," /proc/mounts || fail "erofsfuse: type of the mount"
name=erofsfuse
same_tree mnt
unmount_fuse mnt; mounts=
expect_status 1 ./erofsfuse -o no-such-option plain mnt
expect_status 1 ./erofsfuse plain nowhere
