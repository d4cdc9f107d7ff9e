/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Taking over an options structure of another size. */
#include "base/options.h"

#include <errno.h>
#include <string.h>

#include "base/report.h"

int erofs_options_take(const void *options, size_t known_bytes, const char *what,
	const struct erofs_report *report, void *ret)
{
	const char *bytes = options;
	size_t size = 0;

	if (options)
		memcpy(&size, options, sizeof(size));
	if (options && size < sizeof(size))
		return erofs_fail(report, -EINVAL, "%s of %zu bytes", what, size);
	for (size_t i = known_bytes; i < size; i++)
		if (bytes[i])
			return erofs_fail(report, -EOPNOTSUPP,
				"%s of %zu bytes set what this version does not know", what, size);
	memset(ret, 0, known_bytes);
	if (options)
		memcpy(ret, options, size < known_bytes ? size : known_bytes);
	memcpy(ret, &known_bytes, sizeof(known_bytes));
	return 0;
}
