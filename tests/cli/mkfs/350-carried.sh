#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Compressed files of images as sources stay as they are stored, in every layout: the same content, class and pieces by
# any number of workers, tags that are true, damage that is found.
. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/compressed/tree.sh"
kernel=
! has_kernel_erofs || kernel=yes

mkdir -p "$work/tree/dir"
text 70000 1 > "$work/tree/dir/text"
text 900 2 > "$work/tree/small"
text 4500 3 > "$work/tree/two"
cp "$work/tree/dir/text" "$work/tree/twin"
{ text 30000 4; cat "$work/tree/dir/text"; noise 9000; text 3000 5; } > "$work/tree/mixed"
noise 5000 > "$work/tree/noise"
head -c 300000 /dev/zero > "$work/tree/zeros"
# Of several segments, with pieces across their borders.
{ seq 1 250000; head -c 3000000 /dev/zero; noise 20000; seq 1 60000; } > "$work/tree/large"
ln "$work/tree/small" "$work/tree/link"
: > "$work/tree/empty"

make() { "$MKFS" --quiet -T5 --mkfs-time -Uclear "$@" || fail "mkfs $*"; }
carry() { by_workers "$@" --quiet -T5 --mkfs-time -Uclear --clean=data; }
# A kernel that takes the source, or of several the newest, takes what was made of it.
source=$work/src
holds() { # IMAGE [TREE]
	rm -rf "$work/x"
	expect_status 0 "$FSCK" --extract="$work/x" "$1"
	diff -r "${2:-$work/tree}" "$work/x" || fail "content of $1: $what"
	[ -n "$kernel" ] && mkdir -p "$work/mnt" && mount -t erofs -o loop,ro "$source" "$work/mnt" 2>/dev/null || return 0
	umount "$work/mnt"
	mount -t erofs -o loop,ro "$1" "$work/mnt" || fail "the kernel refuses $1: $what"
	diff -r "${2:-$work/tree}" "$work/mnt" || { umount "$work/mnt"; fail "the kernel and $1: $what"; }
	umount "$work/mnt"
}
compressed() { "$DUMP" -S "$1" | sed -n 's/^Filesystem compressed files:[^0-9]*//p'; }
# Offset and length in the file, and stored length, of the pieces of a file. The last one may be a fragment.
pieces() { rows "$1" "$2" | sed 's/^[^:]*: *\([0-9]*\).*| *\([0-9]*\) :.*| *\([0-9]*\).*/\1 \2 \3/'; }
rows() { "$DUMP" -e --path="$2" "$1" | grep '^ *[0-9]*: '; }

forms=0
while read -r options; do
	what=$options
	# shellcheck disable=SC2086
	can_build $options || continue
	forms=$((forms + 1))
	# shellcheck disable=SC2086
	make $options "$work/src" "$work/tree"
	carry "$work/img" "$work/src"
	holds "$work/img"
	[ "$(compressed "$work/img")" = "$(compressed "$work/src")" ] || fail "classes: $what"
	for file in /dir/text /mixed /large /zeros; do
		pieces "$work/src" $file > "$work/before"
		pieces "$work/img" $file > "$work/after"
		[ -s "$work/before" ] || fail "no pieces of $file: $what"
		same "$work/before" "$work/after"
	done
	"$DUMP" -s "$work/img" | grep -q "lz4_0padding" || fail "features: $what"
	# What has been carried over can be once more, and then nothing changes.
	carry "$work/again" "$work/img"
	case $options in *ragments*) ;; *) same "$work/again" "$work/img" ;; esac
	# Fragments, which are compressed again, do not get larger.
	case $options in *all-frag*)
		[ "$(stat -c %s "$work/img")" -le "$(stat -c %s "$work/src")" ] || fail "larger than its source: $what" ;;
	esac
	# Fingerprints are of the content.
	carry "$work/tagged" --ishare --ishare-trust "$work/src"
	holds "$work/tagged"
	expect_status 0 "$FSCK" --check-ishare "$work/tagged"
	grep -q "8 of 8 files tagged, 8 verified" "$work/out" || { cat "$work/out"; fail "tags: $what"; }
	[ "$(compressed "$work/tagged")" = "$(compressed "$work/src")" ] || fail "classes with fingerprints: $what"
	# What others have compressed may decode to other bytes in a kernel: it is not put behind a fingerprint.
	carry "$work/tagged" --ishare "$work/src"
	holds "$work/tagged"
	expect_status 0 "$FSCK" --check-ishare "$work/tagged"
	[ "$(compressed "$work/tagged")" = 0 ] || fail "streams that are not trusted, behind fingerprints: $what"
	case $options in *48bit* | *zlz4*) ;; *) ! "$DUMP" -s "$work/img" | grep -q 48bit || fail "48bit: $what" ;; esac
done <<-EOT
	-b4096 -zlz4
	-b4096 -zlz4hc -C65536 -Eztailpacking
	-b4096 -zlz4 -Elegacy-compress,ztailpacking
	-b512 -zlz4hc -C4096
	-b4096 -zlz4hc -C16384 -Ededupe
	-b4096 -zlz4 -Elegacy-compress,fragments,dedupe
	-b4096 -zlzma -C32768 -Efragments
	-b4096 -zdeflate -C16384 -Eall-fragments
	-b4096 -zdeflate -m4096
	-b4096 -zzstd -C16384
	-b4096 -zzstd -C65536 -E48bit
	-b4096 -zzstd -C16384 -E48bit,fragments
EOT
[ $forms -gt 0 ] || skip "this build can compress by nothing that it can read"

# Not where another layout is asked for, or blocks are not the same.
can_build -zlz4 || exit 0
what=options
make -b4096 -zlz4 -C16384 "$work/src" "$work/tree"
for options in -E^carry --chunksize=4096 -Ededupe; do
	expect_status 0 "$MKFS" -d3 --clean=data $options "$work/img" "$work/src"
	grep -q "[0-9] files that are compressed in the sources are stored uncompressed" "$work/err" || fail "no word: $options"
	! "$DUMP" -s "$work/img" | grep -q lz4_0padding || fail "compressed in spite of $options"
	holds "$work/img"
done
make -b512 "$work/other" "$work/tree/dir"
expect_status 0 "$MKFS" -d3 --clean=data "$work/img" "$work/src" "$work/other"
grep -q "[0-9] files that are compressed in the sources" "$work/err" || fail "other blocks"
expect_status 0 "$MKFS" -d3 --clean=data "$work/img" "$work/src"
! grep -q "compressed in the sources" "$work/err" || fail "a word about nothing"
make -b4096 -zlz4 --clean=data -Elegacy-compress "$work/img" "$work/src"
[ "$("$DUMP" --path=/large "$work/img" | sed -n 's/.*Layout: \([0-9]\).*/\1/p')" = 1 ] || fail "-z does not compress again"

# Several images, by several algorithms: what is equal is stored once and in one class, with tags.
what=several
mkdir -p "$work/low/a" "$work/up/a" "$work/sum/a"
cp "$work/tree/dir/text" "$work/low/a/hidden"
cp "$work/tree/large" "$work/low/a/large"
cp "$work/tree/mixed" "$work/low/a/mixed"
cp "$work/tree/two" "$work/up/a/hidden"
cp "$work/tree/large" "$work/up/a/zlarge"
cp "$work/tree/mixed" "$work/up/first"
cp -a "$work/low/." "$work/sum"; cp -a "$work/up/." "$work/sum"
second=zstd; can_encode zstd || second=lz4hc
make -b4096 -zlz4 -C16384 "$work/low.img" "$work/low"
make -b4096 -z$second -C65536 "$work/up.img" "$work/up"
source=$work/up.img
carry "$work/img" --ishare --ishare-trust "$work/low.img" "$work/up.img"
holds "$work/img" "$work/sum"
expect_status 0 "$FSCK" --check-ishare "$work/img"
[ "$(rows "$work/img" /a/zlarge)" = "$(rows "$work/img" /a/large)" ] || fail "equal files are stored twice"
carry "$work/plain" "$work/low.img" "$work/up.img"
holds "$work/plain" "$work/sum"
make -b4096 "$work/flat.img" "$work/up"
carry "$work/img" --ishare --ishare-trust "$work/low.img" "$work/flat.img"
holds "$work/img" "$work/sum"
[ "$(compressed "$work/img")" = 2 ] || fail "$(compressed "$work/img") files in the class of the first one"
rm "$work/low/a/hidden"
make -b4096 -zlz4 -C16384 "$work/same.img" "$work/low"
carry "$work/img" "$work/low.img" "$work/same.img"

# A tag that is not true is made anew, unless the image is trusted; a damaged piece is an error where it is read.
what=damage
mkdir "$work/one"
cp "$work/tree/dir/text" "$work/one/file"
make -b4096 -zlz4 --ishare -Enosbcrc "$work/src" "$work/one"
forge() { # TEXT BYTES: what follows TEXT
	at=$(grep -abo "$1" "$work/src" | head -n 1 | cut -d: -f1)
	cp "$work/src" "$work/forged"
	printf %s "$2" | dd of="$work/forged" bs=1 seek=$((at + ${#1})) conv=notrunc status=none
}
forge sha256: FORGED
make --clean=data "$work/img" "$work/forged"
! grep -qa FORGED "$work/img" || fail "a forged tag was taken over"
make --clean=data --ishare-trust "$work/img" "$work/forged"
grep -qa FORGED "$work/img" || fail "a trusted tag was not taken over"
make --clean=data --ishare-trust "$work/img" "$work/src"
expect_status 0 "$FSCK" --check-ishare "$work/img"
at=$(rows "$work/src" /file | sed -n 's/^ *3:.* : *\([0-9]*\)\.\. .*/\1/p')
cp "$work/src" "$work/bad"
printf '\377\377\377\377\377\377\377\377' | dd of="$work/bad" bs=1 seek=$((at + 2000)) conv=notrunc status=none
expect_status 1 "$MKFS" --quiet --clean=data "$work/new" "$work/bad"
grep -q "bad: nid [0-9]*: extent at [0-9]*: [0-9]* bytes at byte $at do not decode" "$work/err" || { cat "$work/err"; fail "no reason"; }
[ "$(wc -l < "$work/err")" = 1 ] || fail "more than a line"
[ ! -e "$work/new" ] || fail "an image after all"
make --clean=data --ishare=none "$work/img" "$work/bad"
expect_status 0 "$FSCK" "$work/img"
