#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Speed and memory against a peer erofs-utils, as ratios within one run: each pair of commands is run in
# turn (A B A B ...), the median of each counts. Not a test: nothing here passes or fails.
#
#   tests/bench/bench.sh [-n RUNS] [-b BUILD-DIR] [-p PEER-PREFIX] [-t] [-z] [-r] [-o ROW]... TREE [TREE...]
#
# TREE is a real root file system (>= 400 MB says something). PEER-PREFIX is put before "mkfs.erofs ..." to
# run erofs-utils 1.9 or later; without one, the rows that need it are skipped and say so. -z adds the
# compressed builds, all of which take some ten minutes a run; -o picks them by their options, as a pattern of the
# shell ("zstd*", "*48bit"), and leaves out everything else. -r adds reading of compressed images that the peer
# built, with processor time in place of wall time, which says more where other work goes on.
# -t adds builds from tar archives.
set -eu
LC_ALL=C; export LC_ALL
runs=5; build=build; peer=; archives=; compressed=; reading=; rows=
usage() { sed -n '6s/^# *//p' "$0" >&2; exit 2; }
while getopts n:b:p:tzro: o; do
	case $o in
	n) runs=$OPTARG;; b) build=$OPTARG;; p) peer=$OPTARG;; t) archives=1;; z) compressed=1;; r) reading=1;;
	o) rows="$rows $OPTARG";;
	*) usage;;
	esac
done
shift $((OPTIND - 1))
[ $# -ge 1 ] || usage
mkfs=$build/mkfs.erofs; fsck=$build/fsck.erofs; dump=$build/dump.erofs
work=$(mktemp -d "${TMPDIR:-/tmp}/erofs-bench.XXXXXX")
trap 'rm -rf "$work"' EXIT; trap 'exit 1' INT TERM

# measure FILE COMMAND...: appends "seconds kilobytes user system" to FILE.
measure() {
	f=$1; shift
	/usr/bin/time -a -o "$f" -f '%e %M %U %S' "$@" >/dev/null 2>"$work/err" || { cat "$work/err" >&2; exit 1; }
}

# median N FILE: of that column.
median() { awk -v c="$1" '{print $c}' "$2" | sort -n | awk '{v[NR]=$1} END {print v[int((NR+1)/2)]}'; }

# pair NAME TARGET 'COMMAND A' 'COMMAND B': prints medians and the ratio A/B of wall seconds. Images are
# removed before they are made: replacing one makes some file systems write it out first.
pair() {
	rm -f "$work/a" "$work/b"
	i=0
	while [ $i -le "$runs" ]; do
		# The first round warms the page cache and is not counted.
		[ $i != 1 ] || rm -f "$work/a" "$work/b"
		case $3 in *"$mkfs "*) rm -f "$work"/*.erofs ;; esac
		measure "$work/a" sh -c "exec $3"
		measure "$work/b" sh -c "exec $4"
		i=$((i + 1))
	done
	awk -v n="$1" -v t="$2" -v a="$(median 1 "$work/a")" -v b="$(median 1 "$work/b")" \
		-v ma="$(median 2 "$work/a")" -v mb="$(median 2 "$work/b")" 'BEGIN {
		printf "| %s | %.2f s, %.0f MB | %.2f s, %.0f MB | %.2f | %s |\n",
			n, a, ma / 1024, b, mb / 1024, (b > 0 ? a / b : 0), t }'
}

# cpu FILE COMMAND...: appends the seconds of processor time and kilobytes to FILE.
cpu() {
	f=$1; shift
	/usr/bin/time -a -o "$f" -f '%U %S %M' "$@" >/dev/null 2>"$work/err" || { cat "$work/err" >&2; exit 1; }
}
# cpu_pair NAME TARGET WORKERS 'COMMAND A' 'COMMAND B': as pair; the ratio is A/B divided by WORKERS, what
# wall time comes to where each worker has a processor.
cpu_pair() {
	rm -f "$work/a" "$work/b"
	i=0
	while [ $i -lt "$runs" ]; do
		cpu "$work/a" sh -c "exec $4"
		cpu "$work/b" sh -c "exec $5"
		i=$((i + 1))
	done
	for f in a b; do awk '{print $1 + $2, $3}' "$work/$f" >"$work/$f.sum"; done
	awk -v n="$1" -v t="$2" -v w="$3" -v a="$(median 1 "$work/a.sum")" -v b="$(median 1 "$work/b.sum")" \
		-v ma="$(median 2 "$work/a.sum")" -v mb="$(median 2 "$work/b.sum")" 'BEGIN {
		printf "| %s | %.2f s, %.0f MB | %.2f s, %.0f MB | %.2f | %s |\n",
			n, a, ma / 1024, b, mb / 1024, (b > 0 ? a / b / w : 0), t }'
}
# read_rows TREE: processor time of checking and printing what the peer compressed.
read_rows() {
	for z in "lz4hc,9 -C65536" "zstd,3 -C65536" "deflate,1 -C65536" "lzma,1 -C65536"; do
		$peer mkfs.erofs --quiet --xattr-inode-digest -z$z "$work/read.erofs" "$1" >"$work/err" 2>&1 ||
			{ cat "$work/err" >&2; exit 1; }
		theirs="$peer fsck.erofs --xattr-inode-digest $work/read.erofs"
		cpu_pair "fsck --check-ishare, -z$z, 1 worker" "<= 1.0" 1 \
			"$fsck --check-ishare --workers=1 $work/read.erofs" "$theirs"
		cpu_pair "the same, 2 workers" "<= 0.60" 2 \
			"$fsck --check-ishare --workers=2 $work/read.erofs" "$theirs"
		cpu_pair "fsck --extract, 1 worker" "<= 1.0" 1 "$fsck --extract --workers=1 $work/read.erofs" \
			"$peer fsck.erofs --extract $work/read.erofs"
		largest=$(find "$1" -xdev -type f -printf '%s /%P\n' | sort -n | tail -n 1 | cut -d' ' -f2-)
		cpu_pair "dump --cat of the largest file" "<= 1.0" 1 \
			"$dump --cat --path=$largest $work/read.erofs" \
			"$peer dump.erofs --cat --path=$largest $work/read.erofs"
	done
}

# compressed_row OPTIONS WALL-TARGET SIZE-TARGET: a build with -zOPTIONS and fingerprints, ours and the peer's.
compressed_row() {
	rm -f "$work/a" "$work/b"
	i=0
	while [ $i -lt "$runs" ]; do
		rm -f "$o" "$p"
		# shellcheck disable=SC2086 # OPTIONS are several
		measure "$work/a" "$mkfs" --quiet -T0 --workers=2 --ishare=sha256 -z$1 "$o" "$tree"
		# shellcheck disable=SC2086 # both are several
		measure "$work/b" $peer mkfs.erofs --quiet -T0 --workers=2 --xattr-inode-digest -z$1 "$p" "$tree"
		i=$((i + 1))
	done
	for f in a b; do
		awk '{ print $1, $2, $3 + $4 }' "$work/$f" > "$work/$f.sum"
		echo "$(median 1 "$work/$f.sum") $(median 2 "$work/$f.sum") $(median 3 "$work/$f.sum")"
	done > "$work/medians"
	awk -v n="$1" -v wall="$2" -v size="$3" -v sa="$(stat -c %s "$o")" -v sb="$(stat -c %s "$p")" '
	{ w[NR] = $1; m[NR] = $2; c[NR] = $3 }
	END {
		if (w[2] == 0 || c[2] == 0) { printf "| %s | (too short to measure) |\n", n; exit }
		printf "| %s | %.2f / %.2f s | %.2f | <= %s | %.2f / %.2f s | %.2f ", n, w[1], w[2],
			w[1] / w[2], wall, c[1], c[2], c[1] / c[2]
		printf "| %.1f / %.1f MB | %.3f | <= %s | %.0f / %.0f MB |\n", sa / 1e6, sb / 1e6, sa / sb,
			size, m[1] / 1024, m[2] / 1024
	}' "$work/medians"
}

# Whether a row is asked for.
wanted() {
	[ -n "$rows" ] || return 0
	for r in $rows; do
		# shellcheck disable=SC2254 # a pattern
		case $1 in $r) return 0 ;; esac
	done
	return 1
}

# Targets are ratios, ours to the peer's.
compressed_table() {
	echo
	echo "| -z | wall | ratio | target | CPU | ratio | size | ratio | target | memory |"
	echo "|---|---|---|---|---|---|---|---|---|---|"
	# Once through the page cache.
	tar -cf - -C "$tree" . 2>/dev/null | cat > /dev/null
	while read -r wall size options; do
		! wanted "$options" || compressed_row "$options" "$wall" "$size"
	done <<-EOT
		0.80 1.000 lz4
		0.90 1.000 lz4hc,9
		0.95 1.001 lz4hc,12 -C65536
		0.30 0.995 zstd,3 -C65536
		0.50 1.001 zstd,3
		1.00 1.000 deflate,6
		0.92 1.002 lzma,6 -C65536
		0.50 1.000 lz4hc,9 -C65536 -Eztailpacking,fragments,dedupe
		0.85 1.000 zstd,3 -C65536 -E48bit
	EOT
}

set -f # patterns of -o are not for the shell
# archive_rows TREE
archive_rows() {
	tar -C "$1" --format=posix -cf "$work/t.tar" .
	gzip -c "$work/t.tar" > "$work/t.tar.gz"
	pair "tar, mkfs --tar=f --ishare against the peer's" "<= 0.80" \
		"$mkfs --quiet -T0 --tar=f --ishare=sha256 $o < $work/t.tar" \
		"$peer mkfs.erofs --quiet -T0 --tar=f --xattr-inode-digest $p < $work/t.tar"
	pair "the same from a pipe" "<= 0.80" \
		"sh -c 'cat $work/t.tar | $mkfs --quiet -T0 --tar=f --ishare=sha256 $o'" \
		"sh -c 'cat $work/t.tar | $peer mkfs.erofs --quiet -T0 --tar=f --xattr-inode-digest $p'"
	pair "the same, --sort=none -Enoinline_data" "<= 0.80" \
		"sh -c 'cat $work/t.tar | $mkfs --quiet -T0 --tar=f --sort=none -Enoinline_data --ishare=sha256 $o'" \
		"sh -c 'cat $work/t.tar | $peer mkfs.erofs --quiet -T0 --tar=f --sort=none -Enoinline_data --xattr-inode-digest $p'"
	pair "tar from a pipe, packed with gzip" "<= 0.85" \
		"sh -c 'cat $work/t.tar.gz | $mkfs --quiet -T0 --tar=f --ungzip --ishare=sha256 $o'" \
		"sh -c 'cat $work/t.tar.gz | $peer mkfs.erofs --quiet -T0 --tar=f --ungzip --xattr-inode-digest $p'"
	rm -f "$work/t.tar" "$work/t.tar.gz"
}

echo "machine: $(nproc) x $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), Linux $(uname -r), $(date +%F); median of $runs"
for tree; do
	inodes=$(find "$tree" -xdev | wc -l)
	echo "tree: $(basename "$tree"), $(du -sxm "$tree" | cut -f1) MB, $inodes names"
	o=$work/ours.erofs; u=$work/plain.erofs; p=$work/peer.erofs
	if [ -n "$rows" ]; then
		[ -z "$peer" ] || compressed_table
		continue
	fi
	echo
	echo "| what (A against B) | A | B | A/B | target |"
	echo "|---|---|---|---|---|"
	ours="$mkfs --quiet -T0 --ishare=sha256 $o $tree"
	pair "mkfs --ishare against mkfs without" "<= 1.10" "$ours" "$mkfs --quiet -T0 $u $tree"
	if [ -n "$peer" ]; then
		pair "mkfs --ishare against the peer's" "<= 0.75" "$ours" \
			"$peer mkfs.erofs --quiet -T0 --xattr-inode-digest $p $tree"
		pair "fsck --check-ishare against the peer's, 2 workers" "<= 0.60" \
			"$fsck --check-ishare --workers=2 $o" "$peer fsck.erofs --xattr-inode-digest $p"
	else
		echo "| (rows against a peer left out: no -p) | | | | |"
	fi
	[ -z "$reading" ] || [ -z "$peer" ] || read_rows "$tree"
	[ -z "$archives" ] || [ -z "$peer" ] || archive_rows "$tree"
	rm -f "$work/m" "$work/g"
	measure "$work/m" sh -c "exec $ours"
	awk -v m="$(median 2 "$work/m")" -v n="$inodes" \
		'BEGIN {printf "| mkfs --ishare peak memory | %.1f MB | | | <= %.1f MB |\n", m / 1024, 40 + n * 600 / 1048576}'
	set -- "$o" "$o" "$o" "$o" "$o" "$o" "$o" "$o" "$o" "$o"
	for i in 0 1 2 3 4 5; do measure "$work/g" "$dump" --ishare-groups "$@"; done
	awk -v s="$(median 1 "$work/g")" -v m="$(median 2 "$work/g")" \
		'BEGIN {printf "| dump --ishare-groups over ten such images | %.2f s, %.0f MB | | | < 1.5 s |\n", s, m / 1024}'
	[ -z "$compressed" ] || [ -z "$peer" ] || compressed_table
	echo
done
