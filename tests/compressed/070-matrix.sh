#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Combinations of compression options, generated, over three trees of extremes: every image is the same for 1, 2 and
# 7 workers, sound, and gives the bytes of its source to our reader, to this machine's kernel and to a packaged
# reader where they know its features; with fingerprints, each file has a true one.
. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/cli/mkfs/built.sh"
# Lists of options are taken apart.
# shellcheck disable=SC2086

# Sizes around blocks and clusters; nothing, all zeros, noise, both by turns, compressed already, single bytes, copies.
small=$work/small
mkdir -p "$small/bytes" "$small/d"
: > "$small/empty"
for n in 1 4095 4096 4097 8192 8193 65536; do zeros $n > "$small/zero$n"; noise $n > "$small/noise$n"; done
seq 1 22000 > "$small/text"
for n in 100 4000 4096 5000 8191 16384 65537; do head -c $n "$small/text" > "$small/d/text$n"; done
for n in 1 2 3 4 5 6 7 8 9; do echo $n > "$small/bytes/$n"; printf $n > "$small/bytes/one$n"; done
for n in 1 2 3; do noise 3072; zeros 3072; seq $n 900; done > "$small/alternating"
gzip -c "$small/text" > "$small/text.gz" 2>/dev/null || noise 30000 > "$small/text.gz"
{ noise 100; cat "$small/text"; } > "$small/shifted"
cp "$small/text" "$small/d/twin"; ln "$small/text" "$small/d/link"; ln -s ../text "$small/d/symlink"

# Several segments: a text; zeros beyond the longest extent; noise, alone, and with little to gain; a copy.
large=$work/large
mkdir -p "$large"
seq 1 720000 > "$large/text"
zeros 13000000 > "$large/zeros"
noise 4300001 > "$large/noise"
{ noise 1048576; zeros 16384; noise 3300000; } > "$large/little"
cp "$large/text" "$large/twin"
echo last > "$large/z"

# One file of 64 MB.
huge=$work/huge
mkdir -p "$huge"
seq 1 900000 | head -c 6400000 > "$work/part"
for n in 1 2 3 4 5 6 7 8 9 10; do echo "part $n"; cat "$work/part"; done | head -c 64000000 > "$huge/text"

count=0 total=0
# Instrumented programs are slow: they get a part of it.
step=1
[ -z "${SANITIZER_FLAGS:-}" ] || step=7

# try TREE OPTION...
try() {
	total=$((total + 1))
	[ $((total % step)) = 0 ] || return 0
	built "$@"
	case $* in
	*--ishare*)
		expect_status 0 "$FSCK" --check-ishare "$work/img1"
		grep -q "\([0-9]*\) of \1 files tagged, \1 verified" "$work/out" ||
			{ cat "$work/out"; fail "fingerprints: $what"; }
		;;
	esac
	count=$((count + 1))
}

clusters="-C4096 -C16384 -C65536 -C1048576"
tags="--ishare --quiet"
n=0
# turn LIST...: the next of the list for each call, so that all meet all.
turn() { shift $((n % $#)); chosen=$1; }
for algorithm in lz4 lz4hc,12 lzma,1 deflate,6 libdeflate,9 zstd zstd,level=-3; do
	can_encode "${algorithm%%,*}" || continue
	for features in nosbcrc legacy-compress ztailpacking fragments all-fragments dedupe 48bit \
		legacy-compress,ztailpacking legacy-compress,fragments ztailpacking,fragments \
		fragments,^fragdedupe all-fragments,fragdedupe=inode fragments,fragdedupe=full,dedupe \
		dedupe,ztailpacking 48bit,ztailpacking 48bit,fragments 48bit,all-fragments \
		48bit,legacy-compress 48bit,dedupe dot-omitted,ztailpacking \
		fragments,dedupe,ztailpacking force-inode-extended,noinline_data; do
		n=$((n + 1))
		turn $clusters; cluster=$chosen
		turn $tags
		try "$small" -z$algorithm -b4096 $cluster -E$features $chosen
	done
done

# What is not about one algorithm.
can_encode zstd && second=zstd || second=deflate,9
printf '0 noise\n4096 1 text\n65536 1 zero\n16384 d/\n' > "$work/hints"
for options in "-m4096" "-m4096:deflate --ishare" "-m4096 -Efragments" "-m8192 -C8192 -Eztailpacking --ishare" \
	"--zD" "--zD -Efragments --ishare" "-m4096 --zD" "--MZ --ishare" "--zfeature-bits=0x46" \
	"--zfeature-bits=0xff" "--max-extent-bytes=5000" "--max-extent-bytes=4096 -Eztailpacking" \
	"--max-extent-bytes=100000 -C65536 --ishare" "--compress-hints=$work/hints --ishare" \
	"--compress-hints=$work/hints -Eztailpacking,fragments" "--compress-hints=$work/hints -E48bit" \
	"--compress-hints=$work/hints -Ededupe" "-E^dedupe-files" "--dsunit=4" "-E48bit --dsunit=4" \
	"-E48bit --max-extent-bytes=-5000" "-E48bit --max-extent-bytes=16384 --ishare"; do
	try "$small" -zdeflate:$second -b4096 $options
done
for block in 512 1024 2048 8192 16384 65536; do
	for features in nosbcrc ztailpacking fragments 48bit dedupe; do
		try "$small" -z$second -b$block -C$((block * 4)) -E$features --ishare
	done
done

for options in "-zdeflate -C65536" "-z$second -C65536 --ishare" "-z$second -E48bit -C65536 --ishare" \
	"-z$second -E48bit,ztailpacking,^dedupe-files" "-zdeflate -Eztailpacking,fragments --ishare" \
	"-zdeflate -Ededupe -C16384"; do
	try "$large" -b4096 $options
done
if [ $step = 1 ]; then
	for options in "-zdeflate,1 -C65536" "-z$second -E48bit -C65536 --ishare" \
		"-z$second -C1048576 -Efragments --ishare"; do
		try "$huge" -b4096 $options
	done
fi

echo "$count of $total combinations, $mounted seen by the kernel"
# With all codecs there must be enough of them.
{ [ $step = 1 ] && can_encode lz4 && can_encode lzma && can_encode zstd; } || exit 0
[ "$count" -ge 150 ] || fail "only $count combinations"
