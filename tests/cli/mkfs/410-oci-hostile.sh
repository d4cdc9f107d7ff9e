#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Container images that are not what they say: one clear line, status 1, and nothing is left behind.
. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/cli/mkfs/oci.sh"
three_layers
new_layout "$work/good"
add_layer "$work/1.tar" gzip; add_layer "$work/2.tar"; add_layer "$work/3.tar" gzip
add_manifest
write_index "$(image_of v1)"
"$MKFS" --quiet --ishare=sha256 --oci-layout "$work/img" "$layout"
rm "$work/img" "$work/img.json"
blobs=$work/bad/blobs/sha256

# refused PATTERN [OPTIONS]: the layout in $work/bad.
refused() {
	pattern=$1; shift
	for how in "--oci-layout $work/img" "--oci-layers=$work/each"; do
		# shellcheck disable=SC2086
		expect_status 1 "$MKFS" --quiet --ishare=sha256 $how "$work/bad" "$@"
		grep -qE "$pattern" "$work/err" || { cat "$work/err"; fail "not told: $pattern"; }
		[ "$(wc -l < "$work/err")" = 1 ] || { cat "$work/err"; fail "more than one line"; }
	done
	[ ! -e "$work/img" ] && [ ! -e "$work/img.json" ] || fail "an image is left of: $pattern"
	[ ! -e "$work/each" ] || fail "a directory of layers is left of: $pattern"
	ls "$work"/img* 2> /dev/null && fail "something is left of: $pattern"
	fresh
}
fresh() { rm -rf "$work/bad"; cp -a "$work/good" "$work/bad"; layout=$work/bad; }
fresh

# Blobs.
third=$(gzip -c < "$work/3.tar" | sha256sum | cut -d' ' -f1)
printf 'x' | dd of="$blobs/$third" bs=1 seek=4 conv=notrunc status=none		# the time in gzip's header
refused "$third: the digest is [a-z0-9:]*, the image says sha256:$third"
printf 'x' >> "$blobs/$third"
refused "$third has [0-9]* bytes, its descriptor says [0-9]*$"
rm "$blobs/$third"
refused "no blobs/sha256/$third, a layer of the image"
rm "$blobs/$third"; mkdir "$blobs/$third"
refused "$third is not a regular file"
rm "$blobs/$third"; ln -s /dev/zero "$blobs/$third"
refused "$third is a symbolic link, which is not followed"
rm "$blobs/$third"; mkfifo "$blobs/$third"
refused "$third is not a regular file"
printf '{}' > "$blobs/$blob"
refused "blobs/sha256/$blob has the digest sha256:"
mv "$blobs" "$work/bad/elsewhere"; ln -s ../elsewhere "$blobs"
refused 'symbolic link|Not a directory'

# Layers whose bytes are right and whose content is not what the configuration says.
diff_ids="\"sha256:$third\",\"sha256:$third\",\"sha256:$third\""; add_manifest; write_index "$(image_of v1)"
refused 'the digest of the uncompressed bytes is sha256:.*, the image says sha256:'
diff_ids="\"sha256:$third\""; add_manifest; write_index "$(image_of v1)"
refused '1 diff ids in the configuration .*, for 3 layers'
new_diff_ids() { layers=; diff_ids=; for t; do add_layer "$t" gzip; done; add_manifest; write_index "$(image_of v1)"; }
seq 1 1000 > "$work/no.tar"; new_diff_ids "$work/no.tar"
refused 'not a tar|magic|checksum|tar archive'
head -c 1500 "$work/1.tar" > "$work/cut.tar"; new_diff_ids "$work/1.tar" "$work/cut.tar"
refused ': '
layers=; diff_ids=; add_layer "$work/1.tar"
layers=$(printf '%s' "$layers" | sed 's/layer.v1.tar/layer.v1.tar+encrypted/'); add_manifest; write_index "$(image_of v1)"
refused 'layer 1 has media type "application/vnd.oci.image.layer.v1.tar.encrypted"'

# Documents.
write_index '{"digest":"sha256:../../../../../../etc/passwd","size":1}'
refused '"digest" is "sha256:../../../../../../etc/passwd", not a sha256 or sha512 digest'
printf '{"manifests":[' > "$work/bad/index.json"; refused 'index.json: not JSON: it ends too early'
printf '[]' > "$work/bad/index.json"; refused 'index.json: not an object'
write_index ''; refused 'no image in index.json'
rm "$work/bad/index.json"; refused 'neither index.json nor manifest.json'
truncate -s 5M "$work/bad/index.json"; refused 'index.json has 5242880 bytes, the limit'
{ printf '{"a":['; yes '[],' | head -50000 | tr -d '\n'; printf '1]}'; } > "$work/bad/index.json"
refused 'index.json: 5000[0-9] lists and objects'
{ printf '{"manifests":['; yes '{},' | head -2000 | tr -d '\n'; printf '{}]}'; } > "$work/bad/index.json"
refused '"manifests" lists 2001, the limit is 1024'
write_index "$(descriptor application/vnd.oci.image.manifest.v1+json | sed 's/"size":[0-9]*/"size":-5/')"
refused '"size" is -5'

# Many small images that all have the same large configuration.
{ printf '{"os":"linux","architecture":"amd64","rootfs":{"diff_ids":[]},"x":"'; head -c 3000000 /dev/zero | tr '\0' x; printf '"}'; } > "$work/large"
add_blob "$work/large"; config=$(descriptor application/vnd.oci.image.config.v1+json); all=
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23; do
	printf '{"x":%s,"config":%s,"layers":[]}' $i "$config" > "$work/manifest"
	add_blob "$work/manifest"; all="$all${all:+,}$(descriptor application/vnd.oci.image.manifest.v1+json)"
done
write_index "$all"
refused 'documents of more than 67108864 bytes to choose from'

# Names out of documents, in one line each.
name=$(printf 'x\ny')/0000000000000000000000000000000000000000000000000000000000000000.json
saved() { rm -rf "$work/bad"; mkdir -p "$work/bad/${name%/*}"; printf '[{"Config":"x\\ny/%s"}]' "${name##*/}" > "$work/bad/manifest.json"; }
saved; printf '{}' > "$work/bad/$name"
refused ': x\\x0ay/0*.json has the digest sha256:'
saved; truncate -s 5M "$work/bad/$name"
refused ': x\\x0ay/0*.json has 5242880 bytes, the limit'

# A chain of indexes without end; and one that names itself, which no digest allows.
inner=$(descriptor application/vnd.oci.image.manifest.v1+json)
for _ in 1 2 3 4 5 6 7 8 9 10; do
	write_index "$inner" "$work/inner"; add_blob "$work/inner"
	inner=$(descriptor application/vnd.oci.image.index.v1+json)
done
write_index "$inner"
refused 'indexes in indexes, deeper than 8'
self=$(printf 'no' | sha256sum | cut -d' ' -f1)
write_index "{\"mediaType\":\"application/vnd.oci.image.index.v1+json\",\"digest\":\"sha256:$self\",\"size\":9}"
cp "$work/bad/index.json" "$blobs/$self"
refused "$self has the digest"

# An archive: packed, cut, with links in circles.
rm -rf "$work/bad"; (cd "$work/good" && tar -czf "$work/bad" .); refused 'not an uncompressed tar archive'
rm -rf "$work/bad"; (cd "$work/good" && tar -cf "$work/whole" . && head -c 3000 "$work/whole" > "$work/bad"); refused ': '
mkdir "$work/links"; ln -s b "$work/links/a"; ln -s a "$work/links/b"
cp "$work/links/a" "$work/x" 2> /dev/null || :
printf '[{"Config":"a","RepoTags":null,"Layers":[]}]' > "$work/links/manifest.json"
rm -rf "$work/bad"; tar -C "$work/links" -cf "$work/bad" a b manifest.json
"$MKFS" --quiet --oci-layout "$work/img" "$work/bad" 2> "$work/err" && fail "links in circles"
grep -q 'no a, the configuration' "$work/err" || { cat "$work/err"; fail "what links in circles are"; }

# Usage.
expect_status 2 "$MKFS" --oci-layout "$work/img"
expect_status 2 "$MKFS" --oci-layout "$work/img" "$work/good" "$work/good"
expect_status 2 "$MKFS" --oci-layers="$work/each" "$work/img" "$work/good"
expect_status 2 "$MKFS" --oci-layers= "$work/good"
expect_status 2 "$MKFS" --oci-layout --incremental "$work/img" "$work/good"
expect_status 2 "$MKFS" --oci-layout --tar=f "$work/img" "$work/good"
