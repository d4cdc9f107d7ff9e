/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* What one more image costs a host that already runs others: the pages of its files that are in no group
 * with theirs, and why (docs/sharing-report.md). The groups decide what is shared; names only explain. */
#include <erofs/ishare.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/cleanup.h"
#include "ishare/group.h"

struct erofs_ishare_diff {
	const struct erofs_ishare_groups *groups;
	uint32_t last;			/* index of the image that is compared */
	struct erofs_table by_path;	/* records of the others; the newest image's wins */
	struct erofs_ishare_diff_file *files;
	size_t count;
	struct erofs_ishare_diff_totals totals;
};

const char *erofs_ishare_diff_cause_name(enum erofs_ishare_diff_cause cause)
{
	static const char *const names[EROFS_DIFF_CAUSES] = {
		[EROFS_DIFF_ADDED] = "added",
		[EROFS_DIFF_CHANGED] = "changed",
		[EROFS_DIFF_UNTAGGED] = "untagged",
		[EROFS_DIFF_CLASS] = "class-mismatch",
		[EROFS_DIFF_SIZE] = "size-mismatch",
		[EROFS_DIFF_ALGORITHM] = "algorithm-mismatch",
		[EROFS_DIFF_HEX] = "hex-form",
	};

	return names[cause];
}

/* ---- the files of the other images ---- */

static bool record_has_path(const void *entry, const void *key)
{
	return !strcmp(((const struct erofs_group_record *)entry)->member.path, key);
}

static const struct erofs_group_record *find_namesake(const struct erofs_ishare_diff *d,
	const char *path)
{
	return erofs_table_find(&d->by_path, erofs_hash_bytes(path, strlen(path)), path);
}

static int index_others(struct erofs_ishare_diff *d)
{
	const struct erofs_ishare_groups *g = d->groups;
	int r = 0;

	for (uint64_t i = g->record_count; r == 0 && i > 0; i--) {
		struct erofs_group_record *record = g->records[i - 1];
		const char *path = record->member.path;

		if (record->member.image != d->last && !find_namesake(d, path))
			r = erofs_table_add(&d->by_path, erofs_hash_bytes(path, strlen(path)), record);
	}
	return r;
}

static const struct erofs_group_record *first_record(const struct erofs_ishare_diff *d,
	const struct erofs_group_node *node)
{
	return d->groups->records[d->groups->sorted[node->first]];
}

/* The first file of another image with this value, size and class; NULL when there is none. Records of
 * a node are in order of adding, so the others come first. */
static const struct erofs_group_record *find_other(const struct erofs_ishare_diff *d,
	const uint8_t *value, uint32_t value_bytes, const struct erofs_group_node *like,
	enum erofs_ishare_class share_class)
{
	const struct erofs_group_key key = { value, like->size_bytes, value_bytes, share_class };
	const struct erofs_group_node *node = erofs_group_find(d->groups, &key);
	const struct erofs_group_record *record = node ? first_record(d, node) : NULL;

	return record && record->member.image != d->last ? record : NULL;
}

/* ---- causes ---- */

static enum erofs_ishare_class other_class(enum erofs_ishare_class share_class)
{
	return share_class == EROFS_ISHARE_CLASS_PLAIN ? EROFS_ISHARE_CLASS_COMPRESSED :
							 EROFS_ISHARE_CLASS_PLAIN;
}

/* A file of another image with the digest of @node in the other of the two forms. */
static int find_other_form(const struct erofs_ishare_diff *d, const struct erofs_group_node *node,
	const struct erofs_group_record **ret)
{
	uint8_t digest[EROFS_DIGEST_MAX_BYTES], raw[EROFS_FINGERPRINT_MAX_BYTES];
	enum erofs_digest_algorithm algorithm;
	auto_free char *hex = NULL;
	uint32_t size;

	*ret = NULL;
	switch (erofs_fingerprint_parse(node->value, node->value_bytes, &algorithm, digest)) {
	case EROFS_FINGERPRINT_HEX:
		size = (uint32_t)erofs_fingerprint_encode(algorithm, digest, raw);
		*ret = find_other(d, raw, size, node, node->class);
		return 0;
	case EROFS_FINGERPRINT_RAW:
		hex = erofs_fingerprint_text(node->value, node->value_bytes);
		if (!hex)
			return -ENOMEM;
		*ret = find_other(d, (const uint8_t *)hex, (uint32_t)strlen(hex), node, node->class);
		return 0;
	default:
		return 0;
	}
}

static enum erofs_digest_algorithm algorithm_of(const struct erofs_group_node *node)
{
	uint8_t digest[EROFS_DIGEST_MAX_BYTES];
	enum erofs_digest_algorithm algorithm;

	erofs_fingerprint_parse(node->value, node->value_bytes, &algorithm, digest);
	return algorithm;
}

/* What a file of the same name in another image tells about @record, which both are no group. */
static enum erofs_ishare_diff_cause cause_by_namesake(const struct erofs_group_record *record,
	const struct erofs_group_record *other)
{
	const struct erofs_group_node *a = record->node, *b = other->node;
	enum erofs_digest_algorithm theirs;

	if (b && !erofs_group_compare_values(a->value, a->value_bytes, b->value, b->value_bytes))
		return EROFS_DIFF_SIZE;
	if (record->size_bytes != other->size_bytes)
		return EROFS_DIFF_CHANGED;
	if (!b)
		return EROFS_DIFF_UNTAGGED;
	theirs = algorithm_of(b);
	return theirs && algorithm_of(a) && theirs != algorithm_of(a) ? EROFS_DIFF_ALGORITHM :
									 EROFS_DIFF_CHANGED;
}

static int explain_tagged(const struct erofs_ishare_diff *d, const struct erofs_group_record *record,
	enum erofs_ishare_diff_cause *ret_cause, const struct erofs_group_record **ret_other)
{
	const struct erofs_group_node *node = record->node;
	int r;

	*ret_cause = EROFS_DIFF_CLASS;
	*ret_other = find_other(d, node->value, node->value_bytes, node, other_class(node->class));
	if (*ret_other)
		return 0;
	*ret_cause = EROFS_DIFF_HEX;
	r = find_other_form(d, node, ret_other);
	if (r < 0 || *ret_other)
		return r;
	*ret_other = find_namesake(d, record->member.path);
	*ret_cause = *ret_other ? cause_by_namesake(record, *ret_other) : EROFS_DIFF_ADDED;
	return 0;
}

static int explain(const struct erofs_ishare_diff *d, const struct erofs_group_record *record,
	struct erofs_ishare_diff_file *ret)
{
	const struct erofs_group_record *other = NULL;
	enum erofs_ishare_diff_cause cause = EROFS_DIFF_UNTAGGED;
	int r = 0;

	if (record->node)
		r = explain_tagged(d, record, &cause, &other);
	else
		other = find_namesake(d, record->member.path);
	if (r < 0)
		return r;
	*ret = (struct erofs_ishare_diff_file){
		.member = record->member,
		.other = other ? &other->member : NULL,
		.value = record->node ? record->node->value : NULL,
		.value_bytes = record->node ? record->node->value_bytes : 0,
		.cause = cause,
		.size_bytes = record->size_bytes,
		.pages_bytes = erofs_ishare_pages_bytes(record->size_bytes),
	};
	return 0;
}

/* ---- the comparison ---- */

static void count(struct erofs_ishare_diff_sum *sum, uint64_t size_bytes)
{
	sum->files++;
	sum->bytes = erofs_sum_bytes(sum->bytes, erofs_ishare_pages_bytes(size_bytes));
}

static int add_record(struct erofs_ishare_diff *d, const struct erofs_group_record *record)
{
	struct erofs_ishare_diff_totals *t = &d->totals;
	const struct erofs_group_record *first = record->node ? first_record(d, record->node) : record;
	struct erofs_ishare_diff_file *file = &d->files[d->count];
	int r;

	count(&t->all, record->size_bytes);
	if (first != record) {
		count(first->member.image != d->last ? &t->reused : &t->repeated, record->size_bytes);
		return 0;
	}
	r = explain(d, record, file);
	if (r < 0)
		return r;
	d->count++;
	count(&t->unshared, record->size_bytes);
	count(&t->by_cause[file->cause], record->size_bytes);
	return 0;
}

static int compare_files(const void *left, const void *right)
{
	const struct erofs_ishare_diff_file *a = left, *b = right;

	if (a->pages_bytes != b->pages_bytes)
		return a->pages_bytes < b->pages_bytes ? 1 : -1;
	return strcmp(a->member.path, b->member.path);
}

static int compare_last(struct erofs_ishare_diff *d)
{
	const struct erofs_ishare_groups *g = d->groups;
	int r = index_others(d);

	d->files = calloc((size_t)g->images[d->last].files + 1, sizeof(*d->files));
	if (!d->files)
		return -ENOMEM;
	for (uint64_t i = 0; r == 0 && i < g->record_count; i++)
		if (g->records[i]->member.image == d->last)
			r = add_record(d, g->records[i]);
	if (r == 0)
		qsort(d->files, d->count, sizeof(*d->files), compare_files);
	return r;
}

int erofs_ishare_diff_new(const struct erofs_ishare_groups *g, struct erofs_ishare_diff **ret)
{
	struct erofs_ishare_diff *d;
	int r;

	if (!g->image_count)
		return -EINVAL;
	d = calloc(1, sizeof(*d));
	if (!d)
		return -ENOMEM;
	d->groups = g;
	d->last = (uint32_t)(g->image_count - 1);
	erofs_table_init(&d->by_path, record_has_path);
	r = compare_last(d);
	if (r < 0) {
		erofs_ishare_diff_free(d);
		return r;
	}
	*ret = d;
	return 0;
}

void erofs_ishare_diff_free(struct erofs_ishare_diff *diff)
{
	if (!diff)
		return;
	erofs_table_fini(&diff->by_path);
	free(diff->files);
	free(diff);
}

const struct erofs_ishare_diff_totals *erofs_ishare_diff_totals(const struct erofs_ishare_diff *diff)
{
	return &diff->totals;
}

const struct erofs_ishare_diff_file *erofs_ishare_diff_get(const struct erofs_ishare_diff *diff,
	size_t index)
{
	return index < diff->count ? &diff->files[index] : NULL;
}
