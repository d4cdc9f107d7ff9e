/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Owners, modes and capabilities out of Android's table (fs_table.h). */
#ifndef EROFS_TREE_FS_CONFIG_H
#define EROFS_TREE_FS_CONFIG_H

#include "tree/loader.h"

/* Gives every node of the ordered tree what the table in options->fs_config_file says of its path below
 * options->mount_point. Reports errors; -ENOENT: a file is not in the table. */
int erofs_fs_config_apply(struct erofs_loader *loader);

#endif
