/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Content of files that lie in a directory of the host. */
#ifndef EROFS_SOURCE_CONTENT_DIR_H
#define EROFS_SOURCE_CONTENT_DIR_H

#include "tree/content.h"

/* A source of the files below the open directory @root, called @path in messages. Takes over @root,
 * also when it fails. 0 or -ENOMEM. */
int erofs_content_dir_new(int root, const char *path, struct erofs_content_source **ret);

#endif
