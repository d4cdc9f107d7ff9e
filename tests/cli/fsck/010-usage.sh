#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What is wrong with a command line costs 16 and one line; help and version cost nothing.
. "${srcdir:-.}/tests/lib.sh"

# refused TEXT ARGUMENT...
refused() {
	text=$1; shift
	expect_status 16 "$FSCK" "$@"
	grep -qF -- "$text" "$work/err" || fail "no \"$text\" for $*: $(cat "$work/err")"
	[ ! -s "$work/out" ] || fail "stdout is not empty: $*"
}
refused "missing argument: IMAGE"
refused "unrecognized option" --frobnicate x
refused "invalid option" -Q x
refused "Try '" -Q x
refused "unexpected argument: two" one two
refused "invalid debug level 10" -d10 x
refused "invalid debug level x" -dx x
refused "invalid disk offset 4k" --offset=4k x
refused "invalid nid abc" --nid=abc x
refused "invalid number of workers -1" --workers=-1 x
refused "empty value given for --extract" --extract= x
refused "--extract=/ must be used together with --force" --extract=/ x
refused "--extract=/ must be used together with --force" --extract=/// x
for o in force overwrite preserve preserve-owner preserve-perms no-preserve no-preserve-owner \
	no-preserve-perms; do
	refused "--$o must be used together with --extract=DIR" "--$o" x
	refused "--$o must be used together with --extract=DIR" "--$o" --extract x
done
refused "are for one image, not for 2" --check-ishare --extract one two
refused "are for one image, not for 2" --check-ishare --path=/ one two

expect_status 0 "$FSCK" --help
grep -q '^Usage: .*\[OPTIONS\] IMAGE' "$work/out" || fail "no usage line"
grep -q '^following algorithms: ' "$work/out" || fail "no list of algorithms"
[ ! -s "$work/err" ] || fail "help on stderr"
expect_status 0 "$FSCK" -V --frobnicate
grep -q '^fsck\.erofs ' "$work/out" || fail "no version"
grep -q '^available decompressors: ' "$work/out" || fail "no list of decompressors"

# Options act left to right.
expect_status 16 "$FSCK" --frobnicate --help
expect_status 16 "$FSCK" -dx -V
