#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# -Ededupe with compression: equal ranges of files, shifted or not, are stored once; all readers see the
# content of the source; whether a file is compressed does not depend on the others.
. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/cli/mkfs/built.sh"

hex() { noise "$1" | od -An -v -tx1; }

# Ranges that other files have in other places; what repeats itself; noise around equal runs, and in them.
small=$work/small
mkdir -p "$small/d"
hex 100000 > "$small/base"
{ echo shifted; cat "$small/base"; } > "$small/c-shifted"
{ hex 20000; tail -c +12346 "$small/base"; hex 5000; } > "$small/d-inside"
head -c 150001 "$small/base" > "$small/e-start"
tail -c 90001 "$small/base" > "$small/f-end"
{ hex 30000; cat "$small/base"; } > "$small/g-end-too"
{ head -c 100000 "$small/base"; hex 400; tail -c 100000 "$small/base"; } > "$small/h-hole"
noise 200000 > "$work/run"
{ hex 30000; cat "$work/run"; hex 30000; } > "$small/i-run"
{ hex 10000; noise 50001; cat "$work/run"; noise 70000; } > "$small/j-run"
{ hex 9000; cat "$work/run"; } > "$small/k-run"
{ noise 65536; cat "$work/run"; } > "$small/l-noise"
zeros 500000 > "$small/m-zeros"; { noise 5000; zeros 300000; hex 5000; } > "$small/n-zeros"
for n in 1 2 3 4 5 6 7 8 9; do cat "$work/run" "$small/base"; done | head -c 900000 > "$small/o-periods"
for n in 1 1 1 1 1 1 1 1 1; do head -c 1000 "$small/base"; done > "$small/p-periods"
cp "$small/base" "$small/d/twin"; cp "$small/d-inside" "$small/d/twin2"
for n in 1 2 3; do printf x > "$small/one$n"; done; : > "$small/empty"

# Several segments, links across them, twins.
large=$work/large
mkdir -p "$large"
hex 1500000 > "$large/a"
{ hex 70000; cat "$large/a"; } > "$large/b"
{ cat "$large/a"; zeros 5000000; cat "$large/a"; } > "$large/c"
cp "$large/b" "$large/b-twin"; cp "$large/c" "$large/c-twin"
{ noise 4500000; tail -c 500000 "$large/a"; } > "$large/d"

bits() { "$DUMP" -s "$work/img1" | sed -n 's/^Filesystem incompatible features: *//p'; }
# saves BYTES: more than so many against the image without the option.
saves() {
	least=$1; shift
	"$MKFS" --quiet -T5 --mkfs-time -Uclear "$@" "$work/all" "$tree"
	saved=$(($(wc -c < "$work/all") - $(wc -c < "$work/img1")))
	[ $saved -ge "$least" ] || fail "saves $saved, not $least: $what"
}
algorithms="lz4 lz4hc lzma,1 deflate,1 zstd"
! threads_only || algorithms="lz4 zstd"
for algorithm in $algorithms; do
	can_encode "${algorithm%%,*}" || continue
	built "$small" -z$algorithm -b4096 -Ededupe
	saves 500000 -z$algorithm -b4096
	built "$small" -z$algorithm -b4096 -C65536 -Eztailpacking,dedupe --ishare
	saves 500000 -z$algorithm -b4096 -C65536 -Eztailpacking --ishare
	expect_status 0 "$FSCK" --check-ishare "$work/img1"
done
if threads_only; then
	! can_encode lz4 || built "$large" -zlz4 -b4096 -C65536 -Eztailpacking,fragments,dedupe --ishare
	echo "left out under ThreadSanitizer: other compressors and options"
	exit 0
fi
for options in "-b512 -Eztailpacking" "-b65536" "-b4096 -C1m -Elegacy-compress --ishare" "-b4096 -C8192 -Efragments" \
	"-b4096 -Eall-fragments --ishare" "-b4096 --dsunit=4 --MZ" "-b4096 --max-extent-bytes=20000 -C65536"; do
	# shellcheck disable=SC2086 # several options
	built "$small" -zdeflate,1 -Ededupe $options
done
for options in "-b4096 --ishare" "-b4096 -C65536 -Eztailpacking,fragments"; do
	# shellcheck disable=SC2086
	built "$large" -zdeflate,1 -Ededupe $options
	# shellcheck disable=SC2086
	saves 3000000 -zdeflate,1 $options
done
case $(bits) in *dedupe*) ;; *) fail "no bit: $what" ;; esac

# Files of the last letter refer to those of the second, which are cut otherwise when it turns out that the first is
# stored plain, and to themselves.
again=$work/again
mkdir "$again"; noise 4500000 > "$again/a"
for n in 1 2 3 4; do
	{ hex 33000; hex 5300; tail -c "${n}00000" "$again/a" | head -c 60000; hex 17000; } > "$again/b$n"
	hex 700 > "$work/new"; tail -c +100001 "$again/b$n" > "$work/rest"
	{ hex 1200; cat "$work/new" "$work/rest"; hex 10000; head -c 80000 "$again/b$n" | tail -c 60000
	  cat "$work/new" "$work/rest"; hex 3000; } > "$again/c$n"
done
built "$again" -zdeflate,1 -b4096 -C65536 -Ededupe --ishare
expect_status 0 "$FSCK" --check-ishare "$work/img1"

# The packed inode refers to itself, also without the option, unless fragments are only to share files.
for options in "-C16384" "-C65536 -Eztailpacking,legacy-compress --ishare"; do
	# shellcheck disable=SC2086
	built "$large" -zdeflate,1 -b4096 $options -Eall-fragments
	# shellcheck disable=SC2086
	saves 3000000 -zdeflate,1 -b4096 $options -Eall-fragments,fragdedupe=inode
done

# A range of the same segment.
mkdir "$work/within"
{ cat "$small/base"; hex 30000; cat "$small/base"; } > "$work/within/twice"
for options in "" "-C65536"; do
	# shellcheck disable=SC2086
	built "$work/within" -zdeflate,1 -b4096 -Ededupe $options
	# shellcheck disable=SC2086
	saves 60000 -zdeflate,1 -b4096 $options
done

# Nothing to share, no bit.
mkdir "$work/single"; cp "$small/base" "$work/single"
built "$work/single" -zdeflate -b4096 -Ededupe
case $(bits) in *dedupe*) fail "a bit: $what" ;; esac
is "$(layout /base)" 3

# Compressed or plain: by the file alone, also when next to nothing decides, and what decides is a link.
mixed=$work/mixed
mkdir "$mixed"
cp "$small/base" "$mixed/0-source"
for n in 8192 16384 24576 65536; do
	{ noise 2300000; head -c $n "$small/base"; } > "$mixed/rest$n"
	{ head -c $n "$small/base"; noise 2000; } > "$mixed/start$n"
done
built "$mixed" -zdeflate,1 -b4096 -Ededupe,legacy-compress
for f in "$mixed"/*; do
	layout "/${f##*/}" | tr 023 pp1
done > "$work/together"
for f in "$mixed"/*; do
	rm -rf "$work/alone"; mkdir "$work/alone"; cp "$f" "$work/alone"
	"$MKFS" --quiet -zdeflate,1 -b4096 -Ededupe,legacy-compress "$work/img1" "$work/alone"
	layout "/${f##*/}" | tr 023 pp1
done > "$work/apart"
same "$work/together" "$work/apart"
grep -q p "$work/apart" || fail "all are compressed"
