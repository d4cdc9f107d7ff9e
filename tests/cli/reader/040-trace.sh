#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A trace is read line by line: only what it lists is cached, and a wrong line is named by its number.
. "${srcdir:-.}/tests/lib.sh"

cd "$work"
mkdir -p tree/dir
yes a | head -c 40960 > tree/file
yes b | head -c 10000 > 'tree/dir/with blank'
"$MKFS" --quiet --ishare=sha256 one tree
"$MKFS" --quiet --ishare=sha256 two tree
mkdir images; mv one images/one

replay() { expect_status "$1" "$READ" replay --trace=trace images/one two; }
figure() { grep -qE "^$1 +$2 " out || { cat out >&2; fail "$1 is not $2 pages"; }; }

# Nine pages of one file by two images, shared: its first page, the last two, and a read past the end.
cat > trace <<'T'
# a comment

images/one /file 0 1
two	file	4095 2
0 //file 36864 1000000
1 /file 40959 1
1 /file 40960 5
T
replay 0
figure unshared 5
figure shared 3
grep -q ' 5 reads' out || fail "number of reads"
# The whole file, and one whose name has a blank; from standard input.
printf 'two /dir/with\\x20blank\n0 /file\n' > trace
expect_status 0 sh -c '"$1" replay --trace=- images/one two < trace' sh "$READ"
figure shared 13
# Nothing to read.
: > trace
replay 0
figure shared 0

wrong() { # TEXT LINE
	printf '0 /file\n%b\n' "$2" > trace
	replay 1
	[ "$(wc -l < err)" = 1 ] || fail "one line about $2"
	grep -qF "trace: line 2: $1" err || { cat err >&2; fail "no \"$1\""; }
}
wrong 'expected IMAGE PATH' '0'
wrong 'expected IMAGE PATH' '0 /file 5'
wrong 'expected IMAGE PATH' '0 /file 5 6 7'
wrong 'no such image: 2' '2 /file'
wrong 'no such image: three' 'three /file'
wrong 'No such file or directory' '0 /nope'
wrong 'not a regular file' '0 /dir'
wrong 'invalid offset x' '0 /file x 1'
wrong 'invalid length -1' '0 /file 0 -1'
wrong 'a backslash' '0 /fi\\\\le'
wrong 'a backslash' '0 /fi\\\\x00le'
wrong 'a NUL byte' '0 /file\0000'
expect_status 1 "$READ" replay --trace=missing two
grep -q 'missing: cannot open' err || fail "no message about a missing trace"

# A long trace takes a few bytes for each line, not its paths.
deep=many/$(seq -f 'directory-of-a-long-name-%.0f' -s / 1 8)
mkdir -p "$deep"; echo content > "$deep/file"
"$MKFS" --quiet deep many
seq 1 100000 | sed "s|.*|0 /${deep#many/}/file 0 &|" > trace
limit='ulimit -d 24576;'
[ -z "${SANITIZER_FLAGS:-}" ] || limit=
expect_status 0 sh -c "$limit"' exec "$1" replay --quiet --threads=1 --trace=trace deep' sh "$READ"
grep -q ' 100000 reads' out || fail "a long trace"
