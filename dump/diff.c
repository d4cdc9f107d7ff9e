/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --ishare-diff: what a new version of an image costs a host that still runs the old ones, held against a
 * budget. */
#include "diff.h"

#include <errno.h>
#include <inttypes.h>

static int print(const struct dump_diff *d)
{
	int r;

	if (d->options->json)
		r = dump_diff_json(d, stdout);
	else if (d->options->markdown)
		r = dump_diff_markdown(d, stdout);
	else
		r = dump_diff_text(d, stdout);
	return r == -ENOMEM ? cli_out_of_memory() : r < 0 ? DUMP_FAILED : DUMP_OK;
}

/* The report comes first, so that whoever asks why has the answer. */
static int judge(const struct dump_diff *d)
{
	int status = print(d);

	if (status != DUMP_OK || !d->over_budget)
		return status;
	return cli_error("%s: %" PRIu64 " unshared bytes, more than the %" PRIu64
			 " of --max-unshared",
		dump_last_image(d->groups)->path, erofs_ishare_diff_totals(d->diff)->unshared.bytes,
		d->options->max_unshared_bytes);
}

int dump_diff(const struct dump_options *options, struct cli_reporter *reporter)
{
	struct erofs_ishare_groups *g;
	struct erofs_ishare_diff *diff;
	struct dump_diff d = { .options = options };
	int status = dump_groups_load(options, reporter, &g);

	if (status != DUMP_OK)
		return status;
	if (erofs_ishare_diff_new(g, &diff) < 0) {
		erofs_ishare_groups_free(g);
		return cli_out_of_memory();
	}
	d.groups = g;
	d.diff = diff;
	d.over_budget = options->has_budget &&
			erofs_ishare_diff_totals(diff)->unshared.bytes > options->max_unshared_bytes;
	status = judge(&d);
	erofs_ishare_diff_free(diff);
	erofs_ishare_groups_free(g);
	return status;
}
