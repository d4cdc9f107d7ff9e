#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Callers that make images of directories.
. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/callers/callers.sh"
tree=$work/tree; img=$work/img
make_tree "$tree"
cd "$work"

row 'containerd differ, directory'
run mkfs.erofs --quiet -Enoinline_data -b4096 "$img" "$tree"
holds "$img" "$tree"
[ ! -s "$work/out" ] || fail "$current: --quiet prints"
run mkfs.erofs --quiet -Enoinline_data -T0 --mkfs-time --sort=none "$img" "$tree"
holds "$img" "$tree"

row 'containerd probe; spin-stack probe; composefs probe'
run mkfs.erofs --help
grep -q -e '--vmdk-desc' "$work/out" || fail "$current: no --vmdk-desc in --help"
run fsck.erofs --help
run mkfs.erofs -V

row 'go-erofs tests'
for o in -zlz4 --chunksize=4096 --xattr-prefix=user.x. '--aufs --ovlfs-strip=1'; do
	# shellcheck disable=SC2086
	run mkfs.erofs -Enoinline_data --quiet $o "$img" "$tree"
	holds "$img" "$tree"
done
run mkfs.erofs -Enoinline_data --quiet --chunksize=4096 --blobdev="$work/blob" "$img" "$tree"
holds "$img" "$tree" "$work/blob"

row 'apko'
run mkfs.erofs --quiet "$img" "$tree"
run fsck.erofs -d3 "$img"
cat "$work/out" "$work/err" | grep -q 'No errors found' || fail "$current: not found: No errors found"
run fsck.erofs --extract="$work/forced" --force "$img"
diff -r --no-dereference "$tree" "$work/forced" || fail "$current: extracted other files"
dump.erofs "$img" | head -1 > "$work/head"
[ -s "$work/head" ] || fail "$current: dump.erofs prints nothing"
mkdir -p "$work/mnt"
if [ "$(id -u)" = 0 ] && [ -w /dev/fuse ] && "$READ" mount "$img" "$work/mnt" 2> /dev/null; then
	unmount_fuse "$work/mnt"
	run erofsfuse "$img" "$work/mnt"
	mounts="$work/mnt $mounts"
	diff -r --no-dereference "$tree" "$work/mnt" || fail "$current: erofsfuse has other files"
	unmount_fuse "$work/mnt"
fi

row 'composefs, composefs-rs, bootc'
run fsck.erofs "$img"
head -c 4096 /dev/zero | dd of="$img" conv=notrunc status=none
! fsck.erofs "$img" 2>/dev/null || fail "$current: a broken image passes"

row 'systemd-repart, mkosi'
run mkfs.erofs -U $uuid "$img" "$tree" --quiet -zlz4 -C65536
holds "$img" "$tree"
shows "$img" "$uuid"
if [ $can_mount = yes ]; then
	truncate -s 16M "$work/disk"
	node=$(losetup -f --show "$work/disk")
	got=0; mkfs.erofs -U $uuid "$node" "$tree" --quiet || got=$?
	losetup -d "$node"
	[ $got = 0 ] || fail "$current: status $got on a block device"
	holds "$work/disk" "$tree"
fi

row 'AOSP'
run mkfs.erofs -z lz4hc,9 -b 4096 --mount-point /system -T 1230768000 -U $uuid -C 65536 \
	-E legacy-compress "$img" "$tree"
holds "$img" "$tree"
run mkfs.erofs -b 4096 --mount-point system -T 1230768000 --chunksize 4096 "$img" "$tree"
run fsck.erofs --extract "$img"
holds "$img" "$tree"

# The same with a table of owners: tests/cli/mkfs/330-android.sh.
run mkfs.erofs -z lz4 -b 4096 --mount-point /system --product-out "$work" -T 1230768000 -U $uuid \
	--block-list-file "$work/list" -C 16384 "$img" "$tree"
run fsck.erofs --extract "$img"
holds "$img" "$tree"
grep -q '^/system/usr/lib/libc.so [0-9]' "$work/list" || { cat "$work/list"; fail "$current: no block list"; }

row 'dracut-ng'
cp -a "$tree" "$work/expected"; rm -r "$work/expected/dev"
run mkfs.erofs --exclude-path=dev -C 65536 -E fragments -x -1 -U $zero -T 0 "$img" "$tree"
holds "$img" "$work/expected"
run mkfs.erofs --exclude-path=dev -C 65536 -E fragments -x -1 -U $zero -T 0 -z lz4hc "$img" "$tree"
holds "$img" "$work/expected"
shows "$img" "$zero"

row 'osbuild'
run mkfs.erofs "$img" "$tree" -z zstd,8 -E all-fragments,dedupe -C 65536
holds "$img" "$tree"
run mkfs.erofs "$img" "$tree" -z lz4 -E ztailpacking --exclude-path dev
holds "$img" "$work/expected"

row 'kiwi'
run mkfs.erofs -Efragments,dedupe -z zstd,level=5 -L ROOT '--exclude-regex=^dev$' "$img" "$tree"
holds "$img" "$work/expected"
shows "$img" 'ROOT'

row 'Buildroot'
for z in -zlz4hc,12 -zlzma,6; do
	run mkfs.erofs $z -T 1600000000 -U $zero -C65536 -Eztailpacking "$img" "$tree"
	holds "$img" "$tree"
done

row 'Yocto, OpenEmbedded'
for z in '' -zlz4 -zlz4hc; do
	# shellcheck disable=SC2086
	run mkfs.erofs $z "$img" "$tree"
	holds "$img" "$tree"
done

row 'genimage; Kata osbuilder; nerdbox'
run mkfs.erofs -zlz4hc "$img" "$tree"
run mkfs.erofs -Enoinline_data "$img" "$tree"
holds "$img" "$tree"
(cd "$tree" && run mkfs.erofs -zlz4 "$img" .)
holds "$img" "$tree"

row 'Unikraft'
run mkfs.erofs --all-root -d2 -E noinline_data -b 4096 "$img" "$tree"
holds "$img" "$tree"
dump.erofs --path=/etc/passwd "$img" | grep -qE 'Uid: 0 +Gid: 0' || fail "$current: other owners"

row 'erofsnightly'
run mkfs.erofs -zlz4hc,12 -C 16384 "$img" "$tree"; holds "$img" "$tree"
for z in -zdeflate,9 -zzstd; do run mkfs.erofs $z "$img" "$tree"; holds "$img" "$tree"; done
run mkfs.erofs --chunksize 4096 -Eforce-inode-blockmap "$img" "$tree"; holds "$img" "$tree"
run mkfs.erofs --chunksize 4096 -Eforce-chunk-indexes "$img" "$tree"; holds "$img" "$tree"
for bits in 0 2 6 23 64 86 255; do
	run mkfs.erofs -zlz4 --zfeature-bits=$bits "$img" "$tree"; holds "$img" "$tree"
done
run mkfs.erofs --force-uid=1000 --force-gid=1000 "$img" "$tree"; holds "$img" "$tree"
dump.erofs --path=/etc/passwd "$img" | grep -qE 'Uid: 1000 +Gid: 1000' || fail "$current: other owners"

row 'scripts in the wild'
run mkfs.erofs "$img" "$tree"
dump.erofs --cat --path=/etc/passwd "$img" | cmp - "$tree/etc/passwd" || fail "$current: --cat"
dump.erofs --ls --path=/etc "$img" | grep -q passwd || fail "$current: --ls"
nid=$(dump.erofs --path=/etc/passwd "$img" | sed -n 's/.*NID: *\([0-9]*\).*/\1/p' | head -1)
run dump.erofs --nid "$nid" -e "$img"
run dump.erofs --path=/etc/passwd "$img"
for field in 'Path : ' 'Size: ' 'NID: ' 'Layout:'; do
	grep -q "$field" "$work/out" || fail "$current: no \"$field\" for --path"
done
run dump.erofs -s "$img"
grep -qE '^Filesystem (compatible|incompatible) features:|^Filesystem features:' "$work/out" || fail "$current: feature lines"
run dump.erofs -S "$img"
for o in --overwrite --no-preserve --force; do
	run fsck.erofs --extract="$work/again" $o "$img"
	rm -rf "$work/again"
done
run dump.erofs --blkid-udev "$img"

row 'general needs'
run mkfs.erofs -C65536 "$img" -z lz4 "$tree" -b4096 -d 2 -T 0 -Enoinline_data,^ztailpacking
holds "$img" "$tree"
! mkfs.erofs "$img" > /dev/null 2>&1 || fail "$current: no source, and status 0"
! mkfs.erofs "$img" "$work/nothing" > /dev/null 2>&1 || fail "$current: a missing source, and status 0"
SOURCE_DATE_EPOCH=1600000000; export SOURCE_DATE_EPOCH
run mkfs.erofs -U $uuid "$img" "$tree"
cp "$img" "$work/first"
sleep 1
run mkfs.erofs -U $uuid "$img" "$tree"
same "$img" "$work/first"
