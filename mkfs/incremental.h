/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Adding to an image. */
#ifndef MKFS_INCREMENTAL_H
#define MKFS_INCREMENTAL_H

#include "mkfs/options.h"

/* Looks at the image FILE, which is to be added to, and completes @options by what it is. An exit status, or
 * MKFS_GO_ON. */
int incremental_prepare(struct mkfs_options *options, const struct erofs_report *report);

#endif
