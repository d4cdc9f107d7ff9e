/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* data.h -- the content of a file, symlink target or directory: mapped (map.h), fetched, decoded (format sections 4,
 * 8 to 10). */
#ifndef EROFS_DATA_H
#define EROFS_DATA_H

#include <sys/types.h>
#include <erofs/map.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Reads up to @size bytes at @offset into @buffer. Returns the bytes read: short only at the end of
 * the file. -EUCLEAN when the content cannot be had (beyond the device, undecodable), or is on an extra device
 * that was not given, -EOPNOTSUPP when it takes a codec that this build lacks. */
ssize_t erofs_data_read(struct erofs_reader *rd, const struct erofs_inode *inode, uint64_t offset,
	void *buffer, size_t size);

/* Calls @piece for the whole content in order. @bytes is NULL for a hole of @size bytes (which may
 * be huge), else borrowed until @piece returns or uses @rd. A non-zero result of @piece stops and is
 * returned. */
typedef int (*erofs_data_piece)(void *user, const void *bytes, uint64_t size);
int erofs_data_stream(struct erofs_reader *rd, const struct erofs_inode *inode,
	erofs_data_piece piece, void *user);

/* The target of a symbolic link, NUL-terminated, to be freed. -EUCLEAN when it is empty, holds a NUL
 * or is 4096 bytes or more (section 3.10). */
int erofs_symlink_read(struct erofs_reader *rd, const struct erofs_inode *inode, char **ret);

#ifdef __cplusplus
}
#endif

#endif
