#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Sources that cannot be read: one line that names the file, status 1, an old FILE as it was, no new one.
. "${srcdir:-.}/tests/lib.sh"

mkdir -p "$work/src/dir"
echo content > "$work/src/dir/file"
ln -s src "$work/link"
echo old > "$work/img"

# fails MESSAGE COMMAND...: with FILE old and new.
fails() {
	message=$1; shift
	expect_status 1 "$@"
	grep -q "$message" "$work/err" || { cat "$work/err"; fail "no \"$message\" from $*"; }
	[ "$(wc -l < "$work/err")" = 1 ] || { cat "$work/err"; fail "not one line from $*"; }
	[ "$(cat "$work/img")" = old ] || fail "FILE was touched by $*"
	[ "$(ls -A "$work")" = "$before" ] || { ls -A "$work"; fail "something was left by $*"; }
}
: > "$work/out"; : > "$work/err"
before=$(ls -A "$work")
fails "none: cannot open source directory: No such file" "$MKFS" "$work/img" "$work/none"
fails "none: cannot open source directory: No such file" "$MKFS" "$work/new" "$work/none"
fails "link: cannot open source directory: Not a directory" "$MKFS" "$work/img" "$work/link"
expect_status 0 "$MKFS" "$work/linked" "$work/link/"
rm "$work/linked"
expect_status 1 "$MKFS" "$work/img" /dev/null
expect_status 1 "$MKFS" "$work/img" ""

# An unprivileged builder and files it may not read.
[ "$(id -u)" = 0 ] || skip "the rest needs root to become somebody else"
need setpriv
chmod 755 "$work"
chmod 777 "$work/src"
as_nobody() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }
as_nobody "$MKFS" -V >/dev/null 2>&1 || skip "nobody cannot run $MKFS"
chmod 777 "$work"
chmod 000 "$work/src/dir/file"
fails "src/dir/file: cannot open: Permission denied" as_nobody "$MKFS" --quiet "$work/new" "$work/src"
chmod 644 "$work/src/dir/file"; chmod 000 "$work/src/dir"
fails "src/dir: cannot open directory: Permission denied" as_nobody "$MKFS" --quiet "$work/new" "$work/src"
chmod 755 "$work/src/dir"; chmod 000 "$work/src"
fails "src: cannot open source directory: Permission denied" as_nobody "$MKFS" --quiet "$work/new" "$work/src"
chmod 755 "$work/src"
# Files of somebody else that it may read (O_NOATIME is refused for those).
rm -f "$work/new"
expect_status 0 as_nobody "$MKFS" --quiet "$work/new" "$work/src"
"$DUMP" --cat --path=/dir/file "$work/new" | cmp - "$work/src/dir/file" || fail "content"
