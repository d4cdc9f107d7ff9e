#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Images made so that what is added to them would change files or fingerprints that are there: none is added to.
. "${srcdir:-.}/tests/lib.sh"
command -v python3 > /dev/null || skip "needs python3"

mkdir -p "$work/tree/dir" "$work/more"
head -c 512 /dev/zero | tr "\0" x > "$work/tree/zfile"
echo in > "$work/tree/dir/in"
# Between the inode of the root and that of the last file is a block.
long=$(printf %0240d 0)
for name in a b c d e f g h i j k l m n o p q r s t; do : > "$work/tree/$name"; : > "$work/tree/dir/$name$long"; done
head -c 9000 /dev/zero | tr '\0' y > "$work/more/added"

cat > "$work/forge.py" <<-'EOT'
	import hashlib, struct, sys
	path, how, nid, meta, root = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:])
	image = bytearray(open(path, "rb").read())
	inode, root = meta + nid * 32, meta + root * 32
	def find_tag(start):
	    return image.index(b"sha256:", start) + 7
	if how == "behind":	# its data is where nothing of the image is
	    block = struct.unpack_from("<I", image, inode + 16)[0]
	    struct.pack_into("<I", image, inode + 16, len(image) // 4096 + 2)
	    image += bytes(8192) + image[block * 4096:block * 4096 + 4096] + bytes(1 << 20)
	elif how == "device":	# its only chunk is the block of the root, called a block of a device
	    slot = (len(image) + 127) // 128
	    image += bytes(slot * 128 - len(image)) + bytes(64) + struct.pack("<IIHH", 1, root // 512, 0, 0) + bytes(52)
	    image += bytes(-len(image) % 512)
	    struct.pack_into("<I", image, 1024 + 80, struct.unpack_from("<I", image, 1024 + 80)[0] | 8)
	    struct.pack_into("<HH", image, 1024 + 86, 1, slot)
	    tag = find_tag(inode)
	    struct.pack_into("<HHI", image, (tag + 32 + 7) // 8 * 8, 0, 1, 0)
	    image[tag:tag + 32] = hashlib.sha256(image[root // 512 * 512:root // 512 * 512 + 512]).digest()
	elif how == "shared":	# its fingerprint is within the value of an attribute of the root
	    body = inode + 32
	    tag = find_tag(inode) + 32
	    entry = bytes(image[body + 12:tag])
	    value = root + image[root:].index(b"RRRR") + 4
	    value += -value % 4
	    image[value:value + len(entry)] = entry
	    image[body + 12:tag] = struct.pack("<I", value // 4) + bytes(tag - body - 16)
	    image[body + 4] = 1
	    struct.pack_into("<I", image, 1024 + 44, 0)
	open(path, "wb").write(image)
EOT
field() { "$DUMP" "$@" | sed -n 's/^NID: *\([0-9]*\).*/\1/p'; }
# forge HOW PATH OPTION...
forge() {
	how=$1 path=$2; shift 2
	"$MKFS" --quiet -T0 --ishare -Enosbcrc "$@" "$work/img" "$work/tree"
	first=$("$DUMP" -s "$work/img" | sed -n 's/.*metadata start block: *\([0-9]*\).*/\1/p' | head -n 1)
	block=4096; case $* in *-b512*) block=512 ;; esac
	python3 "$work/forge.py" "$work/img" "$how" "$(field --path="$path" "$work/img")" $((first * block)) "$(field --path=/ "$work/img")"
}
# refused IMAGE: with true fingerprints, and without a change
refused() {
	expect_status 0 "$FSCK" --check-ishare "$1"
	grep -q "2 of 2 files tagged, 2 verified" "$work/out" || { cat "$work/out"; fail "$how: no true tags"; }
	cp "$1" "$work/base"
	expect_status 1 "$MKFS" --quiet --incremental "$1" "$work/more"
	grep -q "nid [0-9]*: bytes [0-9]* to [0-9]* of the image belong to the file, and an addition changes" "$work/err" ||
		{ cat "$work/err"; fail "$how: added to"; }
	cmp "$1" "$work/base" || fail "$how: changed"
}

forge device /zfile -b512 --MZ --chunksize=512 -Eforce-chunk-indexes
refused "$work/img"

if setfattr -n user.r -v "RRRR$(printf %0120d 0)" "$work/tree" 2> "$work/err"; then
	forge shared /zfile -b4096 -Enoinline_data
	refused "$work/img"
	setfattr -x user.r "$work/tree"
fi

# What has many names and a long index is gone through once: else it would take as much time as names by chunks.
mkdir "$work/names"
head -c 64M /dev/zero | tr '\0' y > "$work/names/file"
python3 -c 'import os, sys
for i in range(30000): os.link(sys.argv[1] + "/file", "%s/%d" % (sys.argv[1], i))' "$work/names"
"$MKFS" --quiet -T0 --ishare -b4096 --chunksize=4096 "$work/img" "$work/names"
rm -r "$work/names"
expect_status 0 sh -c 'ulimit -t 4; exec "$@"' sh "$MKFS" --quiet --incremental "$work/img" "$work/more"

# A device may have bytes behind the image.
forge behind /zfile -b4096 -Enoinline_data
attach "$work/img"
refused "$loop"
forge behind /dir -b4096 -Enoinline_data
attach "$work/img"
refused "$loop"
