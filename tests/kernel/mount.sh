#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# This machine's kernel mounts our images and shows the source, fact for fact; the packaged fsck.erofs and
# dump.erofs accept those whose features they know.
. "${srcdir:-.}/tests/lib.sh"
need_kernel_erofs
mkdir "$work/src"
"$builddir/tests/kernel/make-tree" "$work/src"
"$builddir/tests/kernel/facts" "$work/src" > "$work/want"
page=$(getconf PAGESIZE)

# packaged IMAGE: asks the packaged tools, which are older than some features.
packaged() {
	[ -x /usr/bin/fsck.erofs ] || return 0
	case $("$DUMP" -s "$1" | sed -n 's/^Filesystem incompatible features: *//p') in
	*xattr_prefixes*|*48bit*) return 0 ;;
	esac
	[ "$("$DUMP" -s "$1" | sed -n 's/^Filesystem blocksize: *//p')" = "$page" ] || return 0
	/usr/bin/fsck.erofs "$1" >"$work/err" 2>&1 || { cat "$work/err"; fail "packaged fsck.erofs: $what"; }
	/usr/bin/dump.erofs -s "$1" >/dev/null || fail "packaged dump.erofs: $what"
	accepted=$((accepted + 1))
}
accepted=0

# shows OPTION...: builds with them, mounts, compares.
shows() {
	what="$*"
	"$MKFS" --quiet "$@" "$work/img" "$work/src" || fail "mkfs $what"
	expect_status 0 "$FSCK" "$work/img"
	packaged "$work/img"
	mount_image "$work/img" "$work/mnt"
	"$builddir/tests/kernel/facts" "$work/mnt" > "$work/got" || fail "reading back: $what"
	umount "$work/mnt"
	cmp "$work/want" "$work/got" || { diff "$work/want" "$work/got" | head -10; fail "differs: $what"; }
	echo "ok: $what"
}

shows -b4096
shows -b4096 --ishare
shows -b4096 -x0 --xattr-prefix=user.o --xattr-prefix=trusted.overlay.
shows -b4096 -x2147483647 -Eforce-inode-extended --fsalignblks=64
shows -b4096 -Enoinline_data --dsunit=16 --ishare=sha512
shows -b4096 --MZ --ishare
shows -b4096 --chunksize=4096
shows -b4096 --chunksize=1048576 -Eforce-chunk-indexes --ishare
for b in 512 1024 2048; do
	shows -b$b --ishare
	shows -b$b --chunksize=$b
done
[ -x /usr/bin/fsck.erofs ] && [ $accepted = 0 ] && [ "$page" = 4096 ] && fail "no image for the packaged tools"
if [ "$(uname -r | cut -d. -f1)" -gt 6 ] || { [ "$(uname -r | cut -d. -f1)" = 6 ] &&
	[ "$(uname -r | cut -d. -f2)" -ge 15 ]; }; then
	shows -b4096 -E48bit --ishare
	shows -b4096 -Edot-omitted --MZ
	shows -b512 -E48bit --chunksize=4096
else
	echo "this kernel is too old for 48-bit images: those were left out"
fi
