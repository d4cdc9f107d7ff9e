#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Images that hold more than anyone can read: what is stored once is decoded once, within a bounded memory,
# and --max-size refuses the rest.
. "${srcdir:-.}/tests/lib.sh"
can_decode lz4 || skip "this build lacks lz4"
bomb=$builddir/tests/compressed/bomb
# 64 MiB for two workers and all they need; a sanitizer takes more for itself.
[ -n "${SANITIZER_FLAGS:-}" ] || limit="ulimit -d 65536;"
within() { expect_status "$1" sh -c "${limit:-} ulimit -t 20; exec \"\$@\"" sh "$FSCK" --workers=2 "$2" "$3"; }

# A hundred gigabytes in half a megabyte.
"$bomb" "$work/bomb" 100000000000 || fail "cannot make the image"
[ "$(stat -c %s "$work/bomb")" -lt 1000000 ] || fail "the bomb is large"
"$DUMP" --path=/file "$work/bomb" | grep -q '^Size: 9999[0-9]* ' || fail "$("$DUMP" --path=/file "$work/bomb")"
within 0 --extract "$work/bomb"
# It is read from end to end: damage in the second pcluster, which the last extent has, is found.
cp "$work/bomb" "$work/damaged"
printf '\360' | dd of="$work/damaged" bs=1 seek=$(($(stat -c %s "$work/bomb") - 6)) conv=notrunc 2>/dev/null
within 4 --extract "$work/damaged"
grep -q '\[data-decode\]$' "$work/err" || fail "$(cat "$work/err")"

for action in --extract "--extract=$work/unpacked" --check-ishare; do
	expect_status 8 "$FSCK" --max-size=10g "$action" "$work/bomb"
	grep -q 'bomb: not decoded: its files hold 9999[0-9]* bytes, more than --max-size=10737418240$' \
		"$work/err" || fail "$(cat "$work/err")"
done
[ ! -e "$work/unpacked" ] || fail "something was extracted"
expect_status 0 "$FSCK" --max-size=10g "$work/bomb"
expect_status 16 "$FSCK" --max-size=10x "$work/bomb"
expect_status 16 "$FSCK" --max-size=0 "$work/bomb"

# The limit is the sum of the files.
"$bomb" "$work/small" 30000000
size=$((2 * 12 * 1024 * 1024))
expect_status 0 "$FSCK" --max-size=$size --extract "$work/small"
expect_status 8 "$FSCK" --max-size=$((size - 1)) --extract "$work/small"
within 0 "--extract=$work/small.d" "$work/small"
[ "$(head -c $((size / 2)) "$work/small.d/file" | tr -d a | wc -c)" = 0 ] || fail "other content"
[ "$(tail -c $((size / 2)) "$work/small.d/file" | tr -d b | wc -c)" = 0 ] || fail "other content"

# Nor do pclusters of a mebibyte take more memory, whatever the codec.
mkdir "$work/tree"
for i in 1 2 3 4; do { seq $i $((i + 300000)); head -c 15000000 /dev/zero; } >"$work/tree/$i"; done
for codec in lz4hc lzma,0 deflate zstd; do
	can_build -z$codec || continue
	"$MKFS" --quiet --ishare -z$codec -C1048576 -b4096 "$work/large" "$work/tree" || fail "cannot build"
	within 0 --extract "$work/large"
	within 0 --check-ishare "$work/large"
done
rm -r "$work/tree"

# Holes take no time either.
mkdir "$work/tree"
truncate -s 100G "$work/tree/sparse" 2>/dev/null || skip "no sparse files of 100 GB here"
"$MKFS" --quiet --chunksize=1048576 "$work/sparse" "$work/tree" || fail "cannot build"
within 0 --extract "$work/sparse"
