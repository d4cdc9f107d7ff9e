/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* A directory of the host as a source of nodes. */
#ifndef EROFS_SOURCE_DIR_H
#define EROFS_SOURCE_DIR_H

#include "tree/loader.h"

/* Puts everything below the open directory @root, called @path, into the loader's tree. */
int erofs_source_dir_scan(struct erofs_loader *loader, int root, const char *path);

#endif
