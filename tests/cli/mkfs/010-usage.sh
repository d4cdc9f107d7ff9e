#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A command line that makes no sense: status 2, one line that names the value, an old FILE untouched.
. "${srcdir:-.}/tests/lib.sh"

mkdir "$work/src"
echo old > "$work/img"

# usage MESSAGE OPTION...: with FILE and SOURCE in place.
usage() {
	message=$1; shift
	expect_status 2 "$MKFS" "$@" "$work/img" "$work/src"
	grep -qF -- "$message" "$work/err" || { cat "$work/err"; fail "no \"$message\" for $*"; }
	grep -q "^Try '.*--help' for more information.$" "$work/err" || fail "no hint for $*"
	[ "$(cat "$work/img")" = old ] || fail "FILE was touched by $*"
}

usage "unrecognized option '--frob'" --frob
usage "invalid option -- 'Q'" -Q
usage "invalid block size 1000" -b1000
usage "invalid block size 256" -b 256
usage "invalid block size 128k" -b128k
usage "invalid block size x" -bx
usage "invalid physical clustersize 5000" -C5000
usage "invalid physical clustersize 0" -C0
usage "invalid debug level 10" -d10
usage "invalid debug level x" -dx
usage "invalid volume label 1234567890123456" -L1234567890123456
usage "invalid UNIX timestamp -1" -T-1
usage "invalid UNIX timestamp 1k" -T1k
usage "invalid UUID 0011" -U0011
usage "invalid UUID 00112233445566778899aabbccddeeff" -U00112233445566778899aabbccddeeff
usage "invalid xattr tolerance two" -x two
usage "unknown extended option nothing" -E48bit,nothing
usage "unknown extended option" -E,
usage "unknown extended option" -E48bit,
usage "unknown extended option ^" -E^
usage "invalid extended option value 48bit=1" -E48bit=1
usage "invalid extended option value fragments=" -Efragments=
usage "unsupported zfeature bit 8" --zfeature-bits=256
usage "unknown fingerprint algorithm md5" --ishare=md5
usage "unknown fingerprint algorithm" --ishare=
usage "invalid name for the fingerprint attribute: \"\"" --ishare=sha256,name=
usage "invalid name for the fingerprint attribute: \"user.\"" --ishare=sha256,name=user.
usage "invalid name for the fingerprint attribute: \"security.selinux\"" --ishare=sha256,name=security.selinux
usage "invalid name for the fingerprint attribute" --ishare=sha256,name=security.capability
usage "invalid name for the fingerprint attribute" --xattr-inode-digest=system.posix_acl_access
usage "invalid name for the fingerprint attribute" --xattr-inode-digest="$(printf 'user.%0251d' 0)"
usage "invalid --ishare value title=x" --ishare=sha256,title=x
usage 'invalid metazone flags `x`' --MZ=x
usage "inode metadata must be in the metadata zone" --MZ=d
usage "invalid --async-queue-limit 3: not a power of two" --async-queue-limit=3
usage "--blobdev must be used together with --chunksize" --blobdev="$work/blob"
usage "--blobdev cannot work with block map" --blobdev="$work/blob" --chunksize=65536 -Eforce-inode-blockmap
usage "chunksize 5000 must be a power of two" --chunksize=5000
usage "chunksize 512 must not be smaller than the block size 4096" -b4096 --chunksize=512
usage "invalid --chunksize 64k" --chunksize=64k
usage "invalid --clean=all" --clean=all
usage "invalid --dsunit x" --dsunit=x
usage "invalid uid -1" --force-uid=-1
usage "invalid gid 4294967295" --force-gid=4294967295
usage "invalid uid offset x" --uid-offset=x
usage "invalid disk offset -5" --offset=-5
usage "invalid disk offset 4k" --offset=4k
usage "invalid --ovlfs-strip=2" --ovlfs-strip=2
usage "invalid the minimum inline xattr size x" --root-xattr-isize=x
usage "invalid --sort=size" --sort=size
usage "invalid number of workers -1" --workers=-1
usage "invalid xattr name prefix" --xattr-prefix="$(printf '%0256d' 0)"
usage "invalid xattr name prefix" --xattr-prefix=

expect_status 2 "$MKFS"
grep -q "missing argument: FILE" "$work/err" || fail "no FILE"
expect_status 2 "$MKFS" "$work/img"
grep -q "missing argument: SOURCE" "$work/err" || fail "no SOURCE"
expect_status 2 "$MKFS" "$work/img" "$work/src" extra
grep -q "unexpected argument: extra" "$work/err" || fail "extra operand"
set --
for i in $(seq 129); do set -- "$@" "--xattr-prefix=user.$i."; done
usage "more than 128 xattr name prefixes" "$@"
# The first bad option ends the run; -V and -h end it well.
expect_status 2 "$MKFS" -U foo --help
expect_status 0 "$MKFS" --help -U foo
expect_status 0 "$MKFS" -V --frob
[ ! -e "$work/blob" ] || fail "a blob was made"
