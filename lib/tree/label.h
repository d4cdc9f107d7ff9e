/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* SELinux labels out of a file_contexts(5) file. */
#ifndef EROFS_TREE_LABEL_H
#define EROFS_TREE_LABEL_H

#include <stdint.h>
#include <erofs/report.h>

struct erofs_labels;

/* Opens @file; @mount_point (NULL = "/") is where the tree will be mounted. -EOPNOTSUPP with a message
 * when built without libselinux. */
int erofs_labels_open(const char *file, const char *mount_point, const struct erofs_report *report,
	struct erofs_labels **ret);
void erofs_labels_close(struct erofs_labels *labels); /* NULL is a no-op */

/* The label of the file at @path (relative to the root of the tree, "" = the root), to be freed. 1 =
 * found, 0 = no rule matches, -errno after a message. */
int erofs_labels_find(struct erofs_labels *labels, const char *path, uint32_t mode, char **ret);

#endif
