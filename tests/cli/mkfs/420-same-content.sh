#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# One root file system as directory, tar stream and container image gives images that share every file; so do
# the layouts and archives that umoci and skopeo make of it, where they are installed.
. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/cli/mkfs/oci.sh"
tree=$work/rootfs
mkdir -p "$tree/bin" "$tree/etc/deep/er" "$tree/usr/share"
cp "$MKFS" "$tree/bin/" 2> /dev/null || cp /bin/sh "$tree/bin/mkfs.erofs"
cp -r "$srcdir/man" "$srcdir/docs" "$tree/usr/share/"
printf 'x' > "$tree/etc/one"; : > "$tree/etc/empty"; seq 1 9000 > "$tree/etc/deep/er/numbers"
ln "$tree/etc/one" "$tree/etc/hard"; ln -s ../etc/one "$tree/bin/link"
truncate -s 300000 "$tree/etc/hole"
chmod -R u+rwX "$tree"
files=$(find "$tree" -type f -size +0 -printf '%i\n' | sort -u | wc -l)

"$MKFS" --quiet --ishare=sha256 "$work/directory.erofs" "$tree"
tar -C "$tree" -cf - . | "$MKFS" --quiet --ishare=sha256 --tar=f "$work/tar.erofs"
new_layout "$work/layout"
pack "$tree" "$work/rootfs.tar"; add_layer "$work/rootfs.tar" gzip; add_manifest; write_index "$(image_of v1)"
"$MKFS" --quiet --ishare=sha256 --oci-layout "$work/oci.erofs" "$layout"

# all_share IMAGE...: every file of each is in a group with all others.
all_share() {
	"$FSCK" --check-ishare "$@" > /dev/null || fail "a fingerprint is not true"
	"$DUMP" --ishare-groups --csv "$@" > "$work/csv"
	members=$(sed 1d "$work/csv" | wc -l)
	[ "$members" = $(($# * files)) ] || { cat "$work/csv"; fail "$members members of $# images of $files files"; }
	sed 1d "$work/csv" | cut -d, -f4 | grep -qvx "$#" && fail "a group that is not of all images"
	return 0
}
all_share "$work/directory.erofs" "$work/tar.erofs" "$work/oci.erofs"

need umoci skopeo
# umoci makes layers of what changed in a bundle.
umoci init --layout "$work/u" > /dev/null
umoci new --image "$work/u:v1" > /dev/null
umoci unpack --rootless --image "$work/u:v1" "$work/bundle" > /dev/null
cp -a "$tree/." "$work/bundle/rootfs/"
printf 'goes\n' > "$work/bundle/rootfs/etc/goes"
umoci repack --refresh-bundle --image "$work/u:v1" "$work/bundle" > /dev/null
rm "$work/bundle/rootfs/etc/goes"
umoci repack --image "$work/u:v2" "$work/bundle" > /dev/null
"$MKFS" --quiet --ishare=sha256 --oci-layout=v2 "$work/umoci.erofs" "$work/u"
holds "$work/umoci.erofs" "$tree"
all_share "$work/directory.erofs" "$work/umoci.erofs"
"$MKFS" --quiet --ishare=sha256 --oci-layers="$work/layers" --oci-layout=v2 "$work/u"
[ "$(find "$work/layers" -name '*.erofs' | wc -l)" = 2 ] || fail "not two layers"

# skopeo writes archives of both kinds.
copy() { skopeo copy --insecure-policy -q "$@" > "$work/skopeo.log" 2>&1 || { cat "$work/skopeo.log"; fail "skopeo copy $*"; }; }
copy "oci:$work/u:v2" "oci-archive:$work/archive.tar:v2"
copy "oci:$work/u:v2" "docker-archive:$work/docker.tar:app:v2"
copy "oci:$work/u:v2" "oci:$work/second:v2"
for source in archive.tar docker.tar second; do
	"$MKFS" --quiet --ishare=sha256 --oci-layout "$work/$source.erofs" "$work/$source"
	holds "$work/$source.erofs" "$tree"
done
all_share "$work/directory.erofs" "$work/archive.tar.erofs" "$work/docker.tar.erofs" "$work/second.erofs"
