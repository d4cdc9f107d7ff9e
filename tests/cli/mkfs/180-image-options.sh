#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Each option about the layout: the image is sound, has the property asked for and the same content.
. "${srcdir:-.}/tests/lib.sh"

mkdir -p "$work/src/d"
seq 1 3000 > "$work/src/d/seq"
cp "$work/src/d/seq" "$work/src/d/twin"
head -c 4096 "$work/src/d/seq" > "$work/src/block"
echo small > "$work/src/small"
: > "$work/src/empty"
truncate -s 1000000 "$work/src/sparse"
ln -s d/seq "$work/src/link"
sb() { "$DUMP" -s "$work/img" | sed -n "s/^Filesystem $1: *//p" | sed 's/ $//'; }
layout() { "$DUMP" --path="$1" "$work/img" | sed -n 's/.*Layout: \([0-9]\).*/\1/p'; }

# built OPTION...: sound, and every file reads as it should.
built() {
	"$MKFS" --quiet "$@" "$work/img" "$work/src" || fail "mkfs $*"
	expect_status 0 "$FSCK" "$work/img"
	for f in d/seq d/twin block small empty sparse; do
		"$DUMP" --cat --path="/$f" "$work/img" | cmp - "$work/src/$f" || fail "/$f with $*"
	done
	what=$*
}
# is GOT WANT
is() { [ "$1" = "$2" ] || fail "\"$1\" is not \"$2\" with $what"; }

built
is "$(sb 'incompatible features')" ""
is "$(sb blocksize)" "$(getconf PAGESIZE)"
for b in 512 1024 2k 4096 8192 16384 32k 65536; do
	built -b$b
	case $b in *k) b=$((${b%k} * 1024)) ;; esac
	is "$(sb blocksize)" $b
done
built -b4096 -Enoinline_data
is "$(layout /small)" 0; is "$(layout /link)" 2
built -b4096 -Enoinline_data,inline_data
is "$(layout /small)" 2; is "$(layout /block)" 0
built -b4096 -E^inline_data
is "$(layout /small)" 0
built -Eforce-inode-extended -T1
"$DUMP" --path=/small "$work/img" | grep -q '^Inode size: 64' || fail "not extended"
built -Eforce-inode-compact
"$DUMP" --path=/small "$work/img" | grep -q '^Inode size: 32' || fail "not compact"
built -Enosbcrc
is "$(sb 'compatible features')" mtime
built -E^nosbcrc
is "$(sb 'compatible features')" "sb_csum mtime"
built -b4096 --chunksize=4096
is "$(sb 'incompatible features')" chunked_file; is "$(layout /d/seq)" 4
[ "$(wc -c < "$work/img")" -lt 40000 ] || fail "holes or twins take space"
built -b4096 --chunksize=65536 -Eforce-chunk-indexes
is "$(layout /d/seq)" 4
built -b4096 --chunksize=8192 -Eforce-inode-blockmap
is "$(layout /d/seq)" 4
built -b4096 -Ededupe
is "$(layout /d/twin)" 4
built -E48bit
case $(sb 'incompatible features') in *48bit*) ;; *) fail "no 48bit" ;; esac
built -Edot-omitted
"$DUMP" --ls --path=/d "$work/img" | grep -Eq '^ *[0-9]+ +2 +\.$' && fail "a . entry"
built --zfeature-bits=0xc0
case $(sb 'incompatible features') in *48bit*) ;; *) fail "no 48bit by bits" ;; esac
built --MZ
built --MZ=id --MZ=0
built -L name --dsunit=4 --fsalignblks=100
is "$(($(wc -c < "$work/img") / $(sb blocksize) % 128))" 0
built -b4096 --chunksize=4096 --dsunit=4
built -C65536 -Efragments,ztailpacking,all-fragments,fragdedupe=full,legacy-compress
is "$(sb 'incompatible features')" ""
built --ishare -E^xattr-name-filter
case $(sb 'compatible features') in *xattr_filter*) fail "a filter" ;; *ishare_xattrs*) ;; *) fail "no ishare" ;; esac
built --ishare
case $(sb 'compatible features') in *xattr_filter*ishare_xattrs*) ;; *) fail "no filter" ;; esac
built --ishare=none
is "$(sb 'compatible features')" "sb_csum mtime"
built --ishare --xattr-inode-digest=trusted.erofs.fp --ishare=none,name=x
is "$(sb 'compatible features')" "sb_csum mtime"
built -z '' --zD=0 --aufs --sort=none --clean=rvsp --async-queue-limit=64 --root-xattr-isize=64 --hard-dereference

# At an offset, and with a blob beside the image.
"$MKFS" --quiet --offset=8192 "$work/img" "$work/src"
expect_status 0 "$FSCK" --offset=8192 "$work/img"
cmp -n 8192 "$work/img" /dev/zero || fail "something before the offset"
"$MKFS" --quiet -b4096 --chunksize=4096 --blobdev="$work/blob" "$work/img" "$work/src"
expect_status 0 "$FSCK" --device="$work/blob" "$work/img"
"$DUMP" --device="$work/blob" --cat --path=/d/seq "$work/img" | cmp - "$work/src/d/seq" || fail "content in a blob"
