#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Destinations that cannot be written: status 1, the destination named, nothing left.
. "${srcdir:-.}/tests/lib.sh"

mkdir "$work/src" "$work/dst"
head -c 3000000 /dev/urandom > "$work/src/large"
cp "$work/src/large" "$work/src/twin"
head -c 2000000 /dev/urandom > "$work/src/other"

# fails MESSAGE FILE [OPTION...]
fails() {
	message=$1 file=$2; shift 2
	expect_status 1 "$MKFS" "$@" "$file" "$work/src"
	grep -q "$message" "$work/err" || { cat "$work/err"; fail "no \"$message\" for $file"; }
	[ "$(wc -l < "$work/err")" = 1 ] || { cat "$work/err"; fail "not one line for $file"; }
}
fails "$work/none/img" "$work/none/img"
fails "$work/dst" "$work/dst"
fails "/dev/null" /dev/null
fails "/dev/full" /dev/full
[ -c /dev/full ] && [ -c /dev/null ] || fail "a device is gone"
mkfifo "$work/fifo"
fails "$work/fifo" "$work/fifo"
[ -p "$work/fifo" ] || fail "the fifo is gone"
[ -z "$(ls -A "$work/dst")" ] || fail "something was left"

# The image and its blob must not replace each other, however their names are spelled.
one_file() { fails "the image and its blob are one file" "$1" --chunksize=65536 "--blobdev=$2"; }
one_file "$work/dst/img" "$work/dst/img"
one_file "$work/dst/img" "$work/src/../dst/./img"
ln -s ../dst/img "$work/src/link"
one_file "$work/src/link" "$work/dst/img"
[ -z "$(ls -A "$work/dst")" ] || { ls -A "$work/dst"; fail "something was left"; }
echo old > "$work/dst/img"
ln "$work/dst/img" "$work/dst/twin"
one_file "$work/dst/img" "$work/dst/twin"
[ "$(cat "$work/dst/img")" = old ] || fail "the old file was touched"
rm "$work/dst/img" "$work/dst/twin" "$work/src/link"

# A limit on the size of files is an error like any other, not a signal.
(ulimit -f 2000; fails "$work/dst/img" "$work/dst/img") || exit 1
[ -z "$(ls -A "$work/dst")" ] || { ls -A "$work/dst"; fail "EFBIG left something"; }

need_root
mount -t tmpfs -o size=2M none "$work/dst" 2>/dev/null || skip "no tmpfs here"
mounts="$work/dst $mounts"
for options in "" --ishare --chunksize=65536; do
	# shellcheck disable=SC2086 # an option or none
	fails "$work/dst/img: .*No space left" "$work/dst/img" $options
	[ -z "$(ls -A "$work/dst")" ] || { ls -A "$work/dst"; fail "ENOSPC left something"; }
done
echo old > "$work/dst/img"
fails "No space left" "$work/dst/img"
[ "$(cat "$work/dst/img")" = old ] || fail "the old file was touched"
fails "No space left" "$work/img" --chunksize=65536 --blobdev="$work/dst/blob"
[ ! -e "$work/img" ] && [ ! -e "$work/dst/blob" ] || fail "a blob or its image was left"
mount -o remount,ro "$work/dst"
fails "$work/dst/new: .*Read-only file system" "$work/dst/new"
