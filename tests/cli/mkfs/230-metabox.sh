#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Inodes in the metabox: plain or compressed by an algorithm of their own, as all readers see them; attributes of
# many files; all files tagged; algorithms of files as without it.
. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/cli/mkfs/built.sh"

small=$work/small
mkdir -p "$small/d" "$small/many"
: > "$small/empty"
for n in 1 4095 4096 4097; do zeros $n > "$small/zero$n"; noise $n > "$small/noise$n"; done
noise 100000 > "$small/noise"; seq 1 70000 > "$small/text"; cp "$small/text" "$small/d/twin"
ln -s text "$small/link"
seq 1 1200 | (cd "$small/many" && split -l 1 -a 4)
sb() { "$DUMP" -s "$work/img1" | sed -n "s/^Filesystem $1: *//p"; }

# shellcheck disable=SC2086 # several options
for options in "-b4096 -m4096" "-b512 -m1024 -C1024" "-b4096 -m4096:deflate" "-b4096 -m4096 --chunksize=4096 --zD" \
	"-b4096 -zdeflate -C16384 -m16384 --ishare" "-b4096 -zdeflate -m4096 -Efragments,ztailpacking --zD --ishare" \
	"-b65536 -m65536:deflate,9 --MZ" "-b4096 -zdeflate -m4096:0 -Edot-omitted,legacy-compress -Enoinline_data"; do
	built "$small" $options
	is "$(sb 'root nid')" 9223372036854775808
	is "$(sb sb_size)" 144
	case $(sb 'incompatible features') in *"48bit metabox"*) ;; *) fail "no bits: $what" ;; esac
	"$DUMP" -s "$work/img1" | grep -q '^Required upstream Linux kernel version: *6.17$' || fail "not 6.17: $what"
done
if can_encode lz4 && can_encode zstd; then
	built "$small" -b4096 -zlz4 -C65536 -m65536:zstd,9 --ishare
	is "$(sb compr_algs)" "lz4, zstd"
	built "$small" -b4096 -m4096:zstd -zlz4
	"$DUMP" --path=/text "$work/img1" > "$work/with"
	built "$small" -b4096 -zlz4
	"$DUMP" --path=/text "$work/img1" | grep "On-disk size" > "$work/without"
	grep "On-disk size" "$work/with" | cmp - "$work/without" || fail "another algorithm for files"
fi
can_encode lz4 && built "$small" -b4096 -m4096:lz4

# Everything is tagged.
built "$small" -b4096 -zdeflate -C65536 -m65536 -Efragments --ishare
"$FSCK" --check-ishare "$work/img1" > "$work/out" || fail "fingerprints: $what"
tagged=$(find "$small" -type f -size +0c | wc -l)
grep -q ": $tagged of $tagged files tagged, $tagged verified" "$work/out" || { cat "$work/out"; fail "tags: $what"; }

# Attributes that many files have, beside those of one.
if command -v setfattr >/dev/null && setfattr -n user.all -v same "$small/text" 2>/dev/null; then
	for f in "$small"/zero* "$small"/noise*; do
		setfattr -n user.all -v same "$f"; setfattr -n user.own -v "${f##*/}" "$f"
	done
	built "$small" -b4096 -m4096 --ishare -x1
	if [ -n "$kernel" ] && mount -t erofs -o loop,ro "$work/img1" "$work/mnt" 2>/dev/null; then
		for f in zero1 noise4097 noise; do
			getfattr --absolute-names -d "$work/mnt/$f" | grep -c '^user' > "$work/count"
			[ "$(cat "$work/count")" = 2 ] || { umount "$work/mnt"; fail "attributes of $f"; }
		done
		umount "$work/mnt"
	fi
fi

refused "invalid metabox option 0" -m0
refused "invalid metabox option 5000" -b4096 -m5000
refused "invalid metabox option 4096:1" -b4096 -zdeflate -m4096:1
refused "invalid metabox option 4096:0" -b4096 -m4096:0
refused "invalid metabox option 4096:" -b4096 -m4096:
refused "pcluster size (2 blocks) for metabox inode exceeds maximum" -b4096 -zdeflate -m8192
refused "Cannot find a valid compressor gzip" -b4096 -m4096:gzip
refused "invalid compression level 99 for deflate" -b4096 -m4096:deflate,99
