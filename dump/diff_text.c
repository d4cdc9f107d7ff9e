/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The cost of a new version for people, as text. Names are always escaped: this is no format to parse. */
#include "diff.h"

#include <errno.h>
#include <inttypes.h>

static void print_sum(const char *name, struct erofs_ishare_diff_sum sum, const char *meaning, FILE *out)
{
	char size[DUMP_SIZE_TEXT];

	fprintf(out, "%-9s %12s %10" PRIu64 " files  %s\n", name, dump_format_size(sum.bytes, size),
		sum.files, meaning);
}

static void print_budget(const struct dump_diff *d, FILE *out)
{
	char size[DUMP_SIZE_TEXT];

	if (d->options->has_budget)
		fprintf(out, "budget    %12s                   %s\n",
			dump_format_size(d->options->max_unshared_bytes, size),
			d->over_budget ? "EXCEEDED" : "kept");
}

static void print_totals(const struct dump_diff *d, FILE *out)
{
	const struct erofs_ishare_diff_totals *t = erofs_ishare_diff_totals(d->diff);

	fputc('\n', out);
	print_sum("all", t->all, "of the last image", out);
	print_sum("reused", t->reused, "whose pages a host with the other images has", out);
	print_sum("repeated", t->repeated, "further copies within the last image", out);
	print_sum("unshared", t->unshared, "what the last image costs", out);
	print_budget(d, out);
	fprintf(out, "\nunshared, %.1f %% of all, by cause:\n",
		dump_percent(t->unshared.bytes, t->all.bytes));
	for (unsigned int i = 0; i < EROFS_DIFF_CAUSES; i++) {
		if (t->by_cause[i].files)
			print_sum("", t->by_cause[i], erofs_ishare_diff_cause_name(i), out);
	}
}

static int print_file(const struct erofs_ishare_diff_file *f, FILE *out)
{
	char size[DUMP_SIZE_TEXT];
	int r;

	fprintf(out, "%12s  %-18s  ", dump_format_size(f->pages_bytes, size),
		erofs_ishare_diff_cause_name(f->cause));
	r = dump_print_escaped(f->member.path, out);
	if (r == 0 && f->other && dump_is_near_miss(f->cause)) {
		fprintf(out, "  (%" PRIu32 ":", f->other->image);
		r = dump_print_escaped(f->other->path, out);
		fputc(')', out);
	}
	fputc('\n', out);
	return r;
}

static int print_files(const struct dump_diff *d, FILE *out)
{
	uint64_t count = erofs_ishare_diff_totals(d->diff)->unshared.files, top = d->options->top;
	const struct erofs_ishare_diff_file *f;
	int r = 0;

	dump_print_top(count, top, "files", out);
	for (size_t i = 0; r == 0 && (!top || i < top) && (f = erofs_ishare_diff_get(d->diff, i)); i++)
		r = print_file(f, out);
	return r;
}

int dump_diff_text(const struct dump_diff *d, FILE *out)
{
	int r = dump_images_text(d->groups, out);

	if (r < 0)
		return r;
	print_totals(d, out);
	return print_files(d, out);
}
