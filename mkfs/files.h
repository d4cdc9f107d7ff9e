/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files that a run reads and writes. */
#ifndef MKFS_FILES_H
#define MKFS_FILES_H

#include "mkfs/options.h"

/* Refuses outputs that are one file, however they are spelled, and such that are read. MKFS_GO_ON or MKFS_FAILED
 * after a message. */
int files_check(const struct mkfs_options *options);

#endif
