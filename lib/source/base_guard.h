/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* What an addition changes in place may be, in an image made to be so, a part of a file, whose fingerprint would then
 * not be true any more. */
#ifndef EROFS_SOURCE_BASE_GUARD_H
#define EROFS_SOURCE_BASE_GUARD_H

#include <erofs/image.h>
#include "tree/node.h"

/* -EUCLEAN with a message when a directory of the image or, if it has fingerprints, a file, or what says where its content
 * or its fingerprint is, lies where the superblock, the root inode or a link count will be changed, or behind the image.
 * To be called when tree->base is complete. */
int erofs_base_guard(struct erofs_reader *rd, const struct erofs_tree *tree);

#endif
