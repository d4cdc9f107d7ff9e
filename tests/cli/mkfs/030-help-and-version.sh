#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The texts that callers look at: -V and --help go to standard output, with status 0.
. "${srcdir:-.}/tests/lib.sh"

expect_status 0 "$MKFS" -V
[ ! -s "$work/err" ] || fail "-V writes to standard error"
sed -n 1p "$work/out" | grep -Eqx 'mkfs\.erofs \(erofs-ishare\) [0-9]+\.[0-9]+\.[0-9]+' || fail "first line of -V"
sed -n 2p "$work/out" | grep -q '^available compressors: ' || fail "second line of -V"
cp "$work/out" "$work/version"
expect_status 0 "$MKFS" --version
same "$work/out" "$work/version"
expect_status 0 "$MKFS" --help
[ ! -s "$work/err" ] || fail "--help writes to standard error"
sed -n 1p "$work/out" | grep -qxF "Usage: $MKFS [OPTIONS] FILE SOURCE(s)" || fail "first line of --help"
grep -q 'only sha256 shares' "$work/out" || fail "--help does not say what shares"
# Callers look here for what a build can do, a line each; what it cannot do must not stand here.
sed -n 's/^available compressors: //p' "$work/version" | tr -d ' ' | tr ',' '\n' > "$work/names"
sed -e '1,/^Algorithms of this build:/d' -e 's/^ \{25\}//' -e 's/\[.*//' "$work/out" > "$work/listed"
same "$work/names" "$work/listed"
for name in lz4 lz4hc lzma deflate libdeflate zstd; do
	grep -qx $name "$work/names" || ! sed 1d "$work/out" | grep -qw $name || fail "--help names $name, which is missing here"
done
cp "$work/out" "$work/help"
expect_status 0 "$MKFS" -h extra operands here
same "$work/out" "$work/help"
# Help that cannot be written has failed.
if [ -e /dev/full ]; then
	for option in --help -V; do
		got=0; "$MKFS" $option > /dev/full 2> "$work/err" || got=$?
		[ $got = 1 ] || fail "status $got for $option on a full disk"
		grep -q 'cannot write to standard output' "$work/err" || fail "$(cat "$work/err")"
	done
fi
