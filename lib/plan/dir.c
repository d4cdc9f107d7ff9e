/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Directories: the sorted sequence of entries, and how large it gets (section 5). */
#include "plan/plan.h"

#include <string.h>

#include "base/math.h"

#define DOT 1
#define DOTDOT 2

void erofs_plan_dir_start(const struct erofs_plan *plan, const struct erofs_node *node,
	struct plan_dir *ret)
{
	*ret = (struct plan_dir){ .node = node,
		.dots_left = plan->opt.dot_omitted ? DOTDOT : DOT | DOTDOT };
}

static int compare_names(const char *a, uint32_t a_bytes, const char *b, uint32_t b_bytes)
{
	int c = memcmp(a, b, a_bytes < b_bytes ? a_bytes : b_bytes);

	if (c)
		return c;
	return a_bytes < b_bytes ? -1 : a_bytes > b_bytes;
}

/* "." and ".." are not first where a name starts with a byte below '.'. */
bool erofs_plan_dir_next(struct plan_dir *dir, struct plan_dirent *ret)
{
	const struct erofs_edge *edge = NULL;
	uint32_t dots = dir->dots_left & DOT ? 1 : 2;

	if (dir->next < dir->node->edge_count)
		edge = &dir->node->edges[dir->next];
	if (dir->dots_left &&
	    (!edge || compare_names("..", dots, edge->name, edge->name_bytes) < 0)) {
		*ret = (struct plan_dirent){ "..", dots == 1 ? dir->node : dir->node->parent, dots };
		dir->dots_left &= (uint8_t)~(dots == 1 ? DOT : DOTDOT);
		return true;
	}
	if (!edge)
		return false;
	*ret = (struct plan_dirent){ edge->name, edge->node, edge->name_bytes };
	dir->next++;
	return true;
}

uint64_t erofs_plan_dir_size(const struct erofs_plan *plan, const struct erofs_node *node)
{
	uint64_t used = 0;
	struct plan_dir dir;
	struct plan_dirent ent;

	erofs_plan_dir_start(plan, node, &dir);
	while (erofs_plan_dir_next(&dir, &ent)) {
		uint32_t cost = (uint32_t)sizeof(struct erofs_dirent) + ent.name_bytes;

		if ((used & (plan->block_size - 1)) + cost > plan->block_size)
			used = erofs_round_up(used, plan->block_size);
		used += cost;
	}
	return used;
}
