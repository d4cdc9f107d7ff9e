/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* dir.h -- directory entries and path lookup (format section 5). */
#ifndef EROFS_DIR_H
#define EROFS_DIR_H

#include <erofs/inode.h>

#ifdef __cplusplus
extern "C" {
#endif

struct erofs_dir;

struct erofs_dir_entry {
	uint64_t nid;
	enum erofs_file_type type;
	const char *name;	/* NUL-terminated, raw bytes, valid until the next call */
	uint32_t name_bytes;	/* 1..255 */
};

/* Iterates over the entries of @inode in on-disk order, "." and ".." included. The directory borrows
 * @rd, which may be used for other work in between. -ENOTDIR when @inode is none. */
int erofs_dir_open(struct erofs_reader *rd, const struct erofs_inode *inode,
	struct erofs_dir **ret);
/* 1 = got one, 0 = end, -EUCLEAN = the block is damaged (section 5.4: offsets, lengths, '/' or NUL in
 * a name, an unknown type). Order and duplicates are for the checker. */
int erofs_dir_next(struct erofs_dir *dir, struct erofs_dir_entry *ret);
void erofs_dir_close(struct erofs_dir *dir); /* NULL is a no-op */

/* Where erofs_dir_next goes on, to come back to: less than the size of the directory and a block, 0 at the
 * beginning, and larger behind every entry. It stays good when the directory is closed. */
uint64_t erofs_dir_position(const struct erofs_dir *dir);
/* Goes on at @position. One that was never told is good for some entry, or for the end. */
void erofs_dir_seek(struct erofs_dir *dir, uint64_t position);

/* Finds @name (raw bytes) in directory @inode as the kernel does: a binary search over blocks, then
 * inside one. -ENOENT when there is none. */
int erofs_dir_lookup(struct erofs_reader *rd, const struct erofs_inode *inode, const char *name,
	uint32_t name_bytes, struct erofs_dir_entry *ret);

/* Resolves @path from the root; leading, repeated and trailing '/' do not matter, ".." is taken from
 * the disk, symbolic links are not followed. -ENOENT, -ENOTDIR. */
int erofs_path_lookup(struct erofs_reader *rd, const char *path, uint64_t *ret_nid);

#ifdef __cplusplus
}
#endif

#endif
