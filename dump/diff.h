/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The forms in which --ishare-diff is printed. Each returns 0 or -ENOMEM; write errors are found on the
 * stream afterwards. */
#ifndef DUMP_DIFF_H
#define DUMP_DIFF_H

#include "groups.h"

struct dump_diff {
	const struct dump_options *options;
	const struct erofs_ishare_groups *groups;
	const struct erofs_ishare_diff *diff;
	bool over_budget;
};

int dump_diff_text(const struct dump_diff *d, FILE *out);
int dump_diff_json(const struct dump_diff *d, FILE *out);
int dump_diff_markdown(const struct dump_diff *d, FILE *out);

/* Facts of the image that is compared, which is the last. */
const struct erofs_ishare_image_facts *dump_diff_new_image(const struct dump_diff *d);
/* part / all in percent, 0 when there is nothing. */
double dump_percent(uint64_t part, uint64_t all);
/* True for the causes that are near misses: the file might share and does not. */
bool dump_is_near_miss(enum erofs_ishare_diff_cause cause);

#endif
