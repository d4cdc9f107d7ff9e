/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Inodes that look as if they could share and do not, with the reason (docs/sharing-report.md). The
 * sizes and tags are all there is to go by, so a near miss is a hint where to look, not a promise. */
#include "ishare/group.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/cleanup.h"

const char *erofs_ishare_near_miss_name(enum erofs_ishare_near_miss_reason reason)
{
	static const char *const names[] = {
		[EROFS_NEAR_MISS_CLASS] = "class-mismatch",
		[EROFS_NEAR_MISS_SIZE] = "size-mismatch",
		[EROFS_NEAR_MISS_UNTAGGED] = "untagged",
		[EROFS_NEAR_MISS_ALGORITHM] = "algorithm-mismatch",
		[EROFS_NEAR_MISS_HEX] = "hex-form",
	};

	return names[reason];
}

/* Consecutive nodes of one order: what one near miss is made of. */
struct run {
	struct erofs_group_node **nodes;
	uint64_t count;
};

static int compare_u64(const void *left, const void *right)
{
	const uint64_t *a = left, *b = right;

	return (*a > *b) - (*a < *b);
}

static int grow(struct erofs_ishare_groups *g)
{
	size_t capacity = g->near_miss_capacity ? 2 * g->near_miss_capacity : 16;
	void *grown;

	if (g->near_miss_count < g->near_miss_capacity)
		return 0;
	grown = reallocarray(g->near_misses, capacity, sizeof(*g->near_misses));
	if (!grown)
		return -ENOMEM;
	g->near_misses = grown;
	g->near_miss_capacity = capacity;
	return 0;
}

/* Adds a near miss of the records with these numbers, which get sorted. */
static int add_near_miss(struct erofs_ishare_groups *g, enum erofs_ishare_near_miss_reason reason,
	uint64_t *numbers, uint64_t count, uint64_t saving_bytes)
{
	struct erofs_ishare_member *members =
		erofs_arena_alloc(&g->arena, (size_t)count * sizeof(*members));
	const struct erofs_group_node *node;
	int r = members ? grow(g) : -ENOMEM;

	if (r < 0)
		return r;
	qsort(numbers, (size_t)count, sizeof(*numbers), compare_u64);
	for (uint64_t i = 0; i < count; i++)
		members[i] = g->records[numbers[i]]->member;
	node = g->records[numbers[0]]->node;
	g->near_misses[g->near_miss_count++] = (struct erofs_group_near_miss){
		.pub = {
			.reason = reason,
			.value = node ? node->value : NULL,
			.value_bytes = node ? node->value_bytes : 0,
			.members = members,
			.member_count = (size_t)count,
		},
		.saving_bytes = saving_bytes,
		.first_record = numbers[0],
	};
	return 0;
}

/* The same of all records of the nodes in @run. */
static int add_run(struct erofs_ishare_groups *g, enum erofs_ishare_near_miss_reason reason,
	struct run run, uint64_t saving_bytes)
{
	auto_free uint64_t *numbers = NULL;
	uint64_t count = 0, n = 0;

	for (uint64_t i = 0; i < run.count; i++)
		count += run.nodes[i]->count;
	numbers = calloc((size_t)count, sizeof(*numbers));
	if (!numbers)
		return -ENOMEM;
	for (uint64_t i = 0; i < run.count; i++) {
		memcpy(numbers + n, g->sorted + run.nodes[i]->first,
			(size_t)run.nodes[i]->count * sizeof(*numbers));
		n += run.nodes[i]->count;
	}
	return add_near_miss(g, reason, numbers, count, saving_bytes);
}

/* ---- by value: class, size, hex ---- */

static int compare_by_value(const void *left, const void *right)
{
	const struct erofs_group_node *a = *(struct erofs_group_node *const *)left;
	const struct erofs_group_node *b = *(struct erofs_group_node *const *)right;
	int order = erofs_group_compare_values(a->value, a->value_bytes, b->value, b->value_bytes);

	if (order)
		return order;
	if (a->size_bytes != b->size_bytes)
		return a->size_bytes < b->size_bytes ? -1 : 1;
	return (a->class > b->class) - (a->class < b->class);
}

static bool same_value(const struct erofs_group_node *a, const struct erofs_group_node *b)
{
	return !erofs_group_compare_values(a->value, a->value_bytes, b->value, b->value_bytes);
}

static uint64_t node_pages(const struct erofs_group_node *node)
{
	return erofs_ishare_pages_bytes(node->size_bytes);
}

/* @run has one value and is sorted: nodes of one size are neighbours and differ in class. */
static int find_class_mismatches(struct erofs_ishare_groups *g, struct run run)
{
	for (uint64_t i = 0; i + 1 < run.count; i++) {
		struct run pair = { run.nodes + i, 2 };
		int r;

		if (run.nodes[i]->size_bytes != run.nodes[i + 1]->size_bytes)
			continue;
		r = add_run(g, EROFS_NEAR_MISS_CLASS, pair, node_pages(run.nodes[i]));
		if (r < 0)
			return r;
	}
	return 0;
}

/* Files of different sizes are different files: one of the tags lies, and nothing can be saved. */
static int find_size_mismatch(struct erofs_ishare_groups *g, struct run run)
{
	if (run.nodes[0]->size_bytes == run.nodes[run.count - 1]->size_bytes)
		return 0;
	return add_run(g, EROFS_NEAR_MISS_SIZE, run, 0);
}

/* The node of the same digest in raw form; NULL when there is none. */
static const struct erofs_group_node *find_raw(const struct erofs_ishare_groups *g,
	const struct erofs_group_node *node, enum erofs_digest_algorithm algorithm,
	const uint8_t *digest)
{
	uint8_t raw[EROFS_FINGERPRINT_MAX_BYTES];
	struct erofs_group_key key = { raw, node->size_bytes, 0, node->class };

	key.value_bytes = (uint32_t)erofs_fingerprint_encode(algorithm, digest, raw);
	return erofs_group_find(g, &key);
}

static int find_hex_form(struct erofs_ishare_groups *g, struct run run)
{
	const struct erofs_group_node *node = run.nodes[0];
	uint8_t digest[EROFS_DIGEST_MAX_BYTES];
	enum erofs_digest_algorithm algorithm;
	uint64_t saving = 0;

	if (erofs_fingerprint_parse(node->value, node->value_bytes, &algorithm, digest) !=
	    EROFS_FINGERPRINT_HEX)
		return 0;
	for (uint64_t i = 0; i < run.count; i++)
		if (find_raw(g, run.nodes[i], algorithm, digest))
			saving = erofs_sum_bytes(saving, node_pages(run.nodes[i]));
	return add_run(g, EROFS_NEAR_MISS_HEX, run, saving);
}

static int find_by_value(struct erofs_ishare_groups *g, struct run run)
{
	int r = find_class_mismatches(g, run);

	if (r == 0)
		r = find_size_mismatch(g, run);
	if (r == 0)
		r = find_hex_form(g, run);
	return r;
}

/* ---- by size: algorithm, untagged ---- */

static int compare_by_size(const void *left, const void *right)
{
	const struct erofs_group_node *a = *(struct erofs_group_node *const *)left;
	const struct erofs_group_node *b = *(struct erofs_group_node *const *)right;

	if (a->size_bytes != b->size_bytes)
		return a->size_bytes < b->size_bytes ? -1 : 1;
	return compare_by_value(left, right);
}

static bool same_size(const struct erofs_group_node *a, const struct erofs_group_node *b)
{
	return a->size_bytes == b->size_bytes;
}

static enum erofs_digest_algorithm algorithm_of(const struct erofs_group_node *node)
{
	uint8_t digest[EROFS_DIGEST_MAX_BYTES];
	enum erofs_digest_algorithm algorithm;

	erofs_fingerprint_parse(node->value, node->value_bytes, &algorithm, digest);
	return algorithm;
}

/* Different algorithms at one size. A content has one node per algorithm, so at most all nodes but those
 * of the commonest algorithm could go. Of an algorithm we do not know nothing can be said. */
static int find_algorithm_mismatch(struct erofs_ishare_groups *g, struct run run)
{
	uint64_t per_algorithm[EROFS_DIGEST_BLAKE2B512 + 1] = { 0 };
	struct run known = { calloc((size_t)run.count, sizeof(*run.nodes)), 0 };
	uint64_t most = 0;
	int r = 0;

	if (!known.nodes)
		return -ENOMEM;
	for (uint64_t i = 0; i < run.count; i++) {
		enum erofs_digest_algorithm a = algorithm_of(run.nodes[i]);

		if (a == EROFS_DIGEST_NONE)
			continue;
		known.nodes[known.count++] = run.nodes[i];
		if (++per_algorithm[a] > most)
			most = per_algorithm[a];
	}
	if (known.count > most)
		r = add_run(g, EROFS_NEAR_MISS_ALGORITHM, known,
			erofs_times_bytes(known.count - most, node_pages(known.nodes[0])));
	free(known.nodes);
	return r;
}

struct untagged {
	uint64_t size_bytes;
	uint64_t number; /* of the record */
};

static int compare_untagged(const void *left, const void *right)
{
	const struct untagged *a = left, *b = right;

	if (a->size_bytes != b->size_bytes)
		return a->size_bytes < b->size_bytes ? -1 : 1;
	return (a->number > b->number) - (a->number < b->number);
}

/* One size of untagged inodes: with a second inode of that size, tagged or not, they may be equal. */
static int add_untagged(struct erofs_ishare_groups *g, const struct untagged *list, uint64_t count,
	bool tagged_too)
{
	auto_free uint64_t *numbers = NULL;
	uint64_t spare = tagged_too ? count : count - 1;

	if (!spare)
		return 0;
	numbers = calloc((size_t)count, sizeof(*numbers));
	if (!numbers)
		return -ENOMEM;
	for (uint64_t i = 0; i < count; i++)
		numbers[i] = list[i].number;
	return add_near_miss(g, EROFS_NEAR_MISS_UNTAGGED, numbers, count,
		erofs_times_bytes(spare, erofs_ishare_pages_bytes(list[0].size_bytes)));
}

/* g->nodes are sorted by size here. */
static int find_untagged(struct erofs_ishare_groups *g)
{
	auto_free struct untagged *list = calloc((size_t)g->untagged_count + 1, sizeof(*list));
	uint64_t node = 0, end;
	int r = 0;

	if (!list)
		return -ENOMEM;
	for (uint64_t i = 0; i < g->untagged_count; i++)
		list[i] = (struct untagged){ g->records[g->sorted[i]]->size_bytes, g->sorted[i] };
	qsort(list, (size_t)g->untagged_count, sizeof(*list), compare_untagged);
	for (uint64_t i = 0; r == 0 && i < g->untagged_count; i = end) {
		for (end = i + 1; end < g->untagged_count; end++)
			if (list[end].size_bytes != list[i].size_bytes)
				break;
		while (node < g->node_count && g->nodes[node]->size_bytes < list[i].size_bytes)
			node++;
		r = add_untagged(g, list + i, end - i, node < g->node_count &&
			g->nodes[node]->size_bytes == list[i].size_bytes);
	}
	return r;
}

/* ---- all ---- */

/* Calls @find for each run of equal nodes. */
static int for_runs(struct erofs_ishare_groups *g,
	bool (*same)(const struct erofs_group_node *, const struct erofs_group_node *),
	int (*find)(struct erofs_ishare_groups *, struct run))
{
	int r = 0;
	uint64_t end;

	for (uint64_t i = 0; r == 0 && i < g->node_count; i = end) {
		for (end = i + 1; end < g->node_count; end++)
			if (!same(g->nodes[i], g->nodes[end]))
				break;
		r = find(g, (struct run){ g->nodes + i, end - i });
	}
	return r;
}

static int compare_near_misses(const void *left, const void *right)
{
	const struct erofs_group_near_miss *a = left, *b = right;
	int order;

	if (a->saving_bytes != b->saving_bytes)
		return a->saving_bytes < b->saving_bytes ? 1 : -1;
	order = erofs_group_compare_values(a->pub.value, a->pub.value_bytes, b->pub.value,
		b->pub.value_bytes);
	if (order)
		return order;
	if (a->pub.reason != b->pub.reason)
		return a->pub.reason < b->pub.reason ? -1 : 1;
	return (a->first_record > b->first_record) - (a->first_record < b->first_record);
}

int erofs_near_misses_find(struct erofs_ishare_groups *g)
{
	int r;

	qsort(g->nodes, (size_t)g->node_count, sizeof(*g->nodes), compare_by_value);
	r = for_runs(g, same_value, find_by_value);
	if (r < 0)
		return r;
	qsort(g->nodes, (size_t)g->node_count, sizeof(*g->nodes), compare_by_size);
	r = for_runs(g, same_size, find_algorithm_mismatch);
	if (r == 0)
		r = find_untagged(g);
	if (r == 0 && g->near_miss_count)
		qsort(g->near_misses, g->near_miss_count, sizeof(*g->near_misses),
			compare_near_misses);
	return r;
}
