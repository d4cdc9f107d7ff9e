# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by the tests of callers: each runs our programs with exactly the arguments of one that exists,
# and looks at the result through fsck.erofs, its extraction, and where it may a mount.

can_build -zlz4hc -zdeflate || skip "callers compress by LZ4 and DEFLATE"

# A bare name, as callers have it.
mkdir "$work/bin"
for p in mkfs fsck dump; do
	case $p in mkfs) program=$MKFS ;; fsck) program=$FSCK ;; dump) program=$DUMP ;; esac
	ln -s "$program" "$work/bin/$p.erofs"
done
ln -s "$READ" "$work/bin/erofsfuse"
PATH=$work/bin:$PATH
uuid=01234567-89ab-4cde-8f01-23456789abcd
zero=00000000-0000-0000-0000-000000000000
can_mount=no
! has_kernel_erofs || can_mount=yes

# make_tree DIRECTORY: small, with what layers have.
make_tree() {
	mkdir -p "$1/etc" "$1/usr/lib/modules" "$1/dev"
	printf 'root:x:0:0\n' > "$1/etc/passwd"
	seq 1 6000 > "$1/usr/lib/libc.so"
	cp "$1/usr/lib/libc.so" "$1/usr/lib/copy.so"
	head -c 70000 /dev/zero > "$1/usr/lib/zeros"
	seq 1 300 > "$1/usr/lib/modules/small"
	: > "$1/etc/empty"
	ln "$1/etc/passwd" "$1/etc/hard"
	ln -s ../etc/passwd "$1/usr/link"
	find "$1" -exec touch -h -d '2022-02-02 02:02:02 UTC' {} +
}

# row NAME: of the table of callers; everything until the next is about it.
row() { current=$1; echo "row: $1"; }

# run COMMAND...: as the caller has it, which must succeed. Output goes to $work/out and $work/err.
run() {
	got=0; "$@" > "$work/out" 2> "$work/err" || got=$?
	[ $got = 0 ] || { cat "$work/err" >&2; fail "${current-}: status $got: $*"; }
}

# holds IMAGE TREE [DEVICE]: sound, and the same files.
holds() {
	run fsck.erofs ${3:+--device=$3} "$1"
	rm -rf "$work/extracted"
	run fsck.erofs ${3:+--device=$3} --extract="$work/extracted" "$1"
	diff -r --no-dereference "$2" "$work/extracted" > "$work/diff" ||
		{ cat "$work/diff" >&2; fail "$current: other files than in $2"; }
	[ $can_mount = yes ] && [ -z "${3-}" ] || return 0
	mount_image "$1" "$work/mnt"
	diff -r --no-dereference "$2" "$work/mnt" > "$work/diff" ||
		{ cat "$work/diff" >&2; fail "$current: mounted: other files than in $2"; }
	umount "$work/mnt"
}

# shows IMAGE PATTERN: in the superblock's text.
shows() { dump.erofs -s "$1" | grep -q "$2" || { dump.erofs -s "$1" >&2; fail "$current: no $2"; }; }
