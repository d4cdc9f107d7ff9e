/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* The bytes of a regular file to be built in, whatever its source: a directory, an archive
 * and its spool, images. */
#ifndef EROFS_TREE_CONTENT_H
#define EROFS_TREE_CONTENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <erofs/map.h>
#include "tree/node.h"

struct erofs_content; /* one open file; belongs to one thread */

/* Where a chunk of a referred file lies. */
struct erofs_content_place {
	bool hole;		/* nowhere: zeros */
	uint32_t device;	/* 1.. of the tree's devices */
	uint64_t offset;	/* bytes from its start */
};

struct erofs_content_ops {
	int (*open)(struct erofs_content_source *source, const struct erofs_node *node,
		const struct erofs_report *report, struct erofs_content **ret);
	int (*read)(struct erofs_content *content, uint64_t offset, void *buffer, size_t size);
	int (*next_data)(struct erofs_content *content, uint64_t offset, uint64_t *ret_start,
		uint64_t *ret_end);
	/* Archives, and sources with referred files; NULL for others. */
	int (*locate)(struct erofs_content *content, uint64_t offset, struct erofs_content_place *ret);
	/* Sources with files that can be carried over only. */
	int (*map)(struct erofs_content *content, uint64_t offset, struct erofs_extent *ret);
	int (*fetch)(struct erofs_content *content, const struct erofs_extent *extent, void *buffer);
	int (*decode)(struct erofs_content *content, const struct erofs_extent *extent, const void *stored,
		void *buffer);
	int (*finish)(struct erofs_content *content);
	void (*close)(struct erofs_content *content);
	void (*free)(struct erofs_content_source *source);
};

/* Implementations embed these as their first member. */
struct erofs_content_source {
	const struct erofs_content_ops *ops;
};
struct erofs_content {
	const struct erofs_content_ops *ops;
};

/* Opens the content of @node (a regular file). Any number of contents may be open in any threads.
 * -ESTALE with a message when it is not the file that was scanned. */
int erofs_content_open(const struct erofs_tree *tree, const struct erofs_node *node,
	const struct erofs_report *report, struct erofs_content **ret);
/* Reads exactly @size bytes at @offset, which lie within the node's size. -ESTALE with a message when
 * the file has become shorter. */
int erofs_content_read(struct erofs_content *content, uint64_t offset, void *buffer, size_t size);
/* The first range of data at or after @offset: 1 and [start, end), or 0 when only a hole follows. A
 * source that knows no holes answers [offset, size). */
int erofs_content_next_data(struct erofs_content *content, uint64_t offset, uint64_t *ret_start,
	uint64_t *ret_end);
/* Where the chunk of a referred file lies that begins at @offset, a multiple of the node's chunk size; of any file
 * of an archive, where its byte at @offset lies, and what follows up to the next hole. */
int erofs_content_locate(struct erofs_content *content, uint64_t offset,
	struct erofs_content_place *ret);
/* Of a file that can be carried over: the stored piece of it that contains @offset, which lies within its size. */
int erofs_content_map(struct erofs_content *content, uint64_t offset, struct erofs_extent *ret);
/* The bytes of an ENCODED piece as they are stored, extent->physical_bytes of them; an interlaced one comes as one
 * that is not. */
int erofs_content_fetch(struct erofs_content *content, const struct erofs_extent *extent, void *buffer);
/* What these bytes, at @stored, decode to: extent->length bytes. -EUCLEAN with a message when they do not. */
int erofs_content_decode(struct erofs_content *content, const struct erofs_extent *extent,
	const void *stored, void *buffer);
/* After the last read: -ESTALE with a message when the file is longer than planned or was modified
 * while it was read. */
int erofs_content_finish(struct erofs_content *content);
void erofs_content_close(struct erofs_content *content); /* NULL is a no-op */

#endif
