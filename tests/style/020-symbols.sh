#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What the objects of the library define and need: names begin with erofs_, no mutable data, no printing,
# no exit, no clock, no environment, no randomness.
. "${srcdir:-.}/tests/lib.sh"
need nm objdump

objects=$builddir/.libs/liberofs-objects.a
[ -e "$objects" ] || fail "no $objects"

# Each prints what it has against the objects given. Sanitizers and the compiler add symbols of their own,
# all with reserved names.
strays() {
	nm -g --defined-only "$@" | awk 'NF == 3 { print $3 }' | grep -Ev '^(erofs_|__asan_|__odr_asan|__tsan_|__x86\.)'
}
# Sections say more than nm's letters: constant pointers lie in .data.rel.ro, which is not mutable.
mutable() {
	objdump -t "$@" | awk '
		/ O / && !/ \.data\.rel\.ro/ && / (\.data|\.bss|\.tdata|\.tbss|\*COM\*)/ &&
		$NF !~ /^(\.LASAN|__asan_|__odr_asan|\.L)/ { print $NF; n++ }
		END { exit !n }'
}
forbidden_calls() {
	nm -A -u "$@" | awk '{ print $1, $NF }' | grep -E " ($forbidden)\$"
}
forbidden='v?f?printf|__v?f?printf_chk|puts|putchar|perror|stdout|stderr|exit|_exit|_Exit|abort|system|popen'
forbidden="$forbidden|getenv|secure_getenv|time|clock_gettime|gettimeofday|localtime|localtime_r|rand|random"
forbidden="$forbidden|srand|getrandom|setlocale|chdir|fchdir|umask"

! strays "$objects" || fail "external names without erofs_"
! mutable "$objects" || fail "mutable data at file scope in lib/"
! forbidden_calls "$objects" || fail "calls that lib/ must not make"

# A file that breaks every rule, so that the rules above cannot go blind.
printf '#include <stdio.h>\nint stray = 1;\nint wrong(void) { return puts("x"); }\n' > "$work/x.c"
${CC:-cc} -c -o "$work/x.o" "$work/x.c"
for rule in strays mutable forbidden_calls; do
	$rule "$work/x.o" >/dev/null || fail "$rule finds nothing"
done
