/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* How a sharing report is held while images are added and once it is finished (terms:
 * docs/sharing-report.md). */
#ifndef EROFS_ISHARE_GROUP_H
#define EROFS_ISHARE_GROUP_H

#include <erofs/ishare.h>
#include "base/arena.h"
#include "base/table.h"

/* One regular inode that is not empty. */
struct erofs_group_record {
	struct erofs_group_record *next; /* in order of adding */
	struct erofs_group_node *node;	 /* NULL: untagged */
	struct erofs_ishare_member member;
	uint64_t size_bytes;
};

/* The inodes of equal (value, size, class), also when there is only one. */
struct erofs_group_node {
	struct erofs_group_node *next;
	const uint8_t *value;
	uint64_t size_bytes;
	uint64_t first;		/* of its records in erofs_ishare_groups.sorted */
	uint64_t count;
	uint32_t value_bytes;
	enum erofs_ishare_class class;
};

struct erofs_group_near_miss {
	struct erofs_ishare_near_miss pub;
	uint64_t saving_bytes;	/* at most, if the reason went away */
	uint64_t first_record;	/* in order of adding */
};

struct erofs_ishare_groups {
	struct erofs_arena arena;
	struct erofs_table by_key;	/* of nodes */

	struct erofs_ishare_image_facts *images;
	size_t image_count, image_capacity;
	struct erofs_group_record *first_record, **records_end;
	struct erofs_group_node *first_node;
	uint64_t record_count, node_count;

	/* Set by finish: */
	struct erofs_group_record **records;	/* in order of adding, record_count */
	uint64_t *sorted;	/* indexes of records, those of one node side by side; first untagged */
	uint64_t untagged_count;
	struct erofs_group_node **nodes;	/* node_count */
	struct erofs_ishare_group *groups;
	size_t group_count;
	struct erofs_group_near_miss *near_misses;
	size_t near_miss_count, near_miss_capacity;
	struct erofs_ishare_totals totals;
};

/* What finds a node in by_key. */
struct erofs_group_key {
	const uint8_t *value;
	uint64_t size_bytes;
	uint32_t value_bytes;
	enum erofs_ishare_class class;
};
struct erofs_group_node *erofs_group_find(const struct erofs_ishare_groups *g,
	const struct erofs_group_key *key);

/* By bytes, then the shorter first. */
int erofs_group_compare_values(const uint8_t *a, size_t a_bytes, const uint8_t *b, size_t b_bytes);

/* Sums of sizes that images claim: they stop at the largest number instead of wrapping. */
static inline uint64_t erofs_sum_bytes(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static inline uint64_t erofs_times_bytes(uint64_t count, uint64_t bytes)
{
	return bytes && count > UINT64_MAX / bytes ? UINT64_MAX : count * bytes;
}

/* Fills near_misses, in their order. 0 or -ENOMEM. */
int erofs_near_misses_find(struct erofs_ishare_groups *g);

#endif
