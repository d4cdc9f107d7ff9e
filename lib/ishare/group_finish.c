/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* From what was collected to the report: members side by side, totals, groups in their order. */
#include "ishare/group.h"

#include <errno.h>
#include <stdlib.h>

/* Arrays of the report may be empty; malloc(0) may be NULL. */
static void *new_array(uint64_t count, size_t size)
{
	return count < SIZE_MAX ? calloc((size_t)count + 1, size) : NULL;
}

static int list_records_and_nodes(struct erofs_ishare_groups *g)
{
	uint64_t i = 0;

	g->records = new_array(g->record_count, sizeof(struct erofs_group_record *));
	g->sorted = new_array(g->record_count, sizeof(*g->sorted));
	g->nodes = new_array(g->node_count, sizeof(struct erofs_group_node *));
	if (!g->records || !g->sorted || !g->nodes)
		return -ENOMEM;
	for (struct erofs_group_record *r = g->first_record; r; r = r->next) {
		g->records[i++] = r;
		g->untagged_count += !r->node;
	}
	i = 0;
	for (struct erofs_group_node *n = g->first_node; n; n = n->next)
		g->nodes[i++] = n;
	return 0;
}

/* Counting sort by node, which keeps the order of adding inside each; untagged records come first. */
static void sort_records(struct erofs_ishare_groups *g)
{
	uint64_t next = g->untagged_count, untagged = 0;

	for (uint64_t i = 0; i < g->node_count; i++) {
		g->nodes[i]->first = next;
		next += g->nodes[i]->count;
		g->nodes[i]->count = 0;
	}
	for (uint64_t i = 0; i < g->record_count; i++) {
		struct erofs_group_node *node = g->records[i]->node;

		g->sorted[node ? node->first + node->count++ : untagged++] = i;
	}
}

static void add_totals(struct erofs_ishare_groups *g)
{
	struct erofs_ishare_totals *t = &g->totals;

	for (size_t i = 0; i < g->image_count; i++) {
		t->files += g->images[i].files;
		t->tagged += g->images[i].tagged;
		t->unshared_bytes = erofs_sum_bytes(t->unshared_bytes, g->images[i].bytes);
	}
	for (uint64_t i = 0; i < g->untagged_count; i++)
		t->shared_bytes = erofs_sum_bytes(t->shared_bytes,
			erofs_ishare_pages_bytes(g->records[g->sorted[i]]->size_bytes));
	for (uint64_t i = 0; i < g->node_count; i++) {
		t->shared_bytes = erofs_sum_bytes(t->shared_bytes,
			erofs_ishare_pages_bytes(g->nodes[i]->size_bytes));
		t->groups += g->nodes[i]->count >= 2;
	}
	t->saved_bytes = t->unshared_bytes - t->shared_bytes;
}

static int compare_groups(const void *left, const void *right)
{
	const struct erofs_ishare_group *a = left, *b = right;
	int order;

	if (a->saved_bytes != b->saved_bytes)
		return a->saved_bytes < b->saved_bytes ? 1 : -1;
	order = erofs_group_compare_values(a->value, a->value_bytes, b->value, b->value_bytes);
	if (order)
		return order;
	if (a->size_bytes != b->size_bytes)
		return a->size_bytes < b->size_bytes ? -1 : 1;
	return (a->share_class > b->share_class) - (a->share_class < b->share_class);
}

static void fill_group(const struct erofs_ishare_groups *g, const struct erofs_group_node *node,
	struct erofs_ishare_member *members, struct erofs_ishare_group *ret)
{
	for (uint64_t i = 0; i < node->count; i++)
		members[i] = g->records[g->sorted[node->first + i]]->member;
	*ret = (struct erofs_ishare_group){
		.value = node->value,
		.value_bytes = node->value_bytes,
		.size_bytes = node->size_bytes,
		.share_class = node->class,
		.members = members,
		.member_count = (size_t)node->count,
		.saved_bytes = erofs_times_bytes(node->count - 1,
			erofs_ishare_pages_bytes(node->size_bytes)),
	};
}

static int list_groups(struct erofs_ishare_groups *g)
{
	g->groups = new_array(g->totals.groups, sizeof(*g->groups));
	if (!g->groups)
		return -ENOMEM;
	for (uint64_t i = 0; i < g->node_count; i++) {
		const struct erofs_group_node *node = g->nodes[i];
		struct erofs_ishare_member *members;

		if (node->count < 2)
			continue;
		members = erofs_arena_alloc(&g->arena, (size_t)node->count * sizeof(*members));
		if (!members)
			return -ENOMEM;
		fill_group(g, node, members, &g->groups[g->group_count++]);
	}
	qsort(g->groups, g->group_count, sizeof(*g->groups), compare_groups);
	return 0;
}

int erofs_ishare_groups_finish(struct erofs_ishare_groups *g)
{
	int r = list_records_and_nodes(g);

	if (r < 0)
		return r;
	sort_records(g);
	add_totals(g);
	r = list_groups(g);
	return r < 0 ? r : erofs_near_misses_find(g);
}
