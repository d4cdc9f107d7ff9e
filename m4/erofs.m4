# SPDX-License-Identifier: GPL-2.0-or-later

# EROFS_WITH(NAME, PKG-CONFIG MODULE, FEATURE): an optional library. Defines HAVE_NAME for config.h and
# for Automake, and NAME_CFLAGS, NAME_LIBS. "yes" makes its absence an error, "auto" leaves it out.
AC_DEFUN([EROFS_WITH], [
AC_ARG_WITH([$1], [AS_HELP_STRING([--with-$1=auto|yes|no], [$3 @<:@auto@:>@])],
	[], [with_$1=auto])
AS_IF([test "x$with_$1" != xno], [
	PKG_CHECK_MODULES(m4_toupper([$1]), [$2],
		[with_$1=yes],
		[AS_IF([test "x$with_$1" = xyes],
			[AC_MSG_ERROR([--with-$1=yes but $2 was not found])])
		 with_$1=no])
])
AS_IF([test "x$with_$1" = xyes],
	[AC_DEFINE([HAVE_]m4_toupper([$1]), [1], [Build with $2: $3.])])
AM_CONDITIONAL([HAVE_]m4_toupper([$1]), [test "x$with_$1" = xyes])
])

# EROFS_YEAR2038: times past 2038 where time_t has 32 bits unless asked (glibc 2.34 on 32-bit hosts): stat(2)
# fails with EOVERFLOW otherwise. After AC_SYS_LARGEFILE, which glibc wants for it. A library that has time_t
# or struct stat in its interface was built with the short one: hand none over.
AC_DEFUN([EROFS_YEAR2038], [
AC_CACHE_CHECK([for what gives a 64-bit time_t], [erofs_cv_time_bits], [
	erofs_cv_time_bits=unavailable
	for erofs_bits in none 64; do
		erofs_define=
		AS_IF([test $erofs_bits = 64], [erofs_define="#define _TIME_BITS 64"])
		AC_COMPILE_IFELSE([AC_LANG_SOURCE([[$erofs_define
			#include <time.h>
			int wide[sizeof(time_t) >= 8 ? 1 : -1];]])],
			[erofs_cv_time_bits=$erofs_bits; break])
	done])
AS_IF([test $erofs_cv_time_bits = 64],
	[AC_DEFINE([_TIME_BITS], [64], [Bits of time_t on hosts where that is a choice.])])
])

# EROFS_WARNINGS: compiler warnings in WARN_CFLAGS; --enable-werror makes them errors.
AC_DEFUN([EROFS_WARNINGS], [
AC_ARG_ENABLE([werror], [AS_HELP_STRING([--enable-werror], [make compiler warnings errors])])
WARN_CFLAGS="-std=gnu11 -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wvla -Wformat=2"
AS_IF([test "x$enable_werror" = xyes], [WARN_CFLAGS="$WARN_CFLAGS -Werror"])
AC_SUBST([WARN_CFLAGS])
])

# EROFS_SANITIZERS: --enable-sanitizers[=LIST], default address,undefined. "thread" is for the threaded
# parts. The flags go to compiler and linker alike.
AC_DEFUN([EROFS_SANITIZERS], [
AC_ARG_ENABLE([sanitizers],
	[AS_HELP_STRING([--enable-sanitizers@<:@=LIST@:>@], [build with sanitizers @<:@address,undefined@:>@])],
	[], [enable_sanitizers=no])
AS_IF([test "x$enable_sanitizers" = xyes], [enable_sanitizers=address,undefined])
AS_IF([test "x$enable_sanitizers" != xno],
	[SANITIZER_FLAGS="-fsanitize=$enable_sanitizers -fno-omit-frame-pointer -fno-sanitize-recover=all"])
AC_SUBST([SANITIZER_FLAGS])
])
