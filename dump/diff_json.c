/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The cost of a new version for machines: one JSON object, with every unshared file. */
#include "diff.h"

#include <errno.h>

static void json_sum(struct cli_json *j, const char *key, struct erofs_ishare_diff_sum sum)
{
	cli_json_open_object(j, key);
	cli_json_u64(j, "files", sum.files);
	cli_json_u64(j, "bytes", sum.bytes);
	cli_json_close(j);
}

static void json_totals(struct cli_json *j, const struct dump_diff *d)
{
	const struct erofs_ishare_diff_totals *t = erofs_ishare_diff_totals(d->diff);

	cli_json_open_object(j, "totals");
	json_sum(j, "all", t->all);
	json_sum(j, "reused", t->reused);
	json_sum(j, "repeated", t->repeated);
	json_sum(j, "unshared", t->unshared);
	cli_json_close(j);
	cli_json_open_object(j, "causes");
	for (unsigned int i = 0; i < EROFS_DIFF_CAUSES; i++)
		json_sum(j, erofs_ishare_diff_cause_name(i), t->by_cause[i]);
	cli_json_close(j);
}

static void json_budget(struct cli_json *j, const struct dump_diff *d)
{
	if (d->options->has_budget)
		cli_json_u64(j, "max_unshared_bytes", d->options->max_unshared_bytes);
	else
		cli_json_text(j, "max_unshared_bytes", NULL);
	cli_json_bool(j, "within_budget", !d->over_budget);
}

static void json_other(struct cli_json *j, const struct erofs_ishare_member *other)
{
	if (!other) {
		cli_json_text(j, "other", NULL);
		return;
	}
	cli_json_open_object(j, "other");
	cli_json_u64(j, "image", other->image);
	cli_json_text(j, "path", other->path);
	cli_json_close(j);
}

static int json_files(struct cli_json *j, const struct dump_diff *d)
{
	const struct erofs_ishare_diff_file *f;
	int r = 0;

	cli_json_open_array(j, "unshared");
	for (size_t i = 0; r == 0 && (f = erofs_ishare_diff_get(d->diff, i)); i++) {
		cli_json_open_object(j, NULL);
		cli_json_text(j, "path", f->member.path);
		cli_json_u64(j, "size", f->size_bytes);
		cli_json_u64(j, "bytes", f->pages_bytes);
		cli_json_text(j, "cause", erofs_ishare_diff_cause_name(f->cause));
		cli_json_bool(j, "near_miss", dump_is_near_miss(f->cause));
		r = dump_fingerprint_json(j, f->value, f->value_bytes);
		json_other(j, f->other);
		cli_json_close(j);
	}
	cli_json_close(j);
	return r;
}

int dump_diff_json(const struct dump_diff *d, FILE *out)
{
	struct cli_json *j = cli_json_new(out);
	int r, end;

	if (!j)
		return -ENOTSUP;
	cli_json_open_object(j, NULL);
	dump_images_json(j, d->groups);
	json_totals(j, d);
	json_budget(j, d);
	r = json_files(j, d);
	cli_json_close(j);
	end = cli_json_finish(j);
	/* The caller looks at the stream itself. */
	return r < 0 ? r : end == -EIO ? 0 : end;
}
