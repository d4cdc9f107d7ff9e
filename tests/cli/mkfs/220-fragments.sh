#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The packed inode: ends of files, small files and directories, as all readers see them; nothing stored twice; all
# files tagged; the same layout for a file whatever else the image holds.
. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/cli/mkfs/built.sh"

small=$work/small
mkdir -p "$small/d" "$small/many"
: > "$small/empty"
for n in 1 4095 4096 4097 65536 65537; do zeros $n > "$small/zero$n"; noise $n > "$small/noise$n"; done
zeros 300001 > "$small/zeros"; noise 200000 > "$small/noise"
seq 1 70000 > "$small/text"
cp "$small/text" "$small/d/twin"
{ echo another beginning; seq 1 70000; } > "$small/d/other"
gzip -c "$small/text" > "$small/text.gz" 2>/dev/null || noise 100000 > "$small/text.gz"
for n in 1 2 3 4 5 6 7 8; do noise 10000; seq "$n" 3000; done > "$small/alternating"
for n in 8191 8192 8193 12287 12288 12289; do head -c $n "$small/text" > "$small/d/text$n"; done
ln -s text "$small/link"
seq 1 300 | (cd "$small/many" && split -l 1) # more than a block of names

large=$work/large
mkdir -p "$large"
seq 1 700000 > "$large/text"; noise 4500001 > "$large/noise"
{ noise 1048576; zeros 8192; noise 4000003; } > "$large/few"
for f in text noise few; do cp "$large/$f" "$large/twin-of-$f"; done

bits() { "$DUMP" -s "$work/img1" | sed -n 's/^Filesystem incompatible features: *//p'; }
needs() { "$DUMP" -s "$work/img1" | grep -q "^Required upstream Linux kernel version: *$1\$" || fail "not $1: $what"; }
# Wholly in the packed inode: no blocks of its own.
size_of() { "$DUMP" --path="$1" "$work/img1" | sed -n 's/.*On-disk size: \([0-9]*\).*/\1/p'; }

algorithms="lz4 lz4hc lzma,1 deflate zstd"
! threads_only || algorithms="lz4 zstd"
for algorithm in $algorithms; do
	can_encode "${algorithm%%,*}" || continue
	built "$small" -z$algorithm -b4096 -Efragments
	built "$small" -z$algorithm -b4096 -C65536 -Efragments=4096,ztailpacking --ishare
	built "$small" -z$algorithm -b4096 -C16384 -Eall-fragments,ztailpacking --zD
done
if threads_only; then
	! can_encode lz4 || built "$large" -zlz4 -b4096 -C16384 -Efragments --ishare
	echo "left out under ThreadSanitizer: other compressors and options"
	exit 0
fi
case $(bits) in *fragments*) ;; *) fail "no bit: $what" ;; esac
for f in zeros noise text.gz d/text8193; do is "$(size_of /$f)" 0; done
# shellcheck disable=SC2086 # several options
for options in "-zdeflate -b512 -C2048 -Efragments" "-zdeflate -b8192 -Efragments --zD" \
	"-zdeflate -b65536 -Eall-fragments,^fragdedupe" "-zdeflate -b4096 -Elegacy-compress,fragments --ishare" \
	"-zdeflate -b4096 -C8192 -Efragments,dot-omitted --zD --ishare" "--zD -b4096" "--zD --MZ -b512" \
	"--zD -b4096 --ishare -Ededupe" "--zD=0 --zD -b8192 -Enoinline_data"; do
	built "$small" $options
	case $(bits) in *fragments*) ;; *) fail "no bit: $what" ;; esac
done
built "$small" -zdeflate -b4096 -C8192 -Efragments
needs 6.6
built "$small" --zD=0 -b4096
is "$(bits)" ""
built "$small" -zdeflate -b4096 -Eall-fragments,^fragments
case $(bits) in *fragments*) fail "fragments: $what" ;; esac

for options in "-C16384 -Efragments --ishare" "-C1m -Eall-fragments=65536" "-Elegacy-compress,fragments,ztailpacking"; do
	# shellcheck disable=SC2086
	built "$large" -zdeflate -b4096 $options
	[ "$(wc -c < "$work/img1")" -lt 11500000 ] || fail "twins take space: $what"
done

# Everything is tagged; two files that end alike need little more than one; equal files lie in one class.
built "$small" -zdeflate -b4096 -C65536 -Efragments --ishare
"$FSCK" --check-ishare "$work/img1" > "$work/out" || fail "fingerprints: $what"
tagged=$(find "$small" -type f -size +0c | wc -l)
grep -q ": $tagged of $tagged files tagged, $tagged verified" "$work/out" || { cat "$work/out"; fail "tags: $what"; }
with=$(wc -c < "$work/img1")
"$MKFS" --quiet -zdeflate -b4096 -C65536 -Efragments,^fragdedupe,^dedupe-files --ishare "$work/all" "$small"
[ "$(wc -c < "$work/all")" -gt "$with" ] || fail "nothing is shared"
mkdir "$work/alone"
for f in zero4097 noise4096 noise noise65537 text alternating; do cp "$small/$f" "$work/alone"; done
for f in "$work/alone"/*; do layout "/${f##*/}"; done > "$work/among"
built "$work/alone" -zdeflate -b4096 -C65536 -Efragments --ishare
for f in "$work/alone"/*; do layout "/${f##*/}"; done | cmp - "$work/among" || fail "layouts: $what"

# Files that begin alike come out of the encoder alike, and are stored once; also what does not compress; also in a
# file of several segments, and in one that is flat after all, whose extents are no longer there.
begin=$work/begin
mkdir "$begin"
{ noise 300000 | od -An -v -tx1; } > "$begin/a"
head -c 700000 "$begin/a" > "$begin/b"
{ cat "$begin/b"; noise 5000; } > "$begin/c"
{ cat "$begin/a"; seq 1 600000; } > "$begin/d"
noise 250000 > "$begin/e"
{ cat "$begin/e"; noise 70; } > "$begin/f"
{ head -c 30000 "$begin/a"; noise 4300000; } > "$begin/g"
{ head -c 200000 "$begin/a"; noise 4300000 | tr '\000-\377' '\000-\177\000-\177'; } > "$begin/h"
cp "$begin/h" "$begin/h-twin"
{ head -c 120000 "$begin/a"; head -c 30000 "$begin/h"; } > "$begin/i"
"$MKFS" --quiet -zdeflate,1 -b4096 -C4096 -Efragments,^dedupe-files "$work/all" "$begin"
# The twin takes 4 MB of that.
limit=$(($(wc -c < "$work/all") - 5000000))
for options in "-C4096 -Efragments" "-C16384 -Eztailpacking,fragments --ishare" "-C4096 -Elegacy-compress,fragments"; do
	# shellcheck disable=SC2086
	built "$begin" -zdeflate,1 -b4096 $options
	[ "$(wc -c < "$work/img1")" -lt "$limit" ] || fail "nothing is shared: $what"
done

refused "invalid pcluster size for the packed file 6000" -b4096 -zdeflate -C16384 -Efragments=6000
refused "invalid pcluster size for the packed file x" -zdeflate -Efragments=x
refused "pcluster size (2 blocks) for packed inode exceeds maximum" -b4096 -zdeflate -Eall-fragments=8192
refused "invalid extended option value fragdedupe=some" -zdeflate -Efragdedupe=some
refused "invalid --zD=2" --zD=2
TMPDIR=$work/none; export TMPDIR
refused "cannot create a temporary file in $work/none: No such file or directory" --zD
