#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Container images: a layout as directory and as archive, what "docker save" writes, one image of all layers
# and one of each, chosen by name and platform; and the description beside.
. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/cli/mkfs/oci.sh"
three_layers
packers='gzip'; ! command -v zstd >/dev/null || packers='zstd'
new_layout "$work/layout"
add_layer "$work/1.tar" gzip; add_layer "$work/2.tar"; add_layer "$work/3.tar" $packers
add_manifest
manifest=$blob
write_index "$(image_of v1)"
img=$work/img

"$MKFS" --quiet --oci-layout --ishare=sha256 -T1 "$img" "$layout"
holds "$img" "$work/expected"
[ "$(stat -c %h "$work/extracted/etc/a")" = 2 ] || fail "a hard link became a copy"
# The description beside the image.
for line in "\"digest\":\"sha256:$(hash_of "$img")\"" "\"size\":$(stat -c %s "$img")" \
	'"org.erofs.ishare.algorithm":"sha256"' '"org.erofs.ishare.coverage":"1.000000"' \
	"\"org.erofs.oci.manifest\":\"sha256:$manifest\""; do
	grep -qF "$line" "$img.json" || { cat "$img.json"; fail "no $line"; }
done
"$MKFS" --quiet --oci-layout "$work/untagged" "$layout"
grep -qF '"org.erofs.ishare.algorithm":"none"' "$work/untagged.json" || fail "an algorithm of no tags"
grep -qF '"org.erofs.ishare.coverage":"0.000000"' "$work/untagged.json" || fail "coverage of no tags"

# The same bytes from an archive, with ./ or without, and from a second run with one worker.
cp "$img" "$work/first"
same_again() { "$MKFS" --quiet --ishare=sha256 -T1 -U "$uuid" "$@"; same "$img" "$work/second"; }
uuid=$("$DUMP" "$img" | sed -n 's/^Filesystem UUID: *//p')
same_again --oci-layout "$work/second" "$layout"
same_again --oci-layout --workers=1 "$work/second" "$layout"
(cd "$layout" && tar -cf "$work/layout.tar" .)
same_again --oci-layout "$work/second" "$work/layout.tar"
(cd "$layout" && tar -cf "$work/layout.tar" --format=pax index.json oci-layout blobs)
same_again --oci-layout "$work/second" "$work/layout.tar"
same_again "$work/second" "$layout" --oci-layout=v1
same_again --oci-layout=linux/amd64 "$work/second" "$layout"
same_again --oci-layout=v1,linux/amd64 "$work/second" "$layout"

# What "docker save" writes: layers by name, one of them a link.
mkdir -p "$work/saved/l1" "$work/saved/l2" "$work/saved/l3"
for l in 1 2 3; do cp "$work/$l.tar" "$work/saved/l$l/layer.tar"; done
mv "$work/saved/l2/layer.tar" "$work/saved/two.tar"; ln -s ../two.tar "$work/saved/l2/layer.tar"
config=$(hash_of "$work/config"); cp "$work/config" "$work/saved/$config.json"
printf '[{"Config":"%s.json","RepoTags":["app:1"],"Layers":["l1/layer.tar","l2/layer.tar","l3/layer.tar"]}]' \
	"$config" > "$work/saved/manifest.json"
tar -C "$work/saved" -cf "$work/saved.tar" .
same_again --oci-layout "$work/second" "$work/saved.tar"
same_again --oci-layout=app:1 "$work/second" "$work/saved.tar"
expect_status 1 "$MKFS" --quiet --oci-layout=app:2 "$work/second" "$work/saved.tar"

# One image of each layer: names and UUIDs follow from the diff ids, and so do the bytes.
"$MKFS" --quiet --ishare=sha256 --oci-layers="$work/each" "$layout"
sleep 1
"$MKFS" --quiet --ishare=sha256 --oci-layers="$work/twice" "$work/saved.tar"
count=0
for l in 1 2 3; do
	f=$(hash_of "$work/$l.tar").erofs
	same "$work/each/$f" "$work/twice/$f"
	"$FSCK" --check-ishare "$work/each/$f" > /dev/null || fail "layer $l"
	grep -qF "\"org.erofs.oci.diff-id\":\"sha256:${f%.erofs}\"" "$work/each/$f.json" || fail "no diff id of layer $l"
	count=$((count + 1))
done
[ "$(find "$work/each" -type f | wc -l)" = $((2 * count)) ] || fail "other files in the directory of layers"
# Marks become those of overlayfs.
second=$work/each/$(hash_of "$work/2.tar").erofs
"$DUMP" --path=/etc --ls "$second" | grep -q ' a$' || fail "no whiteout of etc/a"
"$DUMP" --path=/etc/a "$second" | grep -q 'char' || fail "the whiteout is no device"
"$DUMP" --path=/opaque/-new "$second" > /dev/null || fail "the new file of the opaque directory"
if command -v python3 > /dev/null; then
	want=$(python3 -c 'import sys, uuid; print(uuid.uuid5(uuid.NAMESPACE_URL, "erofs:blobs/sha256:" + sys.argv[1]))' \
		"$(hash_of "$work/2.tar")")
	"$DUMP" "$second" | grep -q "$want" || fail "the UUID of a layer is not $want"
fi

# Several images: by name, by platform, in nested indexes; what is no image is passed over.
other_layers=$layers; layers=; diff_ids=
add_layer "$work/1.tar"
add_manifest arm64; arm=$(image_of v2 '"platform":{"os":"linux","architecture":"arm64","variant":"v8"}')
unnamed_arm=$(descriptor application/vnd.oci.image.manifest.v1+json)
cp "$layout/blobs/sha256/$manifest" "$work/manifest"; add_blob "$work/manifest"
amd=$(image_of v1)
write_index "$amd,$arm"
cp -a "$work/l1" "$work/lower"
same_again --oci-layout "$work/second" "$layout"		# amd64 is the usual
same_again --oci-layout=v1 "$work/second" "$layout"
"$MKFS" --quiet --ishare=sha256 --oci-layout=v2 "$work/arm" "$layout"; holds "$work/arm" "$work/lower"
"$MKFS" --quiet --ishare=sha256 --oci-layout=linux/arm64 "$work/arm" "$layout"; holds "$work/arm" "$work/lower"
"$MKFS" --quiet --ishare=sha256 --oci-layout=linux/arm64/v8 "$work/arm" "$layout"
for wrong in v3 linux/riscv64 linux/arm64/v7 v1,linux/arm64 v1,nonsense; do
	expect_status 1 "$MKFS" --quiet --oci-layout=$wrong "$work/none" "$layout"
	[ "$(wc -l < "$work/err")" = 1 ] || { cat "$work/err"; fail "more than one line for $wrong"; }
done
attestation='{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:'$(hash_of "$work/1.tar")'","size":1,'
attestation=$attestation'"annotations":{"vnd.docker.reference.type":"attestation-manifest"},"platform":{"os":"unknown","architecture":"unknown"}}'
write_index "$(descriptor application/vnd.oci.image.manifest.v1+json),$unnamed_arm,$attestation" "$work/inner"
add_blob "$work/inner"
write_index "$(descriptor application/vnd.oci.image.index.v1+json '"annotations":{"org.opencontainers.image.ref.name":"all"}')"
for choice in '' =all =linux/amd64 =all,linux/amd64; do
	same_again "--oci-layout$choice" "$work/second" "$layout"
done
[ ! -e "$work/none" ] || fail "a failed choice leaves an image"
