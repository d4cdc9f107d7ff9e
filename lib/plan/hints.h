/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Compress hints: a text file that chooses for files by their paths how they are compressed. One rule a
 * line, the first that matches counts:
 *	PCLUSTER_BYTES [ALGORITHM_NUMBER] REGEX */
#ifndef EROFS_PLAN_HINTS_H
#define EROFS_PLAN_HINTS_H

#include "plan/plan.h"

/* Reads the file that the options name into plan->hints, and raises the largest pcluster of the image where
 * it asks for more. Reports errors by line. */
int erofs_plan_hints_load(struct erofs_plan *plan);
/* The same with what the file has, a string that is taken apart. */
int erofs_plan_hints_parse(struct erofs_plan *plan, char *text);
void erofs_plan_hints_free(struct plan_hints *hints); /* NULL is a no-op */
/* Sets *ret when a rule matches the path of @node. 0 or -ENOMEM. */
int erofs_plan_hints_match(struct plan_hints *hints, const struct erofs_node *node,
	struct plan_choice *ret);

#endif
