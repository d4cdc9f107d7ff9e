#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Callers that make images of tar streams and of other images.
. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/callers/callers.sh"
need tar gzip
tree=$work/tree; img=$work/layer.erofs
make_tree "$tree"
tar -C "$tree" --sort=name -cf "$work/tar" .
cd "$work"
# What a layer above it has: a file less, one more.
mkdir -p "$work/upper/etc"; : > "$work/upper/etc/.wh.hard"; printf 'new\n' > "$work/upper/etc/new"
tar -C "$work/upper" --sort=name -cf "$work/upper.tar" .
cp -a "$tree" "$work/merged"; rm "$work/merged/etc/hard"; cp "$work/upper/etc/new" "$work/merged/etc/"

# piped TAR ARGS...: through a pipe, which nobody can seek.
piped() {
	from=$1; shift
	got=0; cat "$from" | "$@" > "$work/out" 2> "$work/err" || got=$?
	[ $got = 0 ] || { cat "$work/err" >&2; fail "$current: status $got: $*"; }
}

row 'containerd probe'
run mkfs.erofs --help
grep -q -e '--tar=' "$work/out" || fail "$current: no --tar= in --help"

row 'containerd differ, tar'
piped "$work/tar" mkfs.erofs --tar=f --aufs --quiet -Enoinline_data -U $uuid "$img"
holds "$img" "$tree"
shows "$img" $uuid
[ ! -s "$work/out" ] || fail "$current: --quiet prints"
piped "$work/upper.tar" mkfs.erofs --tar=f --aufs --quiet -Enoinline_data -b4096 "$img"
dump.erofs --path=/etc/hard "$img" | grep -q char || fail "$current: no whiteout"

row 'containerd docs; spin-stack'
piped "$work/tar" mkfs.erofs --tar=f --aufs --quiet -Enoinline_data -T0 --mkfs-time --sort=none -U $uuid "$img"
holds "$img" "$tree"
cp "$img" "$work/first"
piped "$work/tar" mkfs.erofs --tar=f --aufs --quiet -Enoinline_data -T0 --mkfs-time --sort=none -U $uuid "$img"
same "$img" "$work/first"

row 'containerd differ, tar index'
piped "$work/tar" mkfs.erofs --tar=i --aufs --quiet -U $uuid "$img"
holds "$img" "$tree" "$work/tar"
cat "$work/tar" >> "$img"
if [ $can_mount = yes ]; then
	mount_image "$img" "$work/mnt"
	diff -r --no-dereference "$tree" "$work/mnt" || fail "$current: mounted: other files"
	umount "$work/mnt"
fi

row 'ctr images convert --erofs'
piped "$work/tar" mkfs.erofs --tar=f --aufs --quiet -Enoinline_data -b4096 -zlz4 -C 65536 -U $uuid "$img"
holds "$img" "$tree"
piped "$work/tar" mkfs.erofs --tar=f --aufs --quiet -Enoinline_data -b4096 -zzstd -C 65536 -Efragments,dedupe -U $uuid "$img"
holds "$img" "$tree"

row 'Android ROM tools'
run mkfs.erofs -d 2 --quiet -b 4096 -L system -T 1230768000 --mkfs-time -U $uuid --tar -E noinline_data "$img" "$work/tar"
holds "$img" "$tree"
run dump.erofs "$img"
grep -qE '^Filesystem (compatible|incompatible)? ?features: ' "$work/out" || fail "$current: no features line"

row 'general needs, stdin'
mkfifo "$work/fifo"
timeout 60 cat "$work/tar" > "$work/fifo" &
run timeout 60 mkfs.erofs --tar=f "$img" "$work/fifo"
wait
holds "$img" "$tree"
gzip -c "$work/tar" > "$work/tar.gz"
run mkfs.erofs --tar=f --ungzip "$img" "$work/tar.gz"
holds "$img" "$tree"
! mkfs.erofs --tar=f "$work/none" < /dev/null > "$work/out" 2>&1 || [ -e "$work/none" ] || fail "$current: status 0 and no image"
head -c 5000 "$work/tar" > "$work/cut"
! mkfs.erofs --tar=f "$work/none2" "$work/cut" > "$work/out" 2>&1 || fail "$current: a cut archive, and status 0"
[ ! -e "$work/none2" ] || fail "$current: a cut archive leaves an image"

row 'containerd fsmeta; go-erofs'
piped "$work/tar" mkfs.erofs --tar=f --aufs --quiet -Enoinline_data "$work/lower.erofs"
piped "$work/upper.tar" mkfs.erofs --tar=f --aufs --quiet -Enoinline_data "$work/upper.erofs"
run mkfs.erofs --aufs --ovlfs-strip=1 --quiet "$work/fsmeta.erofs" "$work/lower.erofs" "$work/upper.erofs"
run fsck.erofs --device="$work/lower.erofs" --device="$work/upper.erofs" "$work/fsmeta.erofs"
rm -rf "$work/extracted"
run fsck.erofs --device="$work/lower.erofs" --device="$work/upper.erofs" --extract="$work/extracted" "$work/fsmeta.erofs"
diff -r --no-dereference "$work/merged" "$work/extracted" || fail "$current: other files"

row 'spin-stack, VMDK'
run mkfs.erofs --quiet --vmdk-desc="$work/merged.vmdk" "$work/fsmeta.erofs" "$work/lower.erofs" "$work/upper.erofs"
grep -q '^RW [0-9]* FLAT ".*lower.erofs" 0$' "$work/merged.vmdk" || fail "$current: no extent of a layer"

row 'a containerd of this machine'
version=$(containerd --version 2> /dev/null | sed -n 's/.* v*\([0-9][0-9]*\.[0-9][0-9]*\).*/\1/p' || :)
case $version in
'') echo "none here: the rows above are its command lines" ;;
0.* | 1.* | 2.0) echo "$version has no differ for EROFS (2.1 has, Debian 12 ships 1.6): the rows above are its command lines" ;;
*) echo "$version is here and not driven: the rows above are its command lines" ;;
esac
