/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --ishare-groups: what the page caches of several images share, by their fingerprints. */
#include "groups.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "cli/page.h"

/* The library says what is wrong with an image; only out of memory it leaves to us. */
static int add_image(struct erofs_ishare_groups *g, const struct dump_options *o, const char *path,
	const struct erofs_report *report)
{
	struct erofs_image *img;
	int r = erofs_image_open(path, &o->image, report, &img);

	if (r < 0)
		return DUMP_FAILED;
	r = erofs_ishare_groups_add(g, img);
	erofs_image_close(img);
	return r < 0 ? cli_error("%s: cannot read all files: %s", path, strerror(-r)) : DUMP_OK;
}

static int add_images(struct erofs_ishare_groups *g, const struct dump_options *o,
	struct cli_reporter *reporter)
{
	const struct erofs_report *report = &reporter->report;
	uint64_t count = (uint64_t)o->operand_count;

	for (int i = 0; i < o->operand_count; i++) {
		report->progress(report->user, "reading images", (uint64_t)i, count);
		if (add_image(g, o, o->operands[i], report) != DUMP_OK)
			return DUMP_FAILED;
	}
	report->progress(report->user, "reading images", count, count);
	return DUMP_OK;
}

static int write_page(const struct erofs_ishare_groups *g, const struct dump_options *o)
{
	struct cli_page page;
	int r = cli_page_open(&page, o->html);

	if (r < 0)
		return cli_error("%s: cannot create: %s", o->html, strerror(-r));
	r = dump_groups_html(g, o->top, page.out);
	r = cli_page_close(&page, r);
	return r < 0 ? cli_error("%s: cannot write: %s", o->html, strerror(-r)) : DUMP_OK;
}

static int print(const struct erofs_ishare_groups *g, const struct dump_options *o)
{
	int r = 0;

	if (o->html && write_page(g, o) != DUMP_OK)
		return DUMP_FAILED;
	if (o->json)
		r = dump_groups_json(g, stdout);
	else if (o->csv)
		r = dump_groups_csv(g, stdout);
	else
		r = dump_groups_text(g, o->top, stdout);
	return r == -ENOMEM ? cli_out_of_memory() : r < 0 ? DUMP_FAILED : DUMP_OK;
}

int dump_groups_load(const struct dump_options *options, struct cli_reporter *reporter,
	struct erofs_ishare_groups **ret)
{
	struct erofs_ishare_groups *g;
	int status;

	if (erofs_ishare_groups_new(&g) < 0)
		return cli_out_of_memory();
	status = add_images(g, options, reporter);
	if (status == DUMP_OK && erofs_ishare_groups_finish(g) < 0)
		status = cli_out_of_memory();
	if (status != DUMP_OK) {
		erofs_ishare_groups_free(g);
		return status;
	}
	*ret = g;
	return DUMP_OK;
}

int dump_groups(const struct dump_options *options, struct cli_reporter *reporter)
{
	struct erofs_ishare_groups *g;
	int status = dump_groups_load(options, reporter, &g);

	if (status != DUMP_OK)
		return status;
	status = print(g, options);
	erofs_ishare_groups_free(g);
	return status;
}
