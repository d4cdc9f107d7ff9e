/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Parts of adding a tree to an image. */
#ifndef EROFS_SOURCE_BASE_FACTS_H
#define EROFS_SOURCE_BASE_FACTS_H

#include <erofs/image.h>
#include "tree/loader.h"

/* Fills tree->base from the image that @rd reads. -EOPNOTSUPP with a message when it takes no additions. */
int erofs_base_facts(struct erofs_tree *tree, struct erofs_reader *rd);

/* Takes out whiteouts and marks of overlayfs: they have had their effect. */
int erofs_base_strip(struct erofs_loader *loader);

#endif
