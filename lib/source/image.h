/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* EROFS images, one above the other, as a source of nodes. */
#ifndef EROFS_SOURCE_IMAGE_H
#define EROFS_SOURCE_IMAGE_H

#include "tree/graft.h"
#include "source/images.h"

/* Puts all files of @images, the first one lowest, into @graft, as overlayfs would show them. Referred
 * files get the tree's devices, one for each image. */
int erofs_source_image_scan(struct erofs_graft *graft, struct erofs_images *images);

#endif
