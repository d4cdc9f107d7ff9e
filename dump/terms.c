/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Figures that every form of a report says alike. */
#include "terms.h"

#include <stdio.h>
#include <string.h>

void dump_count_near_misses(const struct erofs_ishare_groups *g, struct dump_near_misses *ret)
{
	const struct erofs_ishare_near_miss *m;

	memset(ret, 0, sizeof(*ret));
	for (size_t i = 0; (m = erofs_ishare_groups_near_miss(g, i)); i++) {
		ret->sets[m->reason]++;
		ret->files[m->reason] += m->member_count;
	}
}

const struct erofs_ishare_image_facts *dump_last_image(const struct erofs_ishare_groups *g)
{
	return erofs_ishare_groups_image(g, erofs_ishare_groups_image_count(g) - 1);
}

double dump_reduction(const struct erofs_ishare_totals *totals)
{
	if (!totals->unshared_bytes)
		return 0;
	return (double)totals->saved_bytes / (double)totals->unshared_bytes;
}

const char *dump_format_size(uint64_t bytes, char ret[DUMP_SIZE_TEXT])
{
	static const char units[][3] = { "KB", "MB", "GB", "TB", "PB", "EB" };
	double value = (double)bytes / 1000;
	unsigned int unit = 0;

	if (bytes < 1000) {
		snprintf(ret, DUMP_SIZE_TEXT, "%u byte%s", (unsigned int)bytes, bytes == 1 ? "" : "s");
		return ret;
	}
	for (; value >= 999.95 && unit < 5; value /= 1000)
		unit++;
	snprintf(ret, DUMP_SIZE_TEXT, "%.1f %s", value, units[unit]);
	return ret;
}

double dump_percent(uint64_t part, uint64_t all)
{
	return all ? 100 * (double)part / (double)all : 0;
}

bool dump_is_near_miss(enum erofs_ishare_diff_cause cause)
{
	return cause != EROFS_DIFF_ADDED && cause != EROFS_DIFF_CHANGED;
}
