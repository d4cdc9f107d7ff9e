/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* POSIX extended regular expressions to search paths with. */
#ifndef EROFS_BASE_REGEX_H
#define EROFS_BASE_REGEX_H

#include <regex.h>
#include <erofs/report.h>

/* Compiles @pattern for regexec, without subexpressions, which then takes time that is bounded by the length of what it
 * searches. Back-references (not in POSIX) and what is very large or deep are refused. Reports -EINVAL, naming the expression; @where
 * (may be empty) goes before the message. The caller frees @ret with regfree after success. */
int erofs_regex_compile(const char *pattern, const char *where, const struct erofs_report *report,
	regex_t *ret);

#endif
