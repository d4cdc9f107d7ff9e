/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Adding a tree to an image that exists. */
#ifndef EROFS_SOURCE_BASE_H
#define EROFS_SOURCE_BASE_H

#include "tree/loader.h"

/* Puts what the base image has below the loader's tree, whose edges are complete: its files are kept where
 * they are. Directories are, too, if their parent stays the inode that it is, since they name it; others
 * become nodes of the tree. Comes before ordering. */
int erofs_base_merge(struct erofs_loader *loader);

#endif
