/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --tar=i,MAP: an image with blocks reserved for the data of an archive, and a text that says what belongs there. */
#ifndef MKFS_TAR_MAP_H
#define MKFS_TAR_MAP_H

#include "mkfs/options.h"

/* erofs_build, and keeps what a map will say, if one is wanted. */
int tar_map_build(struct mkfs_options *options, struct erofs_build_options *build,
	const struct erofs_tree *tree, const struct erofs_report *report, struct erofs_build_summary *ret);
/* Writes it where it is wanted. An exit status. */
int tar_map_write(struct mkfs_options *options);

#endif
