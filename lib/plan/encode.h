/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Decoded values to on-disk bytes. Pure: no I/O, no allocation. */
#ifndef EROFS_PLAN_ENCODE_H
#define EROFS_PLAN_ENCODE_H

#include "plan/plan.h"

/* One inode as it will be stored (section 3). */
struct encode_inode {
	bool extended;
	bool bit4;		/* DOT_OMITTED on directories, NLINK_1 on compact others */
	uint8_t layout;		/* enum erofs_layout */
	uint16_t mode;
	uint32_t xattr_bytes;
	uint64_t size_bytes;
	uint64_t u;		/* i_u, and above its 32 bits what i_nb adds */
	uint32_t nlink, uid, gid, ino;
	int64_t mtime_seconds;	/* compact: from the epoch */
	uint32_t mtime_nsec;
};

/* Writes 32 or 64 bytes to @ret and returns how many. */
size_t erofs_encode_inode(const struct encode_inode *in, void *ret);

/* i_u of a device node (section 3.5). */
uint32_t erofs_encode_rdev(uint32_t major, uint32_t minor);

/* Entry @index of a chunk array with entries of @unit bytes (section 4.3). @block is an address or
 * PLAN_NO_BLOCK for a hole. */
void erofs_encode_chunk(void *array, size_t index, uint32_t unit, uint64_t block, uint16_t device);

/* Writes the xattr body of @node, plan's xattr_bytes of zeroed memory, to @ret. @fingerprint is the value
 * of the fingerprint, used when the inode is tagged. */
void erofs_encode_xattr_body(const struct erofs_plan *plan, const struct erofs_node *node,
	const uint8_t *fingerprint, uint8_t *ret);
/* The shared area and the prefix table into zeroed memory. */
void erofs_encode_shared_xattrs(const struct plan_xattrs *px, uint8_t *ret);
void erofs_encode_prefixes(const struct plan_xattrs *px, uint8_t *ret);

/* Whether @algorithms (bits) need records (COMPR_CFGS): not LZ4 alone in pclusters of one block. */
bool erofs_encode_has_config(const struct erofs_plan *plan, uint32_t algorithms);
/* The records, one for each bit in order; returns their bytes, 0 when there are none. @ret may be NULL. */
#define ENCODE_CONFIG_MAX_BYTES 64u
uint32_t erofs_encode_config(const struct erofs_plan *plan, uint32_t algorithms, uint8_t *ret);

/* Encodes the next block of a directory (section 5) into @ret, one block of zeroed memory. Returns the
 * bytes used; 0 after the last entry. */
size_t erofs_encode_dir_block(const struct erofs_plan *plan, struct plan_dir *dir, uint8_t *ret);

#endif
