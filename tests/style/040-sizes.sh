#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Files below 600 lines; of lib/ and the programs also: functions of at most 65 lines (tests: 100) and six parameters,
# control structures at most three deep. In our layout a function's body is what stands between a brace at the start
# of a line and the next one, and its head what stands before it, from a line that is not indented.
. "${srcdir:-.}/tests/lib.sh"

cat > "$work/check.awk" <<'EOT'
function complain(what) { printf "%s:%d: %s\n", FILENAME, start, what; found = 1 }
function file_end() {
	if (lines >= 600) { printf "%s: %d lines\n", file, lines; found = 1 }
}
# Commas outside of inner brackets: those of pointers to functions.
function parameters(text,  i, c, depth, count) {
	sub(/^[^(]*\(/, "", text)
	count = 1
	for (i = 1; i <= length(text); i++) {
		c = substr(text, i, 1)
		depth += (c == "(") - (c == ")")
		count += c == "," && depth == 0
	}
	return count
}
FNR == 1 { if (file) file_end(); file = FILENAME; start = 0; test = FILENAME ~ /^tests\// }
{ lines = FNR }
/^[A-Za-z]/ { head = "" }
/^[A-Za-z\t]/ && !start { head = head $0 }
/^\{/ {
	start = FNR
	if (!test && parameters(head) > 6) complain(parameters(head) " parameters")
}
start && !test && /^\t\t\t\t+(if|for|while|do|switch) / { complain("deeper than three levels in line " FNR) }
/^\}/ && start {
	if (FNR - start - 1 > (test ? 100 : 65)) complain("function of " FNR - start - 1 " lines")
	start = 0
}
END { file_end(); exit found }
EOT
cd "$srcdir"
# shellcheck disable=SC2046
awk -f "$work/check.awk" $(find include lib cli mkfs fsck dump reader tests -name '*.[ch]') ||
	fail "too long, too wide or too deep"
{ echo 'int f(void)'; echo '{'; seq -f '	f%.0f();' 66; echo '}'; } > "$work/long.c"
printf 'int f(int a, int (*b)(int, int), int c,\n\tint d, int e, int f, int g)\n{\n}\n' > "$work/wide.c"
printf 'int f(void)\n{\n\t\t\t\tif (x)\n}\n' > "$work/deep.c"
printf 'int f(int a, int (*b)(int, int), int c,\n\tint d, int e, int f)\n{\n\t\t\tif (x)\n}\n' > "$work/fine.c"
for f in long wide deep; do
	! awk -f "$work/check.awk" "$work/$f.c" >/dev/null || fail "this test does not find what is too $f"
done
awk -f "$work/check.awk" "$work/fine.c" || fail "this test finds too much"
