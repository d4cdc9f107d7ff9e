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

#endif
