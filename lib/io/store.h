/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Random-access bytes to read from: a file, a block device, memory. Immutable after open, usable by
 * any number of threads. */
#ifndef EROFS_IO_STORE_H
#define EROFS_IO_STORE_H

#include <stddef.h>
#include <stdint.h>
#include <erofs/report.h>

struct erofs_store;

/* Opens @path from @offset_bytes to its end. Regular files and block devices; -EINVAL for anything
 * else or an offset past the end. Reports its errors. */
int erofs_store_open_file(const char *path, uint64_t offset_bytes,
	const struct erofs_report *report, struct erofs_store **ret);
/* Borrows @bytes. */
int erofs_store_open_memory(const void *bytes, size_t size, struct erofs_store **ret);
void erofs_store_close(struct erofs_store *store); /* NULL is a no-op */

uint64_t erofs_store_size(const struct erofs_store *store);
const char *erofs_store_name(const struct erofs_store *store); /* borrowed */

/* Reads exactly @size bytes at @offset. -ERANGE when they are not all inside (nothing reported: the
 * caller knows what it was looking for), -errno from the system (reported by nobody). */
int erofs_store_read(const struct erofs_store *store, uint64_t offset, void *buffer, size_t size);

#endif
