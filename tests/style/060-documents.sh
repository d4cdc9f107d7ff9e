#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Every path of this tree that a document names exists, and so does everything it tells to run.
. "${srcdir:-.}/tests/lib.sh"

cd "$srcdir"
folders='contrib|lib|include|cli|mkfs|fsck|dump|reader|tests|man|docs|m4|LICENSES|\.ci'
found=0
for d in README.md ARCHITECTURE.md HACKING.md $(find man docs -name '*.[1-9]' -o -name '*.md' 2>/dev/null); do
	[ -s "$d" ] || fail "$d is empty or missing"
	# A path begins after a blank, quote or bracket; templates (<...>, NNN) are no paths.
	grep -oE "(^|[ (\`\"'])($folders)/[A-Za-z0-9_.*/<>-]*" "$d" | sed -E "s/^[ (\`\"']//; s/[.,:]+\$//" |
		grep -Ev '[<>]|NNN' | sort -u > "$work/paths" || :
	while read -r p; do
		found=$((found + 1))
		# shellcheck disable=SC2086 # a pattern names at least one file
		ls -d $p >/dev/null 2>&1 || fail "$d names $p, which does not exist"
	done < "$work/paths"
done
[ $found -gt 20 ] || fail "only $found paths seen: this test has gone blind"
