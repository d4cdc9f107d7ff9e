#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# make install: programs find the library through pkg-config and run, the one in docs/ too; a suffix renames our
# programs and man pages; uninstall leaves nothing.
. "${srcdir:-.}/tests/lib.sh"
need pkg-config
unset MAKEFLAGS MFLAGS MAKELEVEL DESTDIR || :

make_quietly() { make -C "$builddir" -s "$@" >"$work/make.out" 2>&1 || { cat "$work/make.out" >&2; fail "make $*"; }; }
dest=$work/dest
# installed NAME: where it went, wherever configure was told to put it.
installed() { find "$dest" -name "$1" ! -type d | grep . || fail "make install brings no $1"; }

make_quietly install DESTDIR="$dest"
for p in mkfs fsck dump read; do
	"$(installed $p.erofs)" -V | grep -q "^$p.erofs (erofs-ishare) " || fail "$p.erofs does not run"
	installed $p.erofs.1 >/dev/null
done

# The other name of read.erofs, where it can mount.
has_fuse=$(sed -n 's/^#define HAVE_LIBFUSE3 //p' "$builddir/config.h")
[ "$has_fuse" != 1 ] || "$(installed erofsfuse)" -V | grep -q '^erofsfuse (erofs-ishare) ' || fail "erofsfuse does not run"

cat > "$work/tiny.c" <<'EOT'
#include <stdio.h>
#include <erofs/erofs.h>
int main(void)
{
	struct erofs_image *img;
	int r = erofs_image_open("/dev/null", NULL, NULL, &img);

	printf("%s %d\n", erofs_version(), r < 0);
	return 0;
}
EOT
pkgconfig=$(dirname "$(installed liberofs-ishare.pc)")
libdir=$(dirname "$pkgconfig")
PKG_CONFIG_PATH=$pkgconfig PKG_CONFIG_SYSROOT_DIR=$dest
export PKG_CONFIG_PATH PKG_CONFIG_SYSROOT_DIR
# shellcheck disable=SC2086
${CC:-cc} ${SANITIZER_FLAGS-} -o "$work/tiny" "$work/tiny.c" $(pkg-config --cflags --libs liberofs-ishare) ||
	fail "a program with the installed headers and library does not build"
# shellcheck disable=SC2086
${CC:-cc} ${SANITIZER_FLAGS-} -Wall -Wextra -Werror -o "$work/example" "$srcdir/docs/example.c" \
	$(pkg-config --cflags --libs liberofs-ishare) || fail "docs/example.c does not build"
mkdir "$work/tree"
seq 1 10000 > "$work/tree/equal"
for i in 1 2; do
	echo $i > "$work/tree/own"
	"$MKFS" --quiet --ishare=sha256 "$work/$i" "$work/tree" || fail "cannot build"
done
LD_LIBRARY_PATH=$libdir "$work/example" "$work/1" "$work/2" > "$work/out" || fail "docs/example.c fails"
[ "$(grep -cE '^     48894  /equal  sha256:[0-9a-f]{64}$' "$work/out")" = 2 ] || { cat "$work/out"; fail "no list"; }
[ "$(tail -n 1 "$work/out")" = "1 groups save 49152 bytes of page cache" ] || { cat "$work/out"; fail "no groups"; }
! LD_LIBRARY_PATH=$libdir "$work/example" "$work/out" 2> "$work/err" || fail "docs/example.c takes anything"
grep -q '^example: .*/out: not an EROFS image' "$work/err" || { cat "$work/err"; fail "no reason"; }

version=$(pkg-config --modversion liberofs-ishare)
[ "$(LD_LIBRARY_PATH=$libdir "$work/tiny")" = "$version 1" ] || fail "it does not run"

make_quietly uninstall DESTDIR="$dest"
[ -z "$(find "$dest" ! -type d)" ] || { find "$dest" ! -type d; fail "uninstall leaves files"; }

make_quietly install DESTDIR="$dest" program_transform_name='s/$$/-ishare/'
for p in mkfs fsck dump read; do
	installed $p.erofs-ishare >/dev/null
	installed $p.erofs-ishare.1 >/dev/null
done
[ "$has_fuse" != 1 ] || "$(installed erofsfuse-ishare)" -V | grep -q '^erofsfuse ' || fail "erofsfuse with a suffix"
