/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The cost of a new version as Markdown, for a comment on a pull request. Names come out of images: they
 * stand in code elements, where nobody is notified, and every punctuation mark that Markdown or HTML
 * could see something in is a character reference. */
#include "diff.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static int put_name(const char *bytes, FILE *out)
{
	char *text = erofs_text_escape(bytes);

	if (!text)
		return -ENOMEM;
	fputs("<code>", out);
	for (const char *p = text; *p; p++) {
		if (*p > ' ' && *p <= '~' && !strchr("/.-", *p) && !(*p >= '0' && *p <= '9') &&
		    !(*p >= 'a' && *p <= 'z') && !(*p >= 'A' && *p <= 'Z'))
			fprintf(out, "&#%d;", *p);
		else
			fputc(*p, out);
	}
	fputs("</code>", out);
	free(text);
	return 0;
}

static void put_sum(const char *name, struct erofs_ishare_diff_sum sum, uint64_t all, FILE *out)
{
	char size[DUMP_SIZE_TEXT];

	fprintf(out, "| %s | %" PRIu64 " | %s | %.1f %% |\n", name, sum.files,
		dump_format_size(sum.bytes, size), dump_percent(sum.bytes, all));
}

static void put_totals(const struct dump_diff *d, FILE *out)
{
	const struct erofs_ishare_diff_totals *t = erofs_ishare_diff_totals(d->diff);

	fputs("\n| | files | page cache | |\n|---|--:|--:|--:|\n", out);
	put_sum("all", t->all, t->all.bytes, out);
	put_sum("reused", t->reused, t->all.bytes, out);
	put_sum("repeated", t->repeated, t->all.bytes, out);
	put_sum("**unshared**", t->unshared, t->all.bytes, out);
	for (unsigned int i = 0; i < EROFS_DIFF_CAUSES; i++) {
		char name[32];

		if (!t->by_cause[i].files)
			continue;
		snprintf(name, sizeof(name), "&emsp;%s", erofs_ishare_diff_cause_name(i));
		put_sum(name, t->by_cause[i], t->all.bytes, out);
	}
}

static int put_verdict(const struct dump_diff *d, FILE *out)
{
	uint64_t bytes = erofs_ishare_diff_totals(d->diff)->unshared.bytes;
	char size[DUMP_SIZE_TEXT];
	int r;

	fprintf(out, "### Page cache: %s%s unshared\n\n",
		!d->options->has_budget ? "" : d->over_budget ? "over budget, " : "within budget, ",
		dump_format_size(bytes, size));
	r = put_name(dump_last_image(d->groups)->path, out);
	fprintf(out, " adds %" PRIu64 " bytes to a host that runs the %zu older image%s.", bytes,
		erofs_ishare_groups_image_count(d->groups) - 1,
		erofs_ishare_groups_image_count(d->groups) == 2 ? "" : "s");
	if (d->options->has_budget)
		fprintf(out, " The budget is %" PRIu64 " bytes.", d->options->max_unshared_bytes);
	fputc('\n', out);
	return r;
}

static int put_file(const struct erofs_ishare_diff_file *f, FILE *out)
{
	char size[DUMP_SIZE_TEXT];
	int r;

	fprintf(out, "| %s | %s | ", dump_format_size(f->pages_bytes, size),
		erofs_ishare_diff_cause_name(f->cause));
	r = put_name(f->member.path, out);
	fputs(" |\n", out);
	return r;
}

static int put_files(const struct dump_diff *d, FILE *out)
{
	uint64_t count = erofs_ishare_diff_totals(d->diff)->unshared.files, top = d->options->top;
	const struct erofs_ishare_diff_file *f;
	int r = 0;

	if (!count)
		return 0;
	if (!top || top > count)
		top = count;
	fprintf(out, "\n<details><summary>largest %" PRIu64 " of %" PRIu64 " unshared files</summary>\n\n"
		"| page cache | cause | file |\n|--:|---|---|\n", top, count);
	for (size_t i = 0; r == 0 && i < top && (f = erofs_ishare_diff_get(d->diff, i)); i++)
		r = put_file(f, out);
	fputs("\n</details>\n", out);
	return r;
}

int dump_diff_markdown(const struct dump_diff *d, FILE *out)
{
	int r = put_verdict(d, out);

	if (r < 0)
		return r;
	put_totals(d, out);
	return put_files(d, out);
}
