/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Planning attributes: long name prefixes, which attributes are stored once for many inodes, and how
 * large each inode's body gets (section 6). */
#include "plan/plan.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/math.h"
#include "base/report.h"

#define NAME_MAX_BYTES 255u
#define VALUE_MAX_BYTES 65535u
#define BODY_MAX_BYTES (EROFS_XATTR_IBODY_HEADER_SIZE + 4 * 65534u)
#define NEVER_SHARED INT32_MAX

/* ---- prefixes ---- */

static int add_prefix(struct erofs_plan *plan, const char *name)
{
	struct plan_xattrs *px = &plan->xattrs;
	size_t length = strlen(name);
	uint32_t skip;
	unsigned int index = erofs_xattr_index_of(name, &skip);

	if (length == 0 || length > NAME_MAX_BYTES)
		return erofs_fail(plan->report, -EINVAL, "xattr name prefix of %zu bytes: not 1 to %u",
			length, NAME_MAX_BYTES);
	if (px->prefix_count == EROFS_XATTR_MAX_PREFIXES)
		return erofs_fail(plan->report, -E2BIG, "more than %d xattr name prefixes",
			EROFS_XATTR_MAX_PREFIXES);
	px->prefixes[px->prefix_count++] = (struct plan_prefix){ .base_index = (uint8_t)index,
		.infix = name + skip, .infix_bytes = (uint8_t)(length - skip) };
	px->prefix_bytes = (uint32_t)erofs_round_up(px->prefix_bytes, 4) +
		(uint32_t)sizeof(struct erofs_xattr_long_prefix) + (uint32_t)(length - skip);
	return 0;
}

/* -1: none is @name. */
static int find_prefix(const struct plan_xattrs *px, const char *name)
{
	uint32_t skip;
	unsigned int index = erofs_xattr_index_of(name, &skip);

	for (uint32_t i = 0; i < px->prefix_count; i++)
		if (px->prefixes[i].base_index == index && px->prefixes[i].infix_bytes == strlen(name + skip) &&
		    !memcmp(px->prefixes[i].infix, name + skip, px->prefixes[i].infix_bytes))
			return (int)i;
	return -1;
}

static bool any_file(const struct erofs_tree *tree)
{
	for (uint32_t i = 0; i < tree->node_count; i++)
		if (erofs_plan_is_file(tree->nodes[i]))
			return true;
	return false;
}

/* The fingerprint's own prefix comes last, so that the ids of the others do not depend on tagging. A
 * user's prefix of the same text serves too, or one that a base image has. */
static int add_ishare_prefix(struct erofs_plan *plan)
{
	struct plan_xattrs *px = &plan->xattrs;
	const char *name = plan->opt.ishare_xattr;
	int r;

	px->ishare_name = name;
	px->fingerprint_bytes = (uint32_t)strlen(erofs_digest_name(plan->opt.ishare)) + 1 +
		erofs_digest_size_bytes(plan->opt.ishare);
	px->ishare_id = find_prefix(px, name);
	if (px->ishare_id >= 0)
		return 0;
	r = add_prefix(plan, name);
	if (r == 0)
		px->ishare_id = (int)px->prefix_count - 1;
	return r;
}

/* The prefixes of a base image keep their numbers. */
static void adopt_prefixes(struct erofs_plan *plan)
{
	const struct erofs_tree_base *base = plan->tree->base;
	struct plan_xattrs *px = &plan->xattrs;

	for (uint32_t i = 0; base && i < base->super.xattr_prefix_count; i++) {
		const struct erofs_tree_prefix *old = &base->prefixes[i];

		px->prefixes[px->prefix_count++] = (struct plan_prefix){ old->infix, old->base_index,
			old->infix_bytes };
		px->prefix_bytes = (uint32_t)erofs_round_up(px->prefix_bytes, 4) +
			(uint32_t)sizeof(struct erofs_xattr_long_prefix) + old->infix_bytes;
	}
	if (!base || !base->ishare_xattr)
		return;
	px->ishare_name = base->ishare_xattr;
	px->fingerprint_bytes = (uint32_t)strlen(erofs_digest_name(plan->opt.ishare)) + 1 +
		erofs_digest_size_bytes(plan->opt.ishare);
	px->ishare_id = (int)base->super.ishare_prefix_id;
}

/* A table that the base image has already is not written again. */
static void drop_old_table(struct erofs_plan *plan)
{
	const struct erofs_tree_base *base = plan->tree->base;

	if (base && plan->xattrs.prefix_count == base->super.xattr_prefix_count)
		plan->xattrs.prefix_bytes = 0;
}

static int plan_prefixes(struct erofs_plan *plan)
{
	struct plan_xattrs *px = &plan->xattrs;

	px->ishare_id = -1;
	adopt_prefixes(plan);
	for (size_t i = 0; i < plan->opt.xattr_prefix_count; i++) {
		int r = 0;

		if (!plan->tree->base || find_prefix(px, plan->opt.xattr_prefixes[i]) < 0)
			r = add_prefix(plan, plan->opt.xattr_prefixes[i]);
		if (r < 0)
			return r;
	}
	px->matched_count = px->prefix_count;
	if (plan->opt.ishare && px->ishare_id < 0 && any_file(plan->tree))
		return add_ishare_prefix(plan);
	return 0;
}

int erofs_plan_xattr_prefix(const struct plan_xattrs *px, const struct erofs_node_xattr *xattr,
	unsigned int *ret_index, uint32_t *ret_skip)
{
	uint32_t skip;
	unsigned int index = erofs_xattr_index_of(xattr->name, &skip);
	uint32_t rest = xattr->name_bytes - skip;

	*ret_index = index;
	*ret_skip = skip;
	for (uint32_t i = 0; i < px->matched_count; i++) {
		const struct plan_prefix *p = &px->prefixes[i];

		if (p->base_index != index || p->infix_bytes > rest ||
		    memcmp(p->infix, xattr->name + skip, p->infix_bytes))
			continue;
		*ret_skip = skip + p->infix_bytes;
		return (int)i;
	}
	return -1;
}

static uint32_t entry_bytes(const struct plan_xattrs *px, const struct erofs_node_xattr *xattr)
{
	unsigned int index;
	uint32_t skip;

	erofs_plan_xattr_prefix(px, xattr, &index, &skip);
	return (uint32_t)erofs_round_up(
		sizeof(struct erofs_xattr_entry) + xattr->name_bytes - skip + xattr->value_bytes, 4);
}

/* ---- sharing ---- */

/* The order of the shared area: by the bytes of name, NUL, value (section 6.3). */
static int compare_xattrs(const struct erofs_node_xattr *a, const struct erofs_node_xattr *b)
{
	int c = strcmp(a->name, b->name);

	if (c)
		return c;
	c = memcmp(a->value, b->value,
		a->value_bytes < b->value_bytes ? a->value_bytes : b->value_bytes);
	if (c)
		return c;
	return a->value_bytes < b->value_bytes ? -1 : a->value_bytes > b->value_bytes;
}

/* One attribute of one set, and how many inodes have that set. */
struct use {
	const struct erofs_node_xattr *xattr;
	uint64_t count;
};

static int compare_uses(const void *a, const void *b)
{
	return compare_xattrs(((const struct use *)a)->xattr, ((const struct use *)b)->xattr);
}

static int compare_sets(const void *a, const void *b)
{
	uintptr_t x = (uintptr_t)*(const struct erofs_node_xattrs *const *)a;
	uintptr_t y = (uintptr_t)*(const struct erofs_node_xattrs *const *)b;

	return x < y ? -1 : x > y;
}

/* The sets of all inodes but the root, as erofs-utils counts, grouped by identity. */
static size_t collect_sets(const struct erofs_tree *tree, const struct erofs_node_xattrs **sets)
{
	size_t count = 0;

	for (uint32_t i = 1; i < tree->node_count; i++)
		if (tree->nodes[i]->xattrs)
			sets[count++] = tree->nodes[i]->xattrs;
	qsort(sets, count, sizeof(*sets), compare_sets);
	return count;
}

static size_t run_length(const struct erofs_node_xattrs *const *sets, size_t at, size_t count)
{
	size_t end = at + 1;

	while (end < count && sets[end] == sets[at])
		end++;
	return end - at;
}

static size_t count_distinct(const struct erofs_node_xattrs *const *sets, size_t count)
{
	size_t uses = 0;

	for (size_t i = 0; i < count; i += run_length(sets, i, count))
		uses += sets[i]->count;
	return uses;
}

static void list_uses(const struct erofs_node_xattrs *const *sets, size_t count, struct use *uses)
{
	for (size_t i = 0, run; i < count; i += run) {
		run = run_length(sets, i, count);
		for (uint32_t k = 0; k < sets[i]->count; k++)
			*uses++ = (struct use){ &sets[i]->list[k], run };
	}
}

bool erofs_plan_xattr_reserved(const struct plan_xattrs *px, const struct erofs_node_xattr *xattr)
{
	return px->ishare_id >= 0 && !strcmp(xattr->name, px->ishare_name);
}

/* Merges equal neighbours of the sorted @uses and keeps those that occur often enough, in place. */
static size_t keep_shared(const struct erofs_plan *plan, struct use *uses, size_t count)
{
	uint64_t tolerance = (uint64_t)plan->opt.xattr_tolerance;
	size_t kept = 0;

	for (size_t i = 0, end; i < count; i = end) {
		uint64_t inodes = uses[i].count;

		for (end = i + 1; end < count && !compare_uses(&uses[i], &uses[end]); end++)
			inodes += uses[end].count;
		if (inodes > tolerance && !erofs_plan_xattr_reserved(&plan->xattrs, uses[i].xattr))
			uses[kept++] = uses[i];
	}
	return kept;
}

static int place_shared(struct erofs_plan *plan, const struct use *uses, size_t count)
{
	struct plan_xattrs *px = &plan->xattrs;
	uint64_t at = 0;

	if (!count)
		return 0;
	px->shared = calloc(count, sizeof(*px->shared));
	px->shared_offsets = calloc(count, sizeof(*px->shared_offsets));
	if (!px->shared || !px->shared_offsets)
		return erofs_fail_errno(plan->report, -ENOMEM, "%zu shared xattrs", count);
	for (size_t i = 0; i < count; i++) {
		px->shared[i] = uses[i].xattr;
		px->shared_offsets[i] = (uint32_t)at;
		at += entry_bytes(px, uses[i].xattr);
		if (at > INT32_MAX)
			return erofs_fail(plan->report, -EFBIG, "more than 2 GiB of shared xattrs");
	}
	px->shared_count = (uint32_t)count;
	px->shared_bytes = (uint32_t)at;
	return 0;
}

static int plan_shared(struct erofs_plan *plan)
{
	const struct erofs_tree *tree = plan->tree;
	auto_free const struct erofs_node_xattrs **sets = NULL;
	auto_free struct use *uses = NULL;
	size_t set_count, use_count;

	/* Kernels take one stream for the other where both have a block of this number (section 16). And in
	 * front of data that was there first is no room. */
	if (plan->metabox || tree->intake || plan->opt.xattr_tolerance < 0 || plan->opt.xattr_tolerance >= NEVER_SHARED)
		return 0;
	sets = calloc(tree->node_count, sizeof(*sets));
	if (!sets)
		return erofs_fail_errno(plan->report, -ENOMEM, "xattrs of %" PRIu32 " inodes",
			tree->node_count);
	set_count = collect_sets(tree, sets);
	use_count = count_distinct(sets, set_count);
	uses = calloc(use_count ? use_count : 1, sizeof(*uses));
	if (!uses)
		return erofs_fail_errno(plan->report, -ENOMEM, "%zu xattrs", use_count);
	list_uses(sets, set_count, uses);
	qsort(uses, use_count, sizeof(*uses), compare_uses);
	return place_shared(plan, uses, keep_shared(plan, uses, use_count));
}

int64_t erofs_plan_xattr_shared(const struct plan_xattrs *px, const struct erofs_node_xattr *xattr)
{
	size_t at = EROFS_BISECT(px->shared_count, i, compare_xattrs(xattr, px->shared[i]) > 0);

	return at < px->shared_count && !compare_xattrs(xattr, px->shared[at]) ? (int64_t)at : -1;
}

/* ---- bodies ---- */

static int check_xattr(const struct erofs_plan *plan, const struct erofs_node *node,
	const struct erofs_node_xattr *xattr)
{
	if (xattr->name_bytes >= 1 && xattr->name_bytes <= NAME_MAX_BYTES &&
	    xattr->value_bytes <= VALUE_MAX_BYTES)
		return 0;
	return erofs_plan_fail(plan, node, -E2BIG,
		"xattr %s: name of %" PRIu32 " bytes (limit %u), value of %" PRIu32 " (limit %u)", xattr->name,
		xattr->name_bytes, NAME_MAX_BYTES, xattr->value_bytes, VALUE_MAX_BYTES);
}

static int sum_entries(const struct erofs_plan *plan, const struct erofs_node *node, uint64_t *bytes)
{
	const struct plan_xattrs *px = &plan->xattrs;
	uint32_t shared = 0, count = node->xattrs ? node->xattrs->count : 0;

	for (uint32_t i = 0; i < count; i++) {
		const struct erofs_node_xattr *xattr = &node->xattrs->list[i];
		int r = check_xattr(plan, node, xattr);

		if (r < 0)
			return r;
		if (erofs_plan_xattr_reserved(px, xattr))
			continue;
		if (shared < EROFS_XATTR_MAX_SHARED && erofs_plan_xattr_shared(px, xattr) >= 0) {
			shared++;
			*bytes += sizeof(erofs_le32);
		} else {
			*bytes += entry_bytes(px, xattr);
		}
	}
	return 0;
}

int erofs_plan_xattr_body(const struct erofs_plan *plan, const struct erofs_node *node,
	uint32_t *ret_bytes)
{
	const struct plan_xattrs *px = &plan->xattrs;
	uint64_t bytes = 0;
	int r = sum_entries(plan, node, &bytes);

	if (r < 0)
		return r;
	if (px->ishare_id >= 0 && erofs_plan_is_file(node))
		bytes += erofs_round_up(sizeof(struct erofs_xattr_entry) + px->fingerprint_bytes, 4);
	if (bytes)
		bytes += EROFS_XATTR_IBODY_HEADER_SIZE;
	if (node == plan->tree->root && bytes < plan->opt.root_xattr_isize)
		bytes = erofs_round_up(plan->opt.root_xattr_isize, 4);
	/* A body of the header alone is undefined (section 6.1). */
	if (bytes && bytes < EROFS_XATTR_IBODY_HEADER_SIZE + 4)
		bytes = EROFS_XATTR_IBODY_HEADER_SIZE + 4;
	if (bytes > BODY_MAX_BYTES)
		return erofs_plan_fail(plan, node, -E2BIG, "xattrs take %" PRIu64
			" bytes, more than %u", bytes, BODY_MAX_BYTES);
	*ret_bytes = (uint32_t)bytes;
	return 0;
}

int erofs_plan_xattrs(struct erofs_plan *plan)
{
	int r = plan_prefixes(plan);

	plan->xattrs.filter = !plan->opt.no_xattr_filter;
	drop_old_table(plan);
	return r < 0 ? r : plan_shared(plan);
}
