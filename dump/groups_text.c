/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sharing report for people, as text. Names are always escaped: this is no format to parse. */
#include "groups.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#define EXAMPLES 3

int dump_images_text(const struct erofs_ishare_groups *g, FILE *out)
{
	int r = 0;

	fprintf(out, "%5s %10s %10s %12s  %s\n", "image", "files", "tagged", "page cache", "path");
	for (size_t i = 0; r == 0 && i < erofs_ishare_groups_image_count(g); i++) {
		const struct erofs_ishare_image_facts *f = erofs_ishare_groups_image(g, i);
		char size[DUMP_SIZE_TEXT];

		fprintf(out, "%5zu %10" PRIu64 " %10" PRIu64 " %12s  ", i, f->files, f->tagged,
			dump_format_size(f->bytes, size));
		r = dump_print_escaped(f->path, out);
		fputc('\n', out);
	}
	return r;
}

static void print_totals(const struct erofs_ishare_totals *t, FILE *out)
{
	char size[DUMP_SIZE_TEXT];

	fprintf(out, "%5s %10" PRIu64 " %10" PRIu64 " %12s\n\n", "all", t->files, t->tagged,
		dump_format_size(t->unshared_bytes, size));
	fprintf(out, "unshared %12s  every image with a page cache of its own\n", size);
	fprintf(out, "shared   %12s  all of them in one sharing domain\n",
		dump_format_size(t->shared_bytes, size));
	fprintf(out, "saved    %12s  %.1f %%\n", dump_format_size(t->saved_bytes, size),
		100 * dump_reduction(t));
}

static int print_member(const struct erofs_ishare_member *m, FILE *out)
{
	int r;

	fprintf(out, "%16" PRIu32 ":", m->image);
	r = dump_print_escaped(m->path, out);
	fputc('\n', out);
	return r;
}

static int print_members(const struct erofs_ishare_member *members, size_t count, FILE *out)
{
	size_t shown = count > EXAMPLES ? EXAMPLES : count;
	int r = 0;

	for (size_t i = 0; r == 0 && i < shown; i++)
		r = print_member(&members[i], out);
	if (count > shown)
		fprintf(out, "%16sand %zu more\n", "", count - shown);
	return r;
}

static int print_group(const struct erofs_ishare_group *group, FILE *out)
{
	char *fingerprint = erofs_fingerprint_text(group->value, group->value_bytes);
	char saved[DUMP_SIZE_TEXT], size[DUMP_SIZE_TEXT];
	int r;

	if (!fingerprint)
		return -ENOMEM;
	fprintf(out, "%12s saved, %zu copies of %s, %s, %s\n",
		dump_format_size(group->saved_bytes, saved), group->member_count,
		dump_format_size(group->size_bytes, size), erofs_ishare_class_name(group->share_class),
		fingerprint);
	r = print_members(group->members, group->member_count, out);
	free(fingerprint);
	return r;
}

static int print_groups(const struct erofs_ishare_groups *g, uint64_t top, FILE *out)
{
	uint64_t count = erofs_ishare_groups_totals(g)->groups;
	const struct erofs_ishare_group *group;
	int r = 0;

	dump_print_top(count, top, "groups", out);
	for (size_t i = 0; r == 0 && (!top || i < top) && (group = erofs_ishare_groups_get(g, i)); i++)
		r = print_group(group, out);
	return r;
}

/* The first few of one reason. */
static int print_examples(const struct erofs_ishare_groups *g,
	enum erofs_ishare_near_miss_reason reason, FILE *out)
{
	const struct erofs_ishare_near_miss *m;
	unsigned int shown = 0;
	int r = 0;

	for (size_t i = 0; r == 0 && shown < EXAMPLES && (m = erofs_ishare_groups_near_miss(g, i)); i++) {
		if (m->reason != reason)
			continue;
		r = print_members(m->members, m->member_count, out);
		shown++;
	}
	return r;
}

static int print_near_misses(const struct erofs_ishare_groups *g, FILE *out)
{
	struct dump_near_misses n;
	int r = 0;

	if (!erofs_ishare_groups_near_miss(g, 0))
		return 0;
	dump_count_near_misses(g, &n);
	fprintf(out, "\nnear misses, which do not share:\n");
	for (unsigned int i = 0; r == 0 && i < DUMP_REASONS; i++) {
		if (!n.sets[i])
			continue;
		fprintf(out, "%12" PRIu64 " %s, %" PRIu64 " files, for example\n", n.sets[i],
			erofs_ishare_near_miss_name(i), n.files[i]);
		r = print_examples(g, i, out);
	}
	return r;
}

int dump_groups_text(const struct erofs_ishare_groups *g, uint64_t top, FILE *out)
{
	int r = dump_images_text(g, out);

	if (r < 0)
		return r;
	print_totals(erofs_ishare_groups_totals(g), out);
	r = print_groups(g, top, out);
	return r < 0 ? r : print_near_misses(g, out);
}
