/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* The C library does the work; this is how its refusals are told. */
#include "base/regex.h"

#include <errno.h>

#include "base/report.h"

int erofs_regex_compile(const char *pattern, const char *where, const struct erofs_report *report,
	regex_t *ret)
{
	char reason[128];
	int code = regcomp(ret, pattern, REG_EXTENDED | REG_NOSUB);

	if (!code)
		return 0;
	regerror(code, ret, reason, sizeof(reason));
	return erofs_fail(report, -EINVAL, "%sinvalid regular expression \"%s\": %s", where, pattern,
		reason);
}
