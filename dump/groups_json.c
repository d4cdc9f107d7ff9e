/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sharing report for machines: one JSON object, or the groups as CSV. */
#include "groups.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

void dump_images_json(struct cli_json *j, const struct erofs_ishare_groups *g)
{
	cli_json_open_array(j, "images");
	for (size_t i = 0; i < erofs_ishare_groups_image_count(g); i++) {
		const struct erofs_ishare_image_facts *f = erofs_ishare_groups_image(g, i);
		char uuid[37];

		cli_format_uuid(f->uuid, uuid);
		cli_json_open_object(j, NULL);
		cli_json_text(j, "path", f->path);
		cli_json_text(j, "uuid", uuid);
		cli_json_u64(j, "block_size", f->block_size_bytes);
		cli_json_u64(j, "files", f->files);
		cli_json_u64(j, "tagged", f->tagged);
		cli_json_u64(j, "bytes", f->bytes);
		cli_json_close(j);
	}
	cli_json_close(j);
}

static void json_totals(struct cli_json *j, const struct erofs_ishare_groups *g)
{
	const struct erofs_ishare_totals *t = erofs_ishare_groups_totals(g);

	cli_json_open_object(j, "totals");
	cli_json_u64(j, "files", t->files);
	cli_json_u64(j, "tagged", t->tagged);
	cli_json_u64(j, "groups", t->groups);
	cli_json_u64(j, "unshared_bytes", t->unshared_bytes);
	cli_json_u64(j, "shared_bytes", t->shared_bytes);
	cli_json_u64(j, "saved_bytes", t->saved_bytes);
	cli_json_ratio(j, "reduction", dump_reduction(t));
	cli_json_close(j);
}

static void json_members(struct cli_json *j, const struct erofs_ishare_member *members, size_t count)
{
	cli_json_open_array(j, "members");
	for (size_t i = 0; i < count; i++) {
		cli_json_open_object(j, NULL);
		cli_json_u64(j, "image", members[i].image);
		cli_json_text(j, "path", members[i].path);
		cli_json_close(j);
	}
	cli_json_close(j);
}

/* The text of a value; null when there is none. */
int dump_fingerprint_json(struct cli_json *j, const uint8_t *value, uint32_t value_bytes)
{
	char *text = value ? erofs_fingerprint_text(value, value_bytes) : NULL;

	if (value && !text)
		return -ENOMEM;
	cli_json_text(j, "fingerprint", text);
	free(text);
	return 0;
}

static int json_groups(struct cli_json *j, const struct erofs_ishare_groups *g)
{
	const struct erofs_ishare_group *group;
	int r = 0;

	cli_json_open_array(j, "groups");
	for (size_t i = 0; r == 0 && (group = erofs_ishare_groups_get(g, i)); i++) {
		cli_json_open_object(j, NULL);
		r = dump_fingerprint_json(j, group->value, group->value_bytes);
		cli_json_u64(j, "size", group->size_bytes);
		cli_json_text(j, "class", erofs_ishare_class_name(group->share_class));
		cli_json_u64(j, "copies", group->member_count);
		cli_json_u64(j, "saved_bytes", group->saved_bytes);
		json_members(j, group->members, group->member_count);
		cli_json_close(j);
	}
	cli_json_close(j);
	return r;
}

static int json_near_misses(struct cli_json *j, const struct erofs_ishare_groups *g)
{
	const struct erofs_ishare_near_miss *m;
	int r = 0;

	cli_json_open_array(j, "near_misses");
	for (size_t i = 0; r == 0 && (m = erofs_ishare_groups_near_miss(g, i)); i++) {
		cli_json_open_object(j, NULL);
		cli_json_text(j, "reason", erofs_ishare_near_miss_name(m->reason));
		r = dump_fingerprint_json(j, m->value, m->value_bytes);
		json_members(j, m->members, m->member_count);
		cli_json_close(j);
	}
	cli_json_close(j);
	return r;
}

int dump_groups_json(const struct erofs_ishare_groups *g, FILE *out)
{
	struct cli_json *j = cli_json_new(out);
	int r, end;

	if (!j)
		return -ENOTSUP;
	cli_json_open_object(j, NULL);
	dump_images_json(j, g);
	json_totals(j, g);
	r = json_groups(j, g);
	if (r == 0)
		r = json_near_misses(j, g);
	cli_json_close(j);
	end = cli_json_finish(j);
	/* The caller looks at the stream itself. */
	return r < 0 ? r : end == -EIO ? 0 : end;
}

/* A field in quotes; quotes inside are doubled. Bytes are escaped as on a terminal, which is reversible
 * and keeps the file text. */
static int csv_text(const char *bytes, FILE *out)
{
	char *text = erofs_text_escape(bytes);

	if (!text)
		return -ENOMEM;
	fputc('"', out);
	for (const char *p = text; *p; p++) {
		if (*p == '"')
			fputc('"', out);
		fputc(*p, out);
	}
	fputc('"', out);
	free(text);
	return 0;
}

static int csv_group(const struct erofs_ishare_groups *g, const struct erofs_ishare_group *group,
	FILE *out)
{
	char *fingerprint = erofs_fingerprint_text(group->value, group->value_bytes);
	int r = fingerprint ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < group->member_count; i++) {
		const struct erofs_ishare_member *m = &group->members[i];

		r = csv_text(fingerprint, out);
		fprintf(out, ",%" PRIu64 ",%s,%zu,%" PRIu64 ",", group->size_bytes,
			erofs_ishare_class_name(group->share_class), group->member_count,
			group->saved_bytes);
		if (r == 0)
			r = csv_text(erofs_ishare_groups_image(g, m->image)->path, out);
		fputc(',', out);
		if (r == 0)
			r = csv_text(m->path, out);
		fputc('\n', out);
	}
	free(fingerprint);
	return r;
}

int dump_groups_csv(const struct erofs_ishare_groups *g, FILE *out)
{
	const struct erofs_ishare_group *group;
	int r = 0;

	fputs("fingerprint,size,class,copies,saved_bytes,image,path\n", out);
	for (size_t i = 0; r == 0 && (group = erofs_ishare_groups_get(g, i)); i++)
		r = csv_group(g, group, out);
	return r;
}
