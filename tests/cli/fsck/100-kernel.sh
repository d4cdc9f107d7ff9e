#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What we extract is what this machine's kernel shows, for images of ours and of the packaged mkfs.erofs;
# and what that makes is sound to us.
. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/cli/fsck/tree.sh"
need_kernel_erofs

make_tree "$work/tree"
seq 1 50000 > "$work/tree/many-numbers"

# contents DIRECTORY: what regular files and links hold; quicker than a listing.
contents() {
	(cd "$1" && find . -type f -print0 | sort -z | xargs -0 sha256sum && find . -type l -printf '%p %l\n' | sort)
}

# compare NAME: the image $work/NAME, mounted and extracted.
compare() {
	expect_status 0 "$FSCK" --extract "$work/$1"
	[ ! -s "$work/err" ] || fail "$1 is not sound: $(cat "$work/err")"
	mount_image "$work/$1" "$work/$1.mounted"
	expect_status 0 "$FSCK" --preserve "--extract=$work/$1.extracted" "$work/$1"
	same_trees "$work/$1.mounted" "$work/$1.extracted"
}

"$MKFS" --quiet "$work/ours" "$work/tree" || fail "cannot build"
compare ours
# Every compressor, some of which packaged tools lack.
for codec in lz4 lz4hc lzma deflate libdeflate zstd; do
	can_build -z$codec || continue
	"$MKFS" --quiet -z$codec -C65536 -b4096 -Eztailpacking "$work/ours-$codec" "$work/tree" || fail "mkfs.erofs -z$codec"
	compare "ours-$codec"
	diff -r --no-dereference "$work/ours-$codec.mounted/dir" "$work/ours-$codec.extracted/dir"
done
# Images of other builders, but for those whose content is on other devices.
for image in "${EROFS_CORPUS:-/nonexistent}"/*.erofs; do
	[ -e "$image" ] && [ ! -e "${image%.erofs}.blob" ] && [ ! -e "${image%.erofs}.tar" ] || continue
	name=$(basename "$image" .erofs)
	mkdir "$work/$name.mounted"
	mount -t erofs -o loop,ro "$image" "$work/$name.mounted" 2> "$work/log" || {
		echo "left out, this kernel does not mount it: $name"
		continue
	}
	mounts="$work/$name.mounted $mounts"
	expect_status 0 "$FSCK" "--extract=$work/$name.extracted" "$image"
	contents "$work/$name.mounted" > "$work/list.a"
	contents "$work/$name.extracted" > "$work/list.b"
	diff "$work/list.a" "$work/list.b" || fail "$name: the kernel (<) and we (>) differ"
	umount "$work/$name.mounted"
	rm -rf "$work/$name.extracted"
done
[ -x /usr/bin/mkfs.erofs ] || { echo "no packaged mkfs.erofs: only our own images"; exit 0; }
for options in "" "-Enoinline_data" "-x-1" "--chunksize=4096" "-zlz4" "-zlz4hc,9 -C65536" \
	"-zlz4 -Eztailpacking" "-zlz4 -Efragments,dedupe" "-Elegacy-compress -zlz4"; do
	case $options in *lz4*) can_decode lz4 || continue ;; esac
	name=packaged$(echo "$options" | tr -c 'a-z0-9\n' _)
	# shellcheck disable=SC2086
	/usr/bin/mkfs.erofs --quiet $options "$work/$name" "$work/tree" > "$work/log" 2>&1 ||
		/usr/bin/mkfs.erofs $options "$work/$name" "$work/tree" > "$work/log" 2>&1 || continue
	compare "$name"
done
