/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Data of regular files on its way from a source into an image whose tree is not known yet: the source hands on
 * one file after the other as they come, and is told a number for each, which is its node's source_inode. */
#ifndef EROFS_TREE_INTAKE_H
#define EROFS_TREE_INTAKE_H

#include <stddef.h>
#include <stdint.h>
#include <erofs/build.h>

struct erofs_intake_ops {
	/* A file of @size bytes, at least one, whose data and holes follow in order; @path is for messages. All: 0 or a
	 * reported error. */
	int (*begin)(struct erofs_intake *intake, const char *path, uint64_t size);
	int (*data)(struct erofs_intake *intake, const void *bytes, size_t size);
	int (*hole)(struct erofs_intake *intake, uint64_t size);
	int (*end)(struct erofs_intake *intake, uint64_t *ret_number);
	/* After the last file. */
	int (*flush)(struct erofs_intake *intake);
};

/* Where a file has come to lie. */
struct erofs_intake_place {
	uint64_t start_block;
	const uint8_t *fingerprint;	/* value of the attribute; NULL = the image gets none */
};

/* Implementations embed this as their first member. */
struct erofs_intake {
	const struct erofs_intake_ops *ops;
	uint64_t first_block, next_block;	/* what is taken for file data; metadata goes around it */
	const struct erofs_intake_place *places; /* by number */
};

#endif
