/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Which paths of a source stay out of the tree. */
#ifndef EROFS_TREE_FILTER_EXCLUDE_H
#define EROFS_TREE_FILTER_EXCLUDE_H

#include <stdbool.h>
#include <erofs/tree.h>

struct erofs_excludes;

/* Compiles the rules of @options, which stay borrowed. -EINVAL with a message for a bad regular
 * expression. */
int erofs_excludes_new(const struct erofs_tree_options *options, const struct erofs_report *report,
	struct erofs_excludes **ret);
void erofs_excludes_free(struct erofs_excludes *excludes); /* NULL is a no-op */
/* @path is relative to the root, without leading slash. */
bool erofs_excludes_match(const struct erofs_excludes *excludes, const char *path);

#endif
