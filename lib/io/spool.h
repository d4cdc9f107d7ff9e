/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Bytes on their way to another place, too many for memory: a nameless file that grows at its end and is
 * read back. Appending, cutting and reading are for one thread at a time; after erofs_spool_flush any number of
 * threads may read. */
#ifndef EROFS_IO_SPOOL_H
#define EROFS_IO_SPOOL_H

#include <stddef.h>
#include <stdint.h>
#include <erofs/report.h>

struct erofs_spool;

/* @directory: where the file goes, which nobody else will ever see. Reports its errors. */
int erofs_spool_open(const char *directory, const struct erofs_report *report, struct erofs_spool **ret);
void erofs_spool_close(struct erofs_spool *spool); /* NULL is a no-op */

uint64_t erofs_spool_size(const struct erofs_spool *spool);
/* 0 or a reported error. */
int erofs_spool_append(struct erofs_spool *spool, const void *bytes, size_t size);
/* Writes within what was appended; for any number of threads after a flush. */
int erofs_spool_write(struct erofs_spool *spool, uint64_t at, const void *bytes, size_t size);
/* Appends zeros, or gives back what is behind @size. */
int erofs_spool_resize(struct erofs_spool *spool, uint64_t size);
/* Reads exactly @size bytes, which must be there. */
int erofs_spool_read(const struct erofs_spool *spool, uint64_t at, void *buffer, size_t size);
int erofs_spool_flush(struct erofs_spool *spool);

#endif
