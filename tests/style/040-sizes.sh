#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Files below 600 lines, functions below 100. In our layout a function's body is what stands between a
# brace at the start of a line and the next one.
. "${srcdir:-.}/tests/lib.sh"

cat > "$work/check.awk" <<'EOT'
function file_end() {
	if (lines >= 600) { printf "%s: %d lines\n", file, lines; found = 1 }
}
FNR == 1 { if (file) file_end(); file = FILENAME; start = 0 }
{ lines = FNR }
/^\{/ { start = FNR }
/^\}/ && start {
	if (FNR - start > 100) { printf "%s:%d: function of %d lines\n", FILENAME, start, FNR - start; found = 1 }
	start = 0
}
END { file_end(); exit found }
EOT
cd "$srcdir"
awk -f "$work/check.awk" $(find include lib cli mkfs fsck dump reader tests -name '*.[ch]') ||
	fail "too long"
{ echo 'int f(void)'; echo '{'; seq -f '	f%.0f();' 101; echo '}'; } > "$work/long.c"
! awk -f "$work/check.awk" "$work/long.c" >/dev/null || fail "this test finds nothing"
