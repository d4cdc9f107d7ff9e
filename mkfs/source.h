/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the image is made of: the operands after FILE, and the options that say how to take them. */
#ifndef MKFS_SOURCE_H
#define MKFS_SOURCE_H

#include "mkfs/options.h"

/* Whether the operands are what the options need. MKFS_GO_ON, or an exit status after a message. */
int source_check(const struct mkfs_options *options);
/* The tree of the source; @build is changed where the source decides about the image. 0, or -errno after a
 * message. */
int source_load(const struct mkfs_options *options, const struct erofs_report *report,
	struct erofs_build_options *build, struct erofs_tree **ret);

#endif
