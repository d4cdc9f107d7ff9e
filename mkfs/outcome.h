/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is written beside an image once it is finished. */
#ifndef MKFS_OUTCOME_H
#define MKFS_OUTCOME_H

#include "mkfs/options.h"

/* Both write nothing when they were not asked for, and give an exit status. @img is the new image. */
int vmdk_write(struct mkfs_options *options, struct erofs_image *img);
int block_list_write(const struct mkfs_options *options, struct erofs_image *img);

/* What was not written is as it was before. */
void vmdk_close(struct mkfs_options *options);

#endif
