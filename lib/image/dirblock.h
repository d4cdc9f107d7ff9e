/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* One directory block: bytes to entries (format section 5.1). */
#ifndef EROFS_IMAGE_DIRBLOCK_H
#define EROFS_IMAGE_DIRBLOCK_H

#include <erofs/dir.h>
#include "base/span.h"

struct erofs_dirblock {
	struct erofs_span span;	/* the valid part of the block */
	uint32_t count;		/* records */
};

/* Looks at the head of the block. NULL, or what is wrong with it. @block_size is the size of a whole
 * block; @span may be shorter at the end of the directory. */
const char *erofs_dirblock_init(struct erofs_span span, size_t block_size,
	struct erofs_dirblock *ret);

/* Entry @index < count; its name is borrowed from the span and NOT terminated. NULL, or what is wrong
 * with it (section 5.4). */
const char *erofs_dirblock_entry(const struct erofs_dirblock *block, uint32_t index,
	struct erofs_dir_entry *ret);

/* How names are ordered (section 5.2): as memcmp, a prefix before what it is the start of. */
int erofs_name_compare(const char *a, size_t a_bytes, const char *b, size_t b_bytes);

#endif
