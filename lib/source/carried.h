/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Which compressed files of an image can become part of another one as they are stored. */
#ifndef EROFS_SOURCE_CARRIED_H
#define EROFS_SOURCE_CARRIED_H

#include <erofs/image.h>
#include <erofs/inode.h>
#include "tree/node.h"

/* Judges the compressed @inode, a regular file that is not empty, by its index, which is read as a whole, and notes in
 * @node how it can be carried over, and in @carried what that takes. A file that cannot be is left as it is: it has
 * to be decoded. Damage is an error, with a message. */
int erofs_carried_judge(struct erofs_reader *rd, const struct erofs_inode *inode, struct erofs_node *node,
	struct erofs_tree_carried *carried);

#endif
