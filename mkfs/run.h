/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One run of mkfs.erofs with options that make sense. */
#ifndef MKFS_RUN_H
#define MKFS_RUN_H

#include "mkfs/options.h"

/* From now on what is wrong with file contexts is said as everything else is. */
void labels_listen(void);

/* Loads, builds, prints what came of it. An exit status. */
int mkfs_run(struct mkfs_options *options);

#endif
