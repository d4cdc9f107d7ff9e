# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by tests of compressed images: an image is built by several numbers of workers and read back by all
# readers that are here.
can_encode deflate || skip "a build without DEFLATE"
noise() { head -c "$1" /dev/urandom; }
zeros() { head -c "$1" /dev/zero; }

kernel=; packaged=; mounted=0
! has_kernel_erofs || kernel=yes
[ ! -x /usr/bin/fsck.erofs ] || packaged=yes

# Under ThreadSanitizer, which says how threads meet whatever is compressed: compressors of libraries, which it does not
# slow down, and few images.
threads_only() { case ${SANITIZER_FLAGS-} in *thread*) return 0 ;; esac; return 1; }

# extract READER [OPTION...]: what it makes of the image is the source.
extract() {
	rm -rf "$work/out.d"
	expect_status 0 "$@" --extract="$work/out.d" "$work/img1"
	diff -r "$tree" "$work/out.d" >&2 || fail "$1 and $what"
}
by_kernel() {
	mkdir -p "$work/mnt"
	# A kernel without the algorithm refuses.
	mount -t erofs -o loop,ro "$work/img1" "$work/mnt" 2>/dev/null || return 0
	diff -r "$tree" "$work/mnt" >&2 || { umount "$work/mnt"; fail "the kernel and $what"; }
	umount "$work/mnt"
	mounted=$((mounted + 1))
}
# built TREE OPTION...
built() {
	tree=$1; shift
	what="$tree with $*"
	by_workers "$work/img1" --quiet -T5 --mkfs-time -Uclear "$@" "$tree"
	expect_status 0 "$FSCK" "$work/img1"
	extract "$FSCK"
	case $* in
	*-b512* | *-b8192* | *-b65536*) return ;;
	esac
	[ -z "$kernel" ] || by_kernel
	case $* in
	*48bit* | *dot-omitted*) return ;; # much younger than packages
	*-m[0-9]*) return ;; # they take ends of files from elsewhere
	*--ishare*) return ;; # older ones do not know its prefix
	*ragments* | *--zD* | *-z*dedupe*) # older ones cannot read them, newer ones only so
		if [ -n "$packaged" ] && /usr/bin/fsck.erofs --help 2>&1 | grep -q -- --path; then
			extract /usr/bin/fsck.erofs --path=/
		fi ;;
	*-zlz4*) [ -z "$packaged" ] || extract /usr/bin/fsck.erofs ;;
	esac
}
layout() { "$DUMP" --path="$1" "$work/img1" | sed -n 's/.*Layout: \([0-9]\).*/\1/p'; }
is() { [ "$1" = "$2" ] || fail "\"$1\" is not \"$2\": $what"; }

# refused TEXT OPTION...: nothing is built of $small, and the reason says TEXT.
refused() {
	text=$1; shift
	echo old > "$work/old"
	got=0; "$MKFS" "$@" "$work/old" "$small" >/dev/null 2>"$work/err" || got=$?
	[ "$got" != 0 ] || fail "$* is fine"
	grep -qF -- "$text" "$work/err" || { cat "$work/err"; fail "no reason for $*"; }
	is "$(cat "$work/old")" old
}
