#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Usage errors are one line and a hint on stderr with status 2; help and version go to stdout with 0; the
# domain id is shown nowhere.
. "${srcdir:-.}/tests/lib.sh"

usage() { # TEXT ARGS...: what the first line of stderr says
	text=$1; shift
	expect_status 2 "$READ" "$@"
	[ ! -s "$work/out" ] || fail "usage error on stdout: $*"
	head -n 1 "$work/err" | grep -qF -- "$text" || { cat "$work/err" >&2; fail "no \"$text\": $*"; }
}

usage 'missing argument: COMMAND'
usage 'unknown command mount-it' mount-it image
usage 'missing argument: IMAGE' cat
usage 'missing argument: IMAGE' replay
usage 'missing argument: PATH' cat image
usage '--trace has no meaning for cat' --trace=x cat image /path
usage '--verify has no meaning for cat' cat image /path --verify
usage 'missing argument: MOUNTPOINT' mount image
usage '-f has no meaning for replay' replay -f image
usage '--json has no meaning for mount' mount image directory --json
usage 'unknown sharing rules 7.1' replay image --rules=7.1
usage 'invalid cache size lots' replay image --cache-size=lots
usage 'invalid number of threads 0' replay image --threads=0
usage 'invalid number of threads -1' replay image --threads=-1
usage 'invalid disk offset 1x' cat image / --offset=1x
usage 'empty domain id' replay image --domain-id=
usage 'no-such-option' replay image --no-such-option

expect_status 0 "$READ" --help
for w in cat replay mount --rules --cache-size --no-verify; do
	grep -qe "$w" "$work/out" || fail "--help does not show $w"
done
expect_status 0 "$READ" -V
grep -q '^read.erofs (erofs-ishare) ' "$work/out" || fail "version"

# An image that is none, and one that is not there.
head -c 8192 /dev/zero > "$work/zeros"
for i in "$work/zeros" "$work/missing"; do
	expect_status 1 "$READ" replay "$i"
	grep -qF "$i" "$work/err" || fail "the message does not name $i"
	expect_status 1 "$READ" cat "$i" /x
done

# Not mounted, and the reason is one line; so without libfuse3.
expect_status 1 "$READ" mount "$work/missing" "$work"
[ "$(wc -l < "$work/err")" = 1 ] || { cat "$work/err" >&2; fail "mount: not one line"; }
grep -qF "$work/missing" "$work/err" || fail "mount: the message does not name the image"

# By another name, another command line.
ln -s "$READ" "$work/erofsfuse"
expect_status 0 "$work/erofsfuse" --help
grep -q 'usage: \[options\] IMAGE MOUNTPOINT' "$work/err" || fail "erofsfuse --help: no usage line"
grep -q dbglevel "$work/out" || fail "erofsfuse --help"
expect_status 0 "$work/erofsfuse" -V
for o in '' image 'image directory more' --no-such-option '--offset=1x image directory'; do
	# shellcheck disable=SC2086 # words
	expect_status 1 "$work/erofsfuse" $o
	[ -s "$work/err" ] || fail "erofsfuse $o: no message"
done

mkdir "$work/tree"; echo text > "$work/tree/file"
"$MKFS" --quiet --ishare=sha256 "$work/image" "$work/tree"
expect_status 0 "$READ" replay --domain-id=much-too-secret "$work/image" "$work/image"
! grep -r much-too-secret "$work/out" "$work/err" || fail "the domain id is shown"
expect_status 2 "$READ" mount -o ro,domain_id=much-too-secret "$work/image" "$work/tree"
! grep -r much-too-secret "$work/out" "$work/err" || fail "the domain id is shown"
expect_status 1 "$READ" replay --domain-id=much-too-secret "$work/image" "$work/missing"
! grep -r much-too-secret "$work/out" "$work/err" || fail "the domain id is shown"
