#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Compressed images of trees of extremes: sound, with the content of the source as our reader, a packaged
# one and this machine's kernel see it, and the same bytes for any number of workers.
. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/cli/mkfs/built.sh"

small=$work/small
mkdir -p "$small/d"
: > "$small/empty"
zeros 1 > "$small/zero1"; zeros 4096 > "$small/zero4096"; zeros 4097 > "$small/zero4097"
zeros 300001 > "$small/zeros"
noise 1 > "$small/noise1"; noise 5000 > "$small/noise5000"; noise 200000 > "$small/noise"
seq 1 70000 > "$small/text"
cp "$small/text" "$small/d/twin"
gzip -c "$small/text" > "$small/text.gz" 2>/dev/null || noise 100000 > "$small/text.gz"
for n in 1 2 3 4 5 6 7 8; do
	noise 10000; seq "$n" 3000
done > "$small/alternating"
for n in 1 2 3 500 1000 2000; do seq 1 "$n" > "$small/d/seq$n"; done
for n in 8190 8191 8192 8193 12287 12288 12289; do head -c $n "$small/text" > "$small/d/text$n"; done

# Several segments: a text; noise; noise with next to nothing to gain, that is stored flat after all.
large=$work/large
mkdir -p "$large"
seq 1 1300000 > "$large/text"
noise 5000001 > "$large/noise"
{ noise 1048576; zeros 8192; noise 9000003; } > "$large/few"
cp "$large/text" "$large/text-twin"; cp "$large/noise" "$large/noise-twin"; cp "$large/few" "$large/few-twin"
echo last > "$large/z"

for algorithm in lz4 lz4hc,12 lzma,1 deflate deflate,9 libdeflate,12 zstd zstd,level=-5; do
	can_encode "${algorithm%%,*}" || continue
	built "$small" -z$algorithm -b4096
	is "$(layout /text)" 3; is "$(layout /noise)" 2; is "$(layout /zero4096)" 0; is "$(layout /zero1)" 2
	built "$small" -z$algorithm -b4096 -C65536 --ishare
done
# shellcheck disable=SC2086 # several options
for options in "-b512" "-b512 -C8192" "-b8192" "-b65536 -C1m" "-b4096 -Elegacy-compress" \
	"-b4096 -Elegacy-compress -C32768" "-b4096 -E48bit" "-b4096 -Enoinline_data --dsunit=4 --MZ"; do
	built "$small" -zdeflate $options
done
# shellcheck disable=SC2086
for options in "" "-C65536" "-Elegacy-compress -C16384 --ishare"; do
	for algorithm in deflate lz4hc zstd; do
		can_encode $algorithm || continue
		built "$small" -z$algorithm -b4096 -Eztailpacking $options
		case $("$DUMP" -s "$work/img1") in *ztailpacking*) ;; *) fail "no bit: $what" ;; esac
		is "$(layout /noise)" 2; is "$(layout /zero1)" 2
		case $(layout /zero4096) in 1 | 3) ;; *) fail "zeros are not inline: $what" ;; esac
	done
done
for b in 512 8192 65536; do built "$small" -zdeflate -b$b -Eztailpacking; done
built "$small" -z deflate,level=2,dictsize=32768:deflate,3 -b4096 --ishare=sha512

for options in "-b4096 --ishare" "-b4096 -C1m -Elegacy-compress" "-b4096 -C64k -Eztailpacking"; do
	# shellcheck disable=SC2086
	built "$large" -zdeflate $options
	is "$(layout /noise)" 2; is "$(layout /few)" 2
	[ "$(wc -c < "$work/img1")" -lt 19500000 ] || fail "twins take space: $what"
done
"$DUMP" -s "$work/img1" | grep -q '^Filesystem incompatible features: *lz4_0padding' || fail "no feature bits"

# What makes no sense.
refused "Cannot find a valid compressor gzip" -zgzip
refused "Cannot find a valid compressor deflat" -zdeflat,1
refused "Cannot find a valid compressor" -zdeflate:
refused "invalid compression level 10 for deflate" -zdeflate,10
refused "invalid compression level 5x" -zdeflate,5x
refused "invalid compression option -1 for deflate" -zdeflate,-1
refused "invalid compression option xlevel=3 for deflate" -zdeflate,xlevel=3
refused "invalid compression option lc=9 for deflate" -zdeflate,lc=9
refused "dictionary size 65536 is too large for deflate" -zdeflate,dictsize=64k
! can_encode lz4 || refused "unsupported dict size for lz4" -zlz4,dictsize=4096
refused "invalid compression level 0 for deflate" -zdeflate,0
! can_encode lzma || refused "invalid lc, lp or pb for lzma" -zlzma,lc=4,lp=1
refused "invalid dictionary size x" -zdeflate,dictsize=x
refused "pcluster size (512 blocks) is too large" -b4096 -zdeflate -C2m
! can_encode lz4 || refused "compression level 3 is not supported for lz4" -zlz4,3
! can_encode lzma || refused "invalid compression option lc=9 for lzma" -zlzma,lc=9
! can_encode lzma || refused "invalid lc, lp or pb for lzma" -zlzma,lc=4,lp=1
! can_encode zstd || refused "invalid dictionary size 3000 for zstd" -zzstd,dictsize=3000
# What follows a level counts: the window is in the record behind the superblock.
if can_encode zstd; then
	"$MKFS" --quiet -zzstd,5,dictsize=4096 -b4096 "$work/img1" "$small"
	is "$(od -An -tu1 -j1155 -N1 "$work/img1" | tr -d ' ')" 2
fi
