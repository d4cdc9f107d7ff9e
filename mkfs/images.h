/* SPDX-License-Identifier: GPL-2.0-or-later */
/* EROFS images as sources. */
#ifndef MKFS_IMAGES_H
#define MKFS_IMAGES_H

#include "mkfs/options.h"

/* Loads the sources, which are images. 0, or -errno after a message. */
int images_load(const struct mkfs_options *options, const struct erofs_report *report,
	struct erofs_tree **ret);

/* What the sources decide: the new image has the blocks of the last one and, without a word about them, the
 * fingerprints that the sources have, which must not get lost by accident. */
void images_settle(const struct mkfs_options *options, const struct erofs_tree *tree,
	const struct erofs_report *report, struct erofs_build_options *build);

#endif
