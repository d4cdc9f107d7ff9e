/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* What loading from any source has in common. */
#ifndef EROFS_SOURCE_LOAD_H
#define EROFS_SOURCE_LOAD_H

#include "tree/loader.h"

/* Puts all files of a source into the loader's tree and gives the tree its content source. @source is what
 * the caller of erofs_tree_load handed in. Reports its errors, but not -ENOMEM. */
typedef int erofs_load_function(struct erofs_loader *loader, const void *source);

/* Checks @options, loads and finishes. @name is of the source, for messages. */
int erofs_tree_load(const struct erofs_tree_options *options, const struct erofs_report *report,
	erofs_load_function *load, const void *source, const char *name, struct erofs_tree **ret);

#endif
