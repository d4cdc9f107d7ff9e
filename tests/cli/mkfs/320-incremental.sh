#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# --incremental: directories and images added to an image of any kind; what was there stays where it is and
# valid, also when the addition fails or is killed; fingerprints stay true and complete.
. "${srcdir:-.}/tests/lib.sh"

mkdir -p "$work/old/dir/sub/deep" "$work/old/other" "$work/new/dir/sub" "$work/new/fresh" "$work/sum" "$work/mnt"
seq 1 30000 > "$work/old/dir/seq"
seq 1 2000 > "$work/old/dir/replaced"
ln "$work/old/dir/seq" "$work/old/link"
echo deep > "$work/old/dir/sub/deep/file"
echo other > "$work/old/other/file"
ln -s dir/seq "$work/old/sym"
seq 7 40000 > "$work/new/dir/replaced"
echo new > "$work/new/dir/sub/file"
seq 3 9000 > "$work/new/fresh/seq"
: > "$work/new/empty"
echo file > "$work/new/sym"
cp -a "$work/old/." "$work/sum"; cp -a --remove-destination "$work/new/." "$work/sum"
"$MKFS" --quiet --ishare "$work/layer" "$work/new"

is_sum() { # WHAT: the image is sound and holds what it should, to us and to the kernel
	expect_status 0 "$FSCK" "$work/img"
	[ ! -s "$work/err" ] || { cat "$work/err"; fail "warnings about $1"; }
	rm -rf "$work/x"
	expect_status 0 "$FSCK" --extract="$work/x" "$work/img"
	diff -r --no-dereference "$work/sum" "$work/x" || fail "content of $1"
	[ "$(stat -c %i "$work/x/link")" = "$(stat -c %i "$work/x/dir/seq")" ] || fail "a link is lost: $1"
	[ -n "$kernel" ] || return 0
	if mount -t erofs -o loop,ro "$work/img" "$work/mnt" 2>/dev/null; then
		diff -r --no-dereference "$work/sum" "$work/mnt" >&2 || { umount "$work/mnt"; fail "the kernel and $1"; }
		umount "$work/mnt"
	fi
}
kernel=
! has_kernel_erofs || kernel=yes
uuid() { "$DUMP" -s "$1" | sed -n 's/.*UUID: *//p'; }

for options in "" --ishare -b512 "-E48bit -Eforce-inode-extended" --MZ --chunksize=4096 "-m4096 --ishare" "-zlz4 -m4096:lz4hc" "-zlz4 -C16384 --ishare" "-zzstd -Efragments,ztailpacking"; do
	can_build "$options" || continue
	case $options in -z*) z=${options%% *} ;; *) z= ;; esac
	# shellcheck disable=SC2086
	expect_status 0 "$MKFS" --quiet -T1700000000 --mkfs-time $options "$work/base" "$work/old"
	for source in new layer; do
		for workers in 1 2 7; do
			cp "$work/base" "$work/img"
			# shellcheck disable=SC2086
			expect_status 0 "$MKFS" --quiet --workers=$workers --incremental=data $z "$work/img" "$work/$source"
			[ $workers = 1 ] || same "$work/img" "$work/one"
			cp "$work/img" "$work/one"
		done
		is_sum "$source on $options"
		[ "$(uuid "$work/img")" = "$(uuid "$work/base")" ] || fail "another UUID"
		case $options in *--ishare*)
			expect_status 0 "$FSCK" --check-ishare "$work/img"
			grep -q "7 of 7 files tagged, 7 verified" "$work/out" || { cat "$work/out"; fail "tags: $options"; } ;;
		esac
	done
	# And once more: nothing changes but the place.
	# shellcheck disable=SC2086
	expect_status 0 "$MKFS" --incremental "$work/img" "$work/new" $z
	grep -q "Filesystem new metadata blocks" "$work/out" || fail "summary"
	is_sum "a second time, $options"
done

# Files that lose a name but keep others have as many links as names, wherever they lose it.
mkdir -p "$work/names/dir/gone" "$work/names/all" "$work/fewer/dir"
echo 1 > "$work/names/one"; ln "$work/names/one" "$work/names/dir/gone/one"; ln "$work/names/one" "$work/names/all/one"
echo 2 > "$work/names/two"; ln "$work/names/two" "$work/names/dir/two"; ln "$work/names/two" "$work/names/zwei"
echo new > "$work/fewer/dir/gone"; echo new > "$work/fewer/dir/two"
rm -rf "$work/sum.names"; cp -a "$work/names" "$work/sum.names"
rm -r "$work/sum.names/dir/gone"; cp "$work/fewer/dir/gone" "$work/fewer/dir/two" "$work/sum.names/dir" --remove-destination
for options in "" "-Eforce-inode-extended -Enosbcrc" "--MZ -b512"; do
	# shellcheck disable=SC2086
	"$MKFS" --quiet $options "$work/img" "$work/names"
	expect_status 0 "$MKFS" --quiet --incremental "$work/img" "$work/fewer"
	expect_status 0 "$FSCK" --extract="$work/x.names" "$work/img"
	[ ! -s "$work/err" ] || { cat "$work/err"; fail "link counts, $options"; }
	diff -r "$work/sum.names" "$work/x.names" || fail "content, $options"
	for name in one all/one two zwei; do
		"$DUMP" --path=/$name "$work/img" | grep -q 'Links: 2' || fail "links of $name, $options"
	done
	rm -rf "$work/x.names"
done

# Not in a metabox: nothing there can be changed, and nothing is. What loses all its names can go.
mkdir -p "$work/none/dir"
for name in two dir/two zwei; do echo new > "$work/none/$name"; done
for options in -m4096 "-zlz4 -m4096:lz4"; do
	can_build "$options" || continue
	# shellcheck disable=SC2086
	"$MKFS" --quiet -b4096 $options "$work/base" "$work/names"
	cp "$work/base" "$work/img"
	expect_status 1 "$MKFS" --quiet --incremental "$work/img" "$work/fewer"
	grep -q 'nid [0-9]*: would have 2 names and a count of 3: inodes in a metabox cannot' "$work/err" ||
		{ cat "$work/err"; fail "a count that is not true, $options"; }
	same "$work/base" "$work/img"
	expect_status 0 "$MKFS" --quiet --incremental "$work/img" "$work/none"
	expect_status 0 "$FSCK" "$work/img"
	[ ! -s "$work/err" ] || { cat "$work/err"; fail "link counts, $options"; }
done

# What does not fit into the inode of the root makes a new one, as long as its number fits into the superblock.
if setfattr -n user.large -v "$(printf %0200d 7)" "$work/fewer" 2>/dev/null; then
	for options in "" -E48bit -zlz4; do
		can_build "$options" || continue
		# shellcheck disable=SC2086
		"$MKFS" --quiet $options "$work/img" "$work/names"
		expect_status 0 "$MKFS" --quiet --incremental "$work/img" "$work/fewer"
		expect_status 0 "$FSCK" --extract="$work/x.names" "$work/img"
		[ ! -s "$work/err" ] || { cat "$work/err"; fail "a new root, $options"; }
		diff -r "$work/sum.names" "$work/x.names" || fail "content under a new root, $options"
		"$DUMP" --path=/ "$work/img" | grep -q 'Xattr size: 2' || fail "attributes of the root are lost"
		rm -rf "$work/x.names"
	done
	head -c 3000000 /dev/urandom > "$work/names/noise"
	"$MKFS" --quiet "$work/img" "$work/names"
	cp "$work/img" "$work/base"
	expect_status 1 "$MKFS" --quiet --incremental "$work/img" "$work/fewer"
	grep -q "it needs a larger --root-xattr-isize" "$work/err" || { cat "$work/err"; fail "a root out of reach"; }
	same "$work/base" "$work/img"
fi

# What a base image may say of itself and others not.
mkdir -p "$work/times/dir/sub" "$work/more/dir"
echo file > "$work/times/file"; echo more > "$work/more/dir/more"
"$MKFS" --quiet -Enosbcrc,force-inode-extended "$work/img" "$work/times"
nid=$("$DUMP" --path=/dir/sub "$work/img" | sed -n 's/^NID: *\([0-9]*\).*/\1/p')
printf '\377\377\377\377' | dd of="$work/img" bs=1 seek=$((nid * 32 + 40)) conv=notrunc status=none
cp "$work/img" "$work/hostile"
expect_status 1 "$MKFS" --quiet --incremental "$work/img" "$work/more"
grep -q "img: nid $nid: time with 4294967295 nanoseconds" "$work/err" || { cat "$work/err"; fail "nanoseconds"; }
same "$work/img" "$work/hostile"
"$MKFS" --quiet --ishare=sha256,name=trusted.overlay.origim -Enosbcrc "$work/img" "$work/times"
at=$(grep -abo overlay.origim "$work/img" | cut -d: -f1)
printf overlay.origin | dd of="$work/img" bs=1 seek="$at" conv=notrunc status=none
expect_status 1 "$MKFS" --quiet --incremental "$work/img" "$work/more"
grep -q 'img: its fingerprints are named "trusted.overlay.origin"' "$work/err" || { cat "$work/err"; fail "a name for others"; }
expect_status 1 "$MKFS" --quiet --clean=data "$work/made" "$work/img"
grep -q 'img: its fingerprints are named "trusted.overlay.origin"' "$work/err" || { cat "$work/err"; fail "a source's name"; }
expect_status 0 "$MKFS" --quiet --clean=data --ishare "$work/made" "$work/img"
# The filter of a new file is by the prefix as it is, also when that is cut in another place than ours: only the
# file that was there is wrong.
"$MKFS" --quiet --ishare=sha256,name=xser.fp -Enosbcrc "$work/img" "$work/times"
at=$(grep -abo xser.fp "$work/img" | cut -d: -f1)
printf u | dd of="$work/img" bs=1 seek="$at" conv=notrunc status=none
expect_status 0 "$MKFS" --quiet --incremental --ishare-trust "$work/img" "$work/more"
expect_status 4 "$FSCK" "$work/img"
grep xattr-filter "$work/err" > "$work/list"
[ "$(wc -l < "$work/list")" = 1 ] && grep -q '^<E> erofs: /file ' "$work/list" || { cat "$work/err"; fail "name filter"; }

# A root that claims to end behind the image would be written over what is added.
"$MKFS" --quiet -Enosbcrc,force-inode-extended "$work/img" "$work/times"
at=$(($("$DUMP" --path=/ "$work/img" | sed -n 's/^NID: *\([0-9]*\).*/\1/p') * 32))
printf '\001\000\377\377' | dd of="$work/img" bs=1 seek=$at conv=notrunc status=none
head -c 8 /dev/zero | dd of="$work/img" bs=1 seek=$((at + 8)) conv=notrunc status=none
cp "$work/img" "$work/hostile"
expect_status 1 "$MKFS" --quiet --incremental "$work/img" "$work/more"
grep -q "img: nid [0-9]*: the root inode ends at byte [0-9]*, behind the image" "$work/err" || { cat "$work/err"; fail "a long root"; }
same "$work/img" "$work/hostile"

# A file that has what an addition changes: its fingerprint would not be true any more.
if command -v python3 > /dev/null; then
	mkdir "$work/blocks"
	head -c 4096 /dev/zero | tr '\0' x > "$work/blocks/file"
	"$MKFS" --quiet --ishare --MZ -b4096 -Enosbcrc,noinline_data "$work/img" "$work/blocks"
	nid=$("$DUMP" --path=/file "$work/img" | sed -n 's/^NID: *\([0-9]*\).*/\1/p')
	meta=$("$DUMP" -s "$work/img" | sed -n 's/.*metadata start block: *\([0-9]*\).*/\1/p' | head -n 1)
	python3 -c '
import hashlib, sys
path, inode = sys.argv[1], int(sys.argv[2])
image = bytearray(open(path, "rb").read())
image[inode + 16:inode + 20] = bytes(4)
tag = image.index(b"sha256:") + 7
image[tag:tag + 32] = hashlib.sha256(image[:4096]).digest()
open(path, "wb").write(image)' "$work/img" $((meta * 4096 + nid * 32))
	expect_status 0 "$FSCK" --check-ishare "$work/img"
	grep -q "1 of 1 files tagged, 1 verified" "$work/out" || { cat "$work/out"; fail "no true tag of a block"; }
	cp "$work/img" "$work/base"
	expect_status 1 "$MKFS" --quiet --incremental "$work/img" "$work/more"
	grep -q "nid $nid: bytes 0 to 4096 of the image belong to the file, and an addition changes 1024 to" "$work/err" ||
		{ cat "$work/err"; fail "a fingerprint of what changes"; }
	same "$work/base" "$work/img"
fi

# Half of the tags is none, a wrong one is not added to, and no addition removes any.
"$MKFS" --quiet --ishare -Enosbcrc "$work/base" "$work/old"
cp "$work/base" "$work/img"
expect_status 1 "$MKFS" --quiet --incremental --ishare=none "$work/img" "$work/new"
expect_status 1 "$MKFS" --quiet --incremental --ishare=sha256,name=user.x "$work/img" "$work/new"
same "$work/base" "$work/img"
at=$(grep -abo sha256: "$work/img" | head -n 1 | cut -d: -f1)
printf FORGED | dd of="$work/img" bs=1 seek=$((at + 7)) conv=notrunc status=none
cp "$work/img" "$work/base"
expect_status 1 "$MKFS" --quiet --incremental "$work/img" "$work/new"
grep -q "only 3 of 4 files have true fingerprints" "$work/err" || fail "a forged tag"
same "$work/base" "$work/img"
expect_status 0 "$MKFS" --quiet --incremental --ishare-trust "$work/img" "$work/new"

# Nothing is known of tags in a directory that cannot be read here; a second tag, or one elsewhere, stays out, too.
"$MKFS" --quiet --ishare -Enosbcrc "$work/img" "$work/old"
nid=$("$DUMP" --path=/other "$work/img" | sed -n 's/^NID: *\([0-9]*\).*/\1/p')
printf '\377\377' | dd of="$work/img" bs=1 seek=$((nid * 32)) conv=notrunc status=none
expect_status 1 "$MKFS" --quiet --incremental "$work/img" "$work/new"
grep -q "1 files or directories cannot be read" "$work/err" || { cat "$work/err"; fail "an unreadable directory"; }
for file in dir/seq dir/sub; do
	setfattr -n user.fingerq -v PLANTED "$work/old/$file" 2>/dev/null || continue
	"$MKFS" --quiet --ishare=sha256,name=user.fingerp -Enosbcrc "$work/img" "$work/old"
	setfattr -x user.fingerq "$work/old/$file"
	at=$(grep -abo fingerq "$work/img" | cut -d: -f1)
	printf fingerp | dd of="$work/img" bs=1 seek="$at" conv=notrunc status=none
	expect_status 1 "$MKFS" --quiet --incremental "$work/img" "$work/new"
	grep -q "files have several fingerprints\|have true fingerprints" "$work/err" || { cat "$work/err"; fail "a tag too many: $file"; }
done

"$MKFS" --quiet "$work/base" "$work/old"
cp "$work/base" "$work/img"
expect_status 1 "$MKFS" --quiet --incremental --ishare "$work/img" "$work/new"
grep -q "4 files have no fingerprints" "$work/err" || fail "tags for some"

# Prefixes of an image without files stay, the one of fingerprints comes after them.
mkdir "$work/bare"
"$MKFS" --quiet --xattr-prefix=user.a --xattr-prefix=user.b "$work/tagged" "$work/bare"
expect_status 0 "$MKFS" --quiet --incremental --ishare --xattr-prefix=user.b --xattr-prefix=user.c "$work/tagged" "$work/new"
expect_status 0 "$FSCK" --check-ishare "$work/tagged"
"$MKFS" --quiet --xattr-prefix=erofs.fingerprint.v1 "$work/tagged" "$work/bare"
expect_status 0 "$MKFS" --quiet --incremental --ishare "$work/tagged" "$work/new"
expect_status 0 "$FSCK" --check-ishare "$work/tagged"

# What the image is not made for.
for options in -zlz4 --blobdev="$work/blob --chunksize=4096" -E48bit; do
	# shellcheck disable=SC2086
	expect_status 1 "$MKFS" --quiet --incremental $options "$work/img" "$work/new"
	same "$work/base" "$work/img"
done
if can_encode lz4; then
	"$MKFS" --quiet -zlz4 "$work/packed" "$work/old"
	expect_status 1 "$MKFS" --quiet --incremental -zlz4 -C65536 "$work/packed" "$work/new"
	grep -q "larger than the image's (1)" "$work/err" || fail "pclusters"
fi
expect_status 1 "$MKFS" --quiet --incremental "$work/absent" "$work/new"
[ ! -e "$work/absent" ] || fail "an image was made"
expect_status 1 "$MKFS" --quiet --incremental "$work/new/sym" "$work/new"
expect_status 1 "$MKFS" --quiet --incremental=0 "$work/img" "$work/layer"
expect_status 0 "$MKFS" --quiet --incremental=rvsp "$work/img" "$work/layer"
expect_status 0 "$FSCK" "$work/img"

# A failure takes back what was added; a process that is killed leaves the old image or the new one.
cp "$work/base" "$work/img"
(ulimit -f $((($(wc -c < "$work/base") + 65536) / 512)); expect_status 1 "$MKFS" --quiet --incremental "$work/img" "$work/new") || exit 1
same "$work/base" "$work/img"
head -c 30000000 /dev/zero | tr '\0' x > "$work/new/large"
cp "$work/new/large" "$work/sum/large"
for delay in 0 0.01 0.02 0.05; do
	"$MKFS" --quiet --incremental "$work/img" "$work/new" &
	pid=$!
	sleep $delay
	kill -KILL $pid 2>/dev/null || :
	wait $pid 2>/dev/null || :
	expect_status 0 "$FSCK" "$work/img"
	rm -rf "$work/x"
	expect_status 0 "$FSCK" --extract="$work/x" "$work/img"
	diff -r --no-dereference "$work/old" "$work/x" >/dev/null || diff -r --no-dereference "$work/sum" "$work/x" ||
		fail "neither the old image nor the new one"
done
expect_status 0 "$MKFS" --quiet --incremental "$work/img" "$work/new"
is_sum "after kills"

# Marks of an archive take out what is in the image.
rm "$work/new/large"
mkdir -p "$work/marks/dir" "$work/marks/other"
: > "$work/marks/.wh.link"; : > "$work/marks/dir/.wh.replaced"; : > "$work/marks/other/.wh..wh..opq"
echo own > "$work/marks/other/own"
cp "$work/base" "$work/img"
(cd "$work/marks" && tar -cf - .wh.link dir other) |
	expect_status 0 "$MKFS" --quiet --incremental --tar=f --aufs --ovlfs-strip "$work/img"
rm -rf "$work/x"
expect_status 0 "$FSCK" --extract="$work/x" "$work/img"
(cd "$work/x" && find . ! -type d | sort) > "$work/list"
printf '%s\n' ./dir/seq ./dir/sub/deep/file ./other/own ./sym | diff - "$work/list" || fail "marks of an archive"

# On a device there is no end of a file to go by, and what lies behind the image is not zero.
[ -n "$kernel" ] || skip "no kernel to ask: not added to a device"
tr '\0' '\377' < /dev/zero | head -c 8388608 > "$work/disk"
dd if="$work/base" of="$work/disk" conv=notrunc status=none
loop=$(losetup -f --show "$work/disk") || skip "no loop devices here"
expect=0
"$MKFS" --quiet --incremental "$loop" "$work/new" || expect=1
cat "$loop" > "$work/img"
losetup -d "$loop"
[ $expect = 0 ] || fail "a device"
cp -a "$work/old/." "$work/sum"; cp -a --remove-destination "$work/new/." "$work/sum"; rm -f "$work/sum/large"
is_sum "a device"
