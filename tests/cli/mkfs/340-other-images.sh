#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Images of other builders, of all layouts, as sources and as what is added to.
. "${srcdir:-.}/tests/lib.sh"
[ -n "${EROFS_CORPUS:-}" ] || skip "no images of other builders (EROFS_CORPUS)"

mkdir -p "$work/add/added"
echo added > "$work/add/added/file"
# All that matters of a tree but the times of directories that changed.
describe() {
	(cd "$1" && find . -type f -exec sha256sum {} + | sort -k2 &&
		find . -mindepth 1 ! -path './added*' -printf '%p %y %m %U %G %l %n\n' | sort)
}
for image in "$EROFS_CORPUS"/*.erofs; do
	name=$(basename "$image" .erofs)
	rm -rf "$work/was" "$work/is" "$work/img"
	# What another file holds is not ours to read, and what this build cannot decode neither.
	"$FSCK" --extract="$work/was" "$image" >/dev/null 2>&1 || continue
	describe "$work/was" > "$work/list"
	expect_status 0 "$MKFS" --quiet --clean=data --ishare "$work/img" "$image"
	expect_status 0 "$FSCK" --check-ishare "$work/img"
	expect_status 0 "$FSCK" --extract="$work/is" "$work/img"
	describe "$work/is" | diff "$work/list" - || fail "a copy of $name"
	rm -rf "$work/is"
	cp "$image" "$work/img"
	chmod u+w "$work/img"
	expect_status 0 "$MKFS" --quiet --incremental "$work/img" "$work/add"
	expect_status 0 "$FSCK" --extract="$work/is" "$work/img"
	[ "$(cat "$work/is/added/file")" = added ] || fail "nothing was added to $name"
	rm "$work/is/added/file"
	describe "$work/is" | diff "$work/list" - || fail "an addition to $name"
done
