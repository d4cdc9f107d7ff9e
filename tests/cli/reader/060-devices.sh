#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Images with extra devices: each takes as many of --device as its table lists, in order.
. "${srcdir:-.}/tests/lib.sh"

cd "$work"
mkdir a b
yes a | head -c 100000 > a/file
yes b | head -c 50000 > b/file
"$MKFS" --quiet --ishare=sha256 --chunksize=4096 --blobdev=a.blob a.erofs a
"$MKFS" --quiet --ishare=sha256 --chunksize=4096 --blobdev=b.blob b.erofs b
"$MKFS" --quiet --ishare=sha256 plain.erofs a

expect_status 0 "$READ" cat --device=a.blob a.erofs /file
same out a/file
expect_status 0 "$READ" replay --device=a.blob --device=b.blob a.erofs plain.erofs b.erofs
grep -q 'shared and unshared are equal' out || fail "not equal"
# 25 pages that two images share, and 13.
grep -q '^shared  *38 ' out || { cat out >&2; fail "figures"; }
expect_status 1 "$READ" replay --device=a.blob --device=b.blob a.erofs
grep -q '1 extra devices belong to no image' err || { cat err >&2; fail "a device too many"; }
expect_status 1 "$READ" cat a.erofs /file
[ -s err ] || fail "no message without the device"
