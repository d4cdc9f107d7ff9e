/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Android's table of modes, owners and capabilities: a line "PATH UID GID MODE [capabilities=MASK]" for each
 * file. */
#ifndef EROFS_TREE_FS_TABLE_H
#define EROFS_TREE_FS_TABLE_H

#include <stdint.h>
#include <stdio.h>
#include <erofs/report.h>

struct erofs_fs_rule {
	const char *path;	/* without leading slashes */
	uint32_t uid, gid;
	uint16_t mode;		/* 07777 */
	uint64_t capabilities;
};

struct erofs_fs_table;

/* Reads @in to its end. -EINVAL with a message that has @name, printable, and the line. */
int erofs_fs_table_read(FILE *in, const char *name, const struct erofs_report *report,
	struct erofs_fs_table **ret);
void erofs_fs_table_free(struct erofs_fs_table *table); /* NULL is a no-op */
/* The first rule for @path, or NULL. */
const struct erofs_fs_rule *erofs_fs_table_find(const struct erofs_fs_table *table, const char *path);

#endif
