# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by the tests of container images: makes layouts of tar and sha256sum alone.

need sha256sum tar gzip
got=0; "$MKFS" --quiet --oci-layout "$work/x" "$work/y" 2> "$work/err" || got=$?
! grep -q 'built without' "$work/err" || skip "a build without json-c"

hash_of() { sha256sum < "$1" | cut -d' ' -f1; }

# new_layout DIRECTORY
new_layout() {
	layout=$1
	mkdir -p "$layout/blobs/sha256"
	printf '{"imageLayoutVersion":"1.0.0"}' > "$layout/oci-layout"
	layers=; diff_ids=
}

# add_blob FILE: into the layout; $blob is its digest and $size its size.
add_blob() {
	blob=$(hash_of "$1"); size=$(wc -c < "$1" | tr -d ' ')
	cp "$1" "$layout/blobs/sha256/$blob"
}

# descriptor MEDIA_TYPE [MEMBERS]: of the blob added last.
descriptor() { printf '{"mediaType":"%s","digest":"sha256:%s","size":%s%s}' "$1" "$blob" "$size" "${2:+,$2}"; }

# add_layer TAR [gzip|zstd]: on top of those so far.
add_layer() {
	diff_id=$(hash_of "$1")
	cp "$1" "$work/packed"
	[ -z "${2-}" ] || "$2" -c < "$1" > "$work/packed"
	add_blob "$work/packed"
	layers="$layers${layers:+,}$(descriptor "application/vnd.oci.image.layer.v1.tar${2:++$2}")"
	diff_ids="$diff_ids${diff_ids:+,}\"sha256:$diff_id\""
}

# add_manifest [ARCHITECTURE]: of the layers so far; the blob is the manifest.
add_manifest() {
	printf '{"os":"linux","architecture":"%s","rootfs":{"type":"layers","diff_ids":[%s]}}' \
		"${1:-amd64}" "$diff_ids" > "$work/config"
	add_blob "$work/config"
	printf '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":%s,"layers":[%s]}' \
		"$(descriptor application/vnd.oci.image.config.v1+json)" "$layers" > "$work/manifest"
	add_blob "$work/manifest"
}

# image_of NAME [PLATFORM MEMBERS]: a descriptor of the manifest added last.
image_of() {
	descriptor application/vnd.oci.image.manifest.v1+json \
		"${2:+$2,}\"annotations\":{\"org.opencontainers.image.ref.name\":\"$1\"}"
}

# write_index DESCRIPTORS [FILE]
write_index() { printf '{"schemaVersion":2,"manifests":[%s]}' "$1" > "${2:-$layout/index.json}"; }

# pack TREE TAR [OPTIONS]: a layer of everything in the tree, the same bytes each time.
pack() {
	pack_tree=$1 pack_tar=$2; shift 2
	tar -C "$pack_tree" --sort=name --mtime=@1600000000 --owner=0 --group=0 --numeric-owner "$@" -cf "$pack_tar" .
}

# three_layers: layers with marks in $work/1..3.tar, and the tree that they come to in $work/expected.
three_layers() {
	mkdir -p "$work/l1/etc" "$work/l1/usr/lib/gone" "$work/l1/opaque/deep" "$work/l1/becomes"
	printf 'a\n' > "$work/l1/etc/a"; printf 'b\n' > "$work/l1/etc/b"
	seq 1 3000 > "$work/l1/usr/lib/libc.so"; printf 'x' > "$work/l1/usr/lib/gone/x"
	printf 'old\n' > "$work/l1/opaque/deep/old"; printf 'dir\n' > "$work/l1/becomes/file"
	ln -s a "$work/l1/etc/link"
	# The mark of a directory stands behind what its own layer puts there, and "a" is put again.
	mkdir -p "$work/l2/etc" "$work/l2/usr/lib" "$work/l2/opaque"
	: > "$work/l2/etc/.wh.a"; : > "$work/l2/usr/lib/.wh.gone"
	printf 'new\n' > "$work/l2/opaque/-new"; : > "$work/l2/opaque/.wh..wh..opq"
	: > "$work/l2/.wh.never-was"
	mkdir -p "$work/l3/etc"
	printf 'again\n' > "$work/l3/etc/a"; ln "$work/l3/etc/a" "$work/l3/etc/a2"
	printf 'a file\n' > "$work/l3/becomes"
	: > "$work/l3/empty"
	for l in 1 2 3; do pack "$work/l$l" "$work/$l.tar"; done
	mkdir -p "$work/expected/etc" "$work/expected/usr/lib" "$work/expected/opaque"
	(cd "$work" && cp l1/etc/b expected/etc/ && cp l1/usr/lib/libc.so expected/usr/lib/ &&
		cp l2/opaque/-new expected/opaque/ && cp l3/etc/a expected/etc/a && cp l3/etc/a2 expected/etc/ &&
		cp l3/becomes l3/empty expected/ && ln -s a expected/etc/link)
}

# holds IMAGE TREE: the same files, and every fingerprint is true.
holds() {
	"$FSCK" --check-ishare "$1" > "$work/checked" || fail "$1: a fingerprint is not true"
	grep -qE ': ([0-9]+) of \1 files tagged, \1 verified$' "$work/checked" || { cat "$work/checked"; fail "$1: untagged files"; }
	rm -rf "$work/extracted"
	"$FSCK" --extract="$work/extracted" "$1"
	diff -r --no-dereference "$2" "$work/extracted" || fail "$1: other files than in $2"
}
