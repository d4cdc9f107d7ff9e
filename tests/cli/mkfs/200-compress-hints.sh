#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Files compressed in different ways: by --compress-hints, whose errors name the line, and with limited extents.
. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/compressed/tree.sh"
can_encode deflate || skip "a build without DEFLATE"

tree=$work/tree hints=$work/hints
mkdir -p "$tree/lib dir"
noise 40000 | od -An -v -tx1 | head -c 100000 > "$tree/a.txt" # some 40 KB
for name in b.log keep "lib dir/c.so"; do cp "$tree/a.txt" "$tree/$name"; done
cp "$tree/a.txt" "$tree/twin.txt"
text 9000000 2 > "$tree/large.keep"

build() { expect_status 0 "$MKFS" -T0 -Uclear -b4096 "$@" "$work/img" "$tree"; }
field() { "$DUMP" --path="$1" "$work/img" | sed -n "s/.*$2: \\([0-9]*\\).*/\\1/p"; }
extents() { "$DUMP" --path="$1" -e "$work/img" | sed -n 's/.*: \([0-9]*\) extents found/\1/p'; }
longest() { "$DUMP" --path="$1" -e "$work/img" | sed -n "s/.*| *\\([0-9]*\\) :.*| *\\([0-9]*\\)\$/\\$2/p" | sort -n | tail -1; }
is() { [ "$1" = "$2" ] || fail "\"$1\" is not \"$2\": $3"; }
sound() {
	expect_status 0 "$FSCK" --extract="$work/out.d" --overwrite "$work/img"
	diff -r "$tree" "$work/out.d" >&2 || fail "$1"
}

# Sizes, algorithms, blanks in expressions, the first rule that matches, comments, DOS lines.
printf '# sizes\n\n\t16384\t\\.log$\r\n0 keep\n8192 1 ^lib dir/.*\\.so\n4096 0 \\.so\n' > "$hints"
build -zdeflate,1:deflate,9 -C65536 --compress-hints="$hints"
is "$(longest a.txt 2)" "$(longest twin.txt 2)" "equal files"
[ "$(longest a.txt 2)" -gt 16384 ] || fail "a.txt takes small clusters"
is "$(longest b.log 2)" 16384 b.log
is "$(longest "lib dir/c.so" 2)" 8192 c.so
is "$(field keep Layout)" 2 keep
is "$(field large.keep Layout)" 2 large.keep
sound "hints"
cp "$work/img" "$work/first"
build -zdeflate,1 -zdeflate,9 -C65536 --compress-hints="$hints" --workers=3
same "$work/img" "$work/first"

# The same content stored in two ways is not taken for a copy.
printf '4096 twin\n' > "$hints"
build -zdeflate -C65536 --compress-hints="$hints"
is "$(longest twin.txt 2)" 4096 twin.txt
sound "twins of different hints"

# Two algorithms in one image, and what a reader has to know of them.
if can_encode zstd; then
	printf '65536 1 a.txt\n' > "$hints"
	build -zdeflate:zstd --compress-hints="$hints"
	grep -q "update max pclustersize to 16 blocks" "$work/err" || fail "no warning of larger clusters"
	expect_status 0 "$DUMP" "$work/img"
	grep -q "compr_algs: *deflate, zstd" "$work/out" || fail "algorithms: $(cat "$work/out")"
	grep -q "kernel version: *6.10" "$work/out" || fail "minimum kernel"
	sound "two algorithms"
	build -zdeflate:zstd
	expect_status 0 "$DUMP" "$work/img"
	grep -q "compr_algs: *deflate *\$" "$work/out" || fail "an algorithm that no file uses"
fi

# Rules that make no sense.
# bad STATUS MESSAGE
bad() {
	printf '# first\n%s\n' "$rule" > "$hints"
	echo old > "$work/img"
	expect_status "$1" "$MKFS" -b4096 -zdeflate --compress-hints="$hints" "$work/img" "$tree"
	grep -q "$2" "$work/err" || { cat "$work/err"; fail "\"$rule\": no \"$2\""; }
	[ "$1" = 0 ] || [ "$(cat "$work/img")" = old ] || fail "\"$rule\": FILE was touched"
}
rule='4096'; bad 1 'cannot find a match pattern at line 2'
rule='4096 1 x'; bad 1 'invalid compressing configuration "1" at line 2'
rule='4096 -1 x'; bad 1 'invalid compressing configuration "-1" at line 2'
rule='4096 a b'; bad 1 'invalid compressing configuration "a" at line 2'
rule='x y'; bad 1 'line 2: invalid physical clustersize x'
rule='-4096 y'; bad 1 'line 2: invalid physical clustersize -4096'
rule='2097152 y'; bad 1 'line 2: pcluster size (512 blocks) is too large'
rule='4096 a('; bad 1 'line 2: invalid regular expression "a("'
rule='4096 (a*)x\1$'; bad 1 'line 2: invalid regular expression .*: back-references are not supported'
rule='5000 y'; bad 0 'line 2: physical clusters of 5000 bytes are not a multiple'
rm "$hints"; mkdir "$hints"
expect_status 1 "$MKFS" -zdeflate --compress-hints="$hints" "$work/img" "$tree"
expect_status 1 "$MKFS" -zdeflate --compress-hints="$work/none" "$work/img" "$tree"
grep -q "failed to load compress hints $work/none" "$work/err" || fail "a file that is not there"

# Extents of limited size.
for bytes in 6000 10000 16384; do
	build -zdeflate -C65536 --max-extent-bytes=$bytes
	[ "$(longest a.txt 1)" -le $bytes ] || fail "extents of more than $bytes bytes"
	sound "extents of $bytes bytes"
done
[ "$(extents a.txt)" -ge 7 ] || fail "extents of a.txt"
expect_status 1 "$MKFS" -b4096 -zdeflate --max-extent-bytes=4095 "$work/img" "$tree"
grep -q "(4095) must be at least the block size (4096)" "$work/err" || fail "extents below a block"
expect_status 2 "$MKFS" -zdeflate --max-extent-bytes=-4096 "$work/img" "$tree"
grep -q "needs -E48bit" "$work/err" || fail "unaligned extents without 48bit"
expect_status 2 "$MKFS" -zdeflate --max-extent-bytes=x "$work/img" "$tree"
grep -q "invalid maximum compressed extent size x" "$work/err" || fail "no number"
