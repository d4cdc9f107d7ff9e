#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Files that are written are different ones, and none of those that are read, however they are spelled.
. "${srcdir:-.}/tests/lib.sh"
need tar

mkdir "$work/src" "$work/dst" "$work/other"
echo hello > "$work/src/a"
tar -C "$work/src" -cf "$work/t.tar" .
"$MKFS" --quiet "$work/source.img" "$work/src"
cp "$work/t.tar" "$work/source.img" "$work/other"

# one MESSAGE COMMAND...: refused, with nothing written.
one() {
	message=$1; shift
	expect_status 1 "$@"
	grep -q "$message" "$work/err" || { cat "$work/err"; fail "no \"$message\": $*"; }
	[ -z "$(ls -A "$work/dst")" ] || { ls -A "$work/dst"; fail "something is left: $*"; }
	same "$work/t.tar" "$work/other/t.tar"; same "$work/source.img" "$work/other/source.img"
}
img=$work/dst/img
ln -s "$work/dst/./img" "$work/link"; ln -s dst/list "$work/list"
one 'the image and the file of --block-list-file are one file' "$MKFS" --block-list-file="$img" "$img" "$work/src"
one 'the image and the file of --block-list-file are one file' "$MKFS" --block-list-file="$work/link" "$img" "$work/src"
one 'the image and what the archive unpacks to are one file' "$MKFS" --tar=f --ungzip="$img" "$img" "$work/t.tar"
one 'the image and the file of --gzinfo are one file' "$MKFS" --tar=f --gzinfo="$img" "$img" "$work/t.tar"
one 'the image and the file of --vmdk-desc are one file' "$MKFS" --vmdk-desc="$img" "$img" "$work/src"
one 'what the archive unpacks to and the file of --block-list-file are one file' \
	"$MKFS" --tar=f --ungzip="$work/dst/../dst/list" --block-list-file="$work/list" "$img" "$work/t.tar"
one 't.tar: is a source, and would be overwritten by the image' "$MKFS" --tar=f "$work/t.tar" "$work/t.tar"
one 'standard input: is the source, and would be overwritten by the image' \
	sh -c '"$1" --tar=f "$2" < "$2"' - "$MKFS" "$work/t.tar"
one 't.tar: is a source, and would be overwritten by what the archive unpacks to' \
	"$MKFS" --tar=f --ungzip="$work/t.tar" "$img" "$work/t.tar"
one 't.tar: is a source, and would be overwritten by the file of --block-list-file' \
	"$MKFS" --tar=f --block-list-file="$work/t.tar" "$img" "$work/t.tar"
one 'source.img: is a source, and would be overwritten by the file of --vmdk-desc' \
	"$MKFS" --vmdk-desc="$work/source.img" "$img" "$work/source.img"
one 'is the file of --compress-hints, and would be overwritten by the image' \
	"$MKFS" --compress-hints="$work/t.tar" "$work/t.tar" "$work/src"

# What takes anything is no file; and neighbours are different ones.
"$MKFS" --quiet --block-list-file=/dev/null --vmdk-desc=/dev/null "$img" "$work/src" || fail "/dev/null twice"
"$MKFS" --quiet --tar=f --ungzip="$work/dst/raw" --block-list-file="$work/list" "$img" "$work/t.tar" || fail "neighbours"
same "$work/t.tar" "$work/dst/raw"
# Links are followed, and what is there keeps its mode.
[ -L "$work/list" ] && [ -f "$work/dst/list" ] || fail "the list has taken the place of the link"
chmod 640 "$work/dst/list"
"$MKFS" --quiet --block-list-file="$work/list" --vmdk-desc="$work/vmdk" "$img" "$work/src" || fail "an old list behind a link"
[ "$(stat -c %a "$work/dst/list")" = 640 ] || fail "the mode of the list"
grep -q "^RW .* FLAT \"$img\" 0\$" "$work/vmdk" || fail "a descriptor"
"$MKFS" --quiet --block-list-file="$work/dst/raw" "$img" "$work/src" || fail "an old list"

# A name cannot make a line of its own in a list.
head -c 5000 /dev/zero > "$work/src/$(printf 'x 1\nsystem')"
expect_status 1 "$MKFS" --quiet --block-list-file="$work/dst/new" "$img" "$work/src"
grep -q 'a block list cannot hold this name' "$work/err" || { cat "$work/err"; fail "a forged line"; }
[ ! -e "$work/dst/new" ] || fail "a list with a forged line"
