# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by every shell test: the programs under test, a work directory that goes away, skipping.
# Automake runs tests in the build directory with srcdir set; exit 77 counts as skipped.
set -eu
LC_ALL=C; export LC_ALL
srcdir=$(cd "${srcdir:-.}" && pwd); builddir=$(pwd)
MKFS=${MKFS:-$builddir/mkfs.erofs}; FSCK=${FSCK:-$builddir/fsck.erofs}
DUMP=${DUMP:-$builddir/dump.erofs}; READ=${READ:-$builddir/read.erofs}
work=$(mktemp -d "${TMPDIR:-/tmp}/erofs-test.XXXXXX")
mounts=
loops=
cleanup() {
	status=$?
	for m in $mounts; do umount "$m" 2>/dev/null || umount -l "$m" 2>/dev/null ||
		fusermount3 -uz "$m" 2>/dev/null || :; done
	for l in $loops; do losetup -d "$l" 2>/dev/null || :; done
	chmod -R u+rwX "$work" 2>/dev/null || :
	rm -rf "$work"
	exit $status
}
trap cleanup EXIT
trap 'exit 1' INT TERM HUP

# skip REASON: the test's means are missing.
skip() { echo "SKIP: $*"; exit 77; }
fail() { echo "FAIL: $*" >&2; exit 1; }
# need COMMAND...: skips unless all exist.
need() { for c; do command -v "$c" >/dev/null 2>&1 || skip "no $c on this machine"; done; }
need_root() { [ "$(id -u)" = 0 ] || skip "needs root"; }
# Debian's or another packaged erofs-utils, never ours.
need_packaged() { for c; do [ -x "/usr/bin/$c" ] || skip "no packaged $c (erofs-utils)"; done; }
# can_decode ALGORITHM, can_encode COMPRESSOR: whether this build has it.
can_decode() { "$FSCK" -V | grep -qw "^available decompressors:.*$1"; }
can_encode() { "$MKFS" -V | grep -qE "^available compressors:(.*,)? $1(,|\$)"; }
# has_json: whether this build has --json and container images.
has_json() { ! "$FSCK" --json /dev/null 2>&1 | grep -q 'needs json-c'; }
# can_build OPTION...: whether this build has the compressors that these options of mkfs.erofs name. One by one, so that a
# list of options in a variable can be given, quoted or not.
can_build() {
	# shellcheck disable=SC2048
	for can_build_option in $*; do
		case $can_build_option in
		-z?*) can_build_name=${can_build_option#-z} ;;
		-m*:[a-z]*) can_build_name=${can_build_option#*:} ;;
		*) continue ;;
		esac
		can_encode "${can_build_name%%[,:]*}" || { echo "left out, not in this build: $*"; return 1; }
	done
}
# Whether this machine's kernel can be asked: mount_image works.
has_kernel_erofs() {
	[ "$(id -u)" = 0 ] || return 1
	modprobe erofs 2>/dev/null || :
	grep -qw erofs /proc/filesystems || return 1
	loop=$(losetup -f --show -r "$srcdir/tests/lib.sh" 2>/dev/null) || return 1
	losetup -d "$loop"
}
need_kernel_erofs() {
	need_root
	has_kernel_erofs || skip "no erofs in this kernel, or no loop devices"
}
# mount_image IMAGE DIRECTORY [OPTIONS]: by this machine's kernel; unmounted at exit.
mount_image() {
	mkdir -p "$2"
	mount -t erofs -o "loop,ro${3:+,$3}" "$1" "$2" || fail "the kernel does not mount $1"
	mounts="$2 $mounts"
}
# make_bare: $work/bare COMMAND... runs it, as root and below `unshare -m`, without /proc, where no file can be without a
# name. LeakSanitizer cannot work there: what ends before it is stopped would fail by that alone.
make_bare() {
	need_root
	need unshare
	cat > "$work/bare" <<'EOF'
#!/bin/sh
umount -l /proc && exec env ASAN_OPTIONS="${ASAN_OPTIONS-}:detect_leaks=0" "$@"
EOF
	chmod +x "$work/bare"
	unshare -m "$work/bare" true 2>/dev/null || skip "/proc cannot be taken away here"
}
# attach LOSETUP-ARGUMENT...: sets $loop; detached at exit.
attach() {
	loop=$(losetup -f --show "$@") || skip "no loop devices here"
	loops="$loops $loop"
}
# expect_status N COMMAND...: output goes to $work/out and $work/err.
expect_status() {
	want=$1; shift
	got=0; "$@" >"$work/out" 2>"$work/err" || got=$?
	[ "$got" = "$want" ] || { cat "$work/err" >&2; fail "status $got, not $want: $*"; }
}
# same A B: byte-identical files.
same() { cmp "$1" "$2" || fail "$1 and $2 differ"; }
# by_workers IMAGE ARGUMENT...: mkfs.erofs makes it, with the same bytes by seven workers and by one. What the latter
# prints is in $work/out and $work/err.
by_workers() {
	expect_status 0 "$MKFS" --workers=7 "$@"
	mv "$1" "$work/by-workers"
	expect_status 0 "$MKFS" --workers=1 "$@"
	same "$1" "$work/by-workers"
	rm "$work/by-workers"
}
# need_fuse IMAGE: skips where images cannot be mounted with FUSE; tries with a sound one.
need_fuse() {
	[ -r /dev/fuse ] && [ -w /dev/fuse ] || skip "no /dev/fuse for this user"
	mkdir "$work/trial"
	if "$READ" mount "$1" "$work/trial" 2>"$work/err"; then
		unmount_fuse "$work/trial"
		rmdir "$work/trial"
		return
	fi
	grep -q 'built without libfuse3' "$work/err" && skip "built without libfuse3"
	grep -qE 'not permitted|[Pp]ermission denied|No such device|fusermount3.*No such file' "$work/err" &&
		skip "FUSE mounts are not allowed here: $(tail -n 1 "$work/err")"
	cat "$work/err" >&2
	fail "cannot mount $1"
}
unmount_fuse() { if [ "$(id -u)" = 0 ]; then umount "$1"; else fusermount3 -u "$1"; fi; }
