#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Every path of this tree that a document, a comment or a script names exists, and so does everything they tell to
# run; links lead somewhere.
. "${srcdir:-.}/tests/lib.sh"

cd "$srcdir"
folders='contrib|lib|include|cli|mkfs|fsck|dump|reader|tests|man|docs|m4|LICENSES|\.ci'
found=0
# paths_of FILE PATTERN: a path begins after a blank, quote or bracket; templates (<...>, NNN) are no paths.
paths_of() {
	grep -oE "(^|[ (\`\"'])($folders)/$2" "$1" | sed -E "s/^[ (\`\"']//; s/[.,:]+\$//" |
		grep -Ev '[<>]|NNN' | sort -u || :
}
# exist FILE < PATHS
exist() {
	while read -r p; do
		found=$((found + 1))
		# shellcheck disable=SC2086 # a pattern names at least one file
		ls -d $p >/dev/null 2>&1 || fail "$1 names $p, which does not exist"
	done
}
documents="README.md ARCHITECTURE.md HACKING.md $(find man docs -name '*.[1-9]' -o -name '*.md')"
for d in $documents; do
	[ -s "$d" ] || fail "$d is empty or missing"
	paths_of "$d" '[A-Za-z0-9_.*/<>-]*' > "$work/paths"
	# Links of Markdown are relative to the document.
	grep -oE '\]\([^)#:]+\)' "$d" | sed -E 's/^..(.*).$/\1/' | sed "s,^,$(dirname "$d")/," >> "$work/paths" || :
	exist "$d" < "$work/paths"
done
[ $found -gt 100 ] || fail "only $found paths seen in documents: this test has gone blind"
found=0
for d in $(find include lib cli mkfs fsck dump reader contrib tests/*/*.sh tests/cli .ci bootstrap configure.ac -type f \
	! -name '*.am' ! -name 010-layers.sh); do
	paths_of "$d" '[A-Za-z0-9_.*/-]*\.(c|h|md|sh|1|awk)' > "$work/paths"
	exist "$d" < "$work/paths"
done
[ $found -gt 60 ] || fail "only $found paths seen in sources: this test has gone blind"
