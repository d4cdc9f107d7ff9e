#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# EROFS images as sources: one merged tree, with the data left where it is or copied, with true fingerprints
# whatever the sources claim, the same bytes for any number of workers.
. "${srcdir:-.}/tests/lib.sh"

mkdir -p "$work/low/dir/sub" "$work/up/dir/new" "$work/sum/dir/sub" "$work/sum/dir/new"
seq 1 30000 > "$work/low/dir/seq"
seq 1 2000 > "$work/low/dir/old"
cp "$work/low/dir/seq" "$work/low/twin"
: > "$work/low/empty"
ln "$work/low/dir/old" "$work/low/link"
ln -s dir/seq "$work/low/sym"
echo sub > "$work/low/dir/sub/file"
truncate -s 300000 "$work/low/holes"; echo end >> "$work/low/holes"
seq 5 9000 > "$work/up/dir/old"
echo new > "$work/up/dir/new/file"
rm "$work/low/empty"; : > "$work/up/empty"
cp -a "$work/low/." "$work/sum"; cp -a --remove-destination "$work/up/." "$work/sum"
make() { # IMAGE TREE OPTIONS...
	image=$1 tree=$2; shift 2
	"$MKFS" --quiet -T 1700000000 -Uclear "$@" "$work/$image" "$work/$tree" || fail "mkfs $image"
}
holds() { # IMAGE OPTIONS of fsck: what the merged tree is
	rm -rf "$work/x"
	expect_status 0 "$FSCK" "$@" --extract="$work/x"
	diff -r --no-dereference "$work/sum" "$work/x" || fail "content: $*"
	[ "$(stat -c %h "$work/x/link")" = 1 ] || fail "a replaced file is still linked"
}

make low.img low --ishare -Enoinline_data
make up.img up --ishare -Enoinline_data
make chunks.img low --ishare --chunksize=8192
make indexes.img low --ishare --chunksize=4096 -Eforce-chunk-indexes,48bit
make plain.img low -Enoinline_data
make small.img low -Enoinline_data -b512
make tails.img low --ishare

# Metadata only, originals as devices.
for low in low chunks indexes plain; do
	by_workers "$work/img" --quiet -T0 -Uclear "$work/$low.img" "$work/up.img"
	holds "$work/img" --device="$work/$low.img" --device="$work/up.img"
	expect_status 0 "$FSCK" --check-ishare --device="$work/$low.img" --device="$work/up.img" "$work/img"
	grep -q "7 of 7 files tagged, 7 verified" "$work/out" || { cat "$work/out"; fail "tags over $low"; }
	[ "$(wc -c < "$work/img")" -le 8192 ] || fail "data was copied"
	"$DUMP" -s "$work/img" | grep -q "chunked_file device_table" || fail "feature bits"
done
expect_status 0 "$MKFS" --quiet --ishare=none "$work/img" "$work/low.img" "$work/up.img"
! grep -qa sha256: "$work/img" || fail "tags are left"
expect_status 0 "$MKFS" --quiet "$work/img" "$work/plain.img"
! grep -qa sha256: "$work/img" || fail "tags out of nothing"

# Blocks of 512 bytes on top take those of 4096; the reverse has no addresses.
expect_status 0 "$MKFS" --quiet "$work/img" "$work/up.img" "$work/small.img"
expect_status 1 "$MKFS" --quiet "$work/img" "$work/small.img" "$work/up.img"
grep -q "smaller than blocks of 4096" "$work/err" || fail "block sizes"
expect_status 1 "$MKFS" --quiet "$work/img" "$work/tails.img"
grep -q "/dir/.*: unsupported datalayout 2" "$work/err" || fail "inline tails"
expect_status 1 "$MKFS" --quiet "$work/new" "$work/low.img" --clean=0
cp "$work/low.img" "$work/self.img"
ln -s self.img "$work/alias.img"
for clean in "" --clean=data; do
	# shellcheck disable=SC2086
	expect_status 1 "$MKFS" --quiet $clean "$work/self.img" "$work/up.img" "$work/alias.img"
	grep -q "alias.img: is a source, and would be overwritten by the image" "$work/err" || fail "a source was replaced"
	same "$work/self.img" "$work/low.img"
done
expect_status 1 "$MKFS" --quiet "$work/new" "$work/low.img" "$work/sum"
expect_status 2 "$MKFS" --quiet "$work/new" "$work/sum" "$work/low.img"
[ ! -e "$work/new" ] || fail "an image after all"

# Copied, from any layout.
layouts="tails chunks"
for algorithm in lz4 zstd; do
	can_encode $algorithm || continue
	make z$algorithm.img low --ishare -z$algorithm -C16384 -Eztailpacking
	layouts="$layouts z$algorithm"
done
for low in $layouts; do
	for options in "" --chunksize=4096 -zlz4; do
		can_build "$options" || continue
		# shellcheck disable=SC2086
		by_workers "$work/img" -T0 -Uclear --clean=data $options "$work/$low.img" "$work/up.img"
		grep -qx "Filesystem tagged files: 7" "$work/out" || { cat "$work/out"; fail "tags of $low $options"; }
		holds "$work/img"
	done
done

# Blocks that are only reserved: no fingerprint of what is not there.
expect_status 1 "$MKFS" --quiet --clean=rvsp "$work/new" "$work/tails.img" "$work/up.img"
grep -q "fingerprints of data that is reserved" "$work/err" || fail "$(cat "$work/err")"
[ ! -e "$work/new" ] || fail "an image after all"
expect_status 0 "$MKFS" --quiet --clean=rvsp --ishare=none "$work/img" "$work/tails.img" "$work/up.img"
expect_status 0 "$FSCK" "$work/img"
"$DUMP" --ishare "$work/img" > "$work/tags" 2>&1 || :
! grep -q sha256: "$work/tags" || fail "a fingerprint of nothing"

# A forged tag is computed anew, unless the image is trusted.
mkdir "$work/single"
cp "$work/low/dir/seq" "$work/single/seq"
make forged.img single --ishare=sha256,name=user.fp -Enoinline_data,nosbcrc
at=$(grep -abo sha256: "$work/forged.img" | cut -d: -f1)
printf FORGED | dd of="$work/forged.img" bs=1 seek=$((at + 7)) conv=notrunc status=none
expect_status 4 "$FSCK" --check-ishare "$work/forged.img"
grep -q ishare-forged "$work/err" || fail "not forged"
for options in "" --ishare --ishare=sha256,name=user.other "--ishare=sha512 --ishare-trust" --clean=data \
	"--clean=data --ishare-trust"; do
	# shellcheck disable=SC2086
	expect_status 0 "$MKFS" --quiet $options "$work/img" "$work/forged.img"
	case $options in *data*) device= ;; *) device=--device=$work/forged.img ;; esac
	# shellcheck disable=SC2086
	expect_status 0 "$FSCK" --check-ishare $device "$work/img"
	! grep -qa FORGED "$work/img" || fail "a forged tag was taken over: $options"
done
expect_status 0 "$MKFS" --quiet --ishare-trust "$work/img" "$work/forged.img"
expect_status 4 "$FSCK" --check-ishare --device="$work/forged.img" "$work/img"
expect_status 0 "$MKFS" --quiet --ishare=none --xattr-prefix=user.f "$work/img" "$work/forged.img"
! grep -qa FORGED "$work/img" || fail "a fingerprint became an attribute"

# An attribute that another source plants under the name of the tags.
if setfattr -n user.fp -v PLANTED "$work/up/dir/old" 2>/dev/null; then
	make planted.img up -Enoinline_data
	for options in "" --ishare=sha256,name=user.fp; do
		# shellcheck disable=SC2086
		expect_status 0 "$MKFS" $options "$work/img" "$work/forged.img" "$work/planted.img"
		grep -q "dropped 1 extended attributes named user.fp" "$work/err" || { cat "$work/err"; fail "no warning"; }
		! grep -qa PLANTED "$work/img" || fail "a tag was planted"
		expect_status 0 "$FSCK" --check-ishare --device="$work/forged.img" --device="$work/planted.img" "$work/img"
	done
fi

# Damaged images: an error that names the image, and no new one.
for size in 0 100 1500 4096 8192; do
	head -c $size "$work/low.img" > "$work/cut.img"
	for clean in "" --clean=data; do
		# shellcheck disable=SC2086
		expect_status 1 "$MKFS" --quiet $clean "$work/new" "$work/cut.img" "$work/up.img"
		grep -q "cut.img: " "$work/err" || { cat "$work/err"; fail "cut at $size"; }
		[ "$(wc -l < "$work/err")" = 1 ] || fail "more than a line"
		[ ! -e "$work/new" ] || fail "an image after all"
	done
done

# A very long path takes its memory once, not for each linked file at its end; where it is kept for each, that
# has a limit.
if command -v python3 > /dev/null && [ -z "${SANITIZER_FLAGS:-}" ]; then
	mkdir "$work/deep"
	(cd "$work/deep" && python3 -c '
import os
for _ in range(240):
	os.mkdir("d" * 250)
	os.chdir("d" * 250)
for i in range(4000):
	with open("%d" % i, "w") as f:
		f.write("x")
	os.link("%d" % i, "%d-" % i)')
	make deep.img deep
	limited() { expect_status "$1" sh -c 'ulimit -d 131072; shift; exec "$@"' sh "$@"; }
	limited 0 "$MKFS" --quiet --workers=1 --clean=data "$work/img" "$work/deep.img"
	for command in "1 $DUMP --ishare-groups" "8 $FSCK --check-ishare"; do
		# shellcheck disable=SC2086
		limited $command "$work/deep.img"
		grep -q 'the paths of files have more than' "$work/err" || { cat "$work/err"; fail "$command"; }
	done
fi

# Whiteouts of overlayfs are links of one another, each of them a mark by itself.
if command -v python3 > /dev/null; then
	python3 -c '
import sys, tarfile
with tarfile.open(sys.argv[1], "w") as t:
	for name, kind, link in ("a", tarfile.CHRTYPE, ""), ("b", tarfile.LNKTYPE, "a"):
		member = tarfile.TarInfo(name)
		member.type, member.linkname = kind, link
		t.addfile(member)' "$work/marks.tar"
	expect_status 0 "$MKFS" --quiet --tar=f "$work/marks.img" "$work/marks.tar"
	expect_status 0 "$MKFS" --quiet "$work/img" "$work/marks.img"
	"$DUMP" --path=/b "$work/img" | grep -q 'char dev' || fail "a mark is lost"
fi
