/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* POSIX extended regular expressions to search paths with. */
#ifndef EROFS_BASE_REGEX_H
#define EROFS_BASE_REGEX_H

#include <regex.h>
#include <erofs/report.h>

/* Compiles @pattern for regexec, without subexpressions. Reports -EINVAL, naming the expression; @where
 * (may be empty) goes before the message. The caller frees @ret with regfree after success. */
int erofs_regex_compile(const char *pattern, const char *where, const struct erofs_report *report,
	regex_t *ret);

#endif
