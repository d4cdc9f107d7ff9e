/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Owners and timestamps as the image shall have them. */
#ifndef EROFS_TREE_FILTER_OWNER_H
#define EROFS_TREE_FILTER_OWNER_H

#include "tree/node.h"

/* Rewrites uid and gid of @node. -EINVAL when one leaves the range of valid ids: nothing is reported,
 * *ret_what names it ("uid" or "gid"). */
int erofs_owner_apply(const struct erofs_owner_rules *rules, struct erofs_node *node,
	const char **ret_what);

/* Rewrites mtime of @node. */
void erofs_time_apply(const struct erofs_time_rules *rules, struct erofs_node *node);

#endif
