#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The shared library exports what the public headers declare: no more, and no less.
. "${srcdir:-.}/tests/lib.sh"
need nm

so=$builddir/.libs/liberofs-ishare.so
[ -e "$so" ] || skip "configured without a shared library"
nm -D --defined-only "$so" | awk '{ print $3 }' | grep -Ev '^(__asan_|__odr_asan|__tsan_)' | sort > "$work/exported"
cat "$srcdir"/include/erofs/*.h | awk -f "$srcdir/lib/exports.awk" | sort -u > "$work/declared"
[ "$(wc -l < "$work/declared")" -gt 50 ] || fail "the headers declare hardly anything: this test has gone blind"
comm -13 "$work/declared" "$work/exported" > "$work/strays"
[ ! -s "$work/strays" ] || { cat "$work/strays"; fail "exported, but in no public header"; }
comm -23 "$work/declared" "$work/exported" > "$work/missing"
[ ! -s "$work/missing" ] || { cat "$work/missing"; fail "declared, but not in the library"; }
