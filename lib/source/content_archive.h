/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Content of files that came in an archive: it lies in the archive still, or in a spool. */
#ifndef EROFS_SOURCE_CONTENT_ARCHIVE_H
#define EROFS_SOURCE_CONTENT_ARCHIVE_H

#include "tree/content.h"

/* A range of a file that has data. */
struct erofs_archive_piece {
	uint64_t offset, bytes;
	uint64_t at;		/* where its bytes are, from those of the file's first piece */
};

/* Where a file's bytes are. */
struct erofs_archive_place {
	uint64_t at;		/* in the archive, or the spool */
	uint64_t archive_at;	/* in the archive, unpacked */
	bool spooled;
	/* Of a file with holes: ascending, in an arena. Otherwise NULL, and all of its bytes are there. */
	const struct erofs_archive_piece *pieces;
	size_t piece_count;
	bool sparse;
};

struct erofs_archive_content;

/* A spool (io/spool.h) is made in @spool_directory, which stays borrowed, when it is needed; NULL = "/tmp". */
int erofs_archive_content_new(const char *spool_directory, const struct erofs_report *report,
	struct erofs_archive_content **ret);
/* As tree.source: frees it with the tree. */
struct erofs_content_source *erofs_archive_content_source(struct erofs_archive_content *content);

/* From now on places that are not spooled are in the file @fd, the archive's first byte at @start. It is taken
 * over, also when that fails, and must not change: when it does, reading fails. @name stays borrowed. */
int erofs_archive_content_attach(struct erofs_archive_content *content, int fd, uint64_t start,
	const char *name);
/* The length of the attached archive. */
uint64_t erofs_archive_content_bytes(const struct erofs_archive_content *content);

/* Where the next byte of the spool will be, and adding some. After the last, flush. */
uint64_t erofs_archive_content_end(const struct erofs_archive_content *content);
int erofs_archive_content_append(struct erofs_archive_content *content, const void *bytes, size_t size);
int erofs_archive_content_flush(struct erofs_archive_content *content);

/* Notes that the content of @node, which has some, is at @place. 0 or -ENOMEM. */
int erofs_archive_content_add(struct erofs_archive_content *content, struct erofs_node *node,
	const struct erofs_archive_place *place);

#endif
