/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* inode.h -- decoded inodes (format section 3). Plain values, no ownership. */
#ifndef EROFS_INODE_H
#define EROFS_INODE_H

#include <erofs/features.h>
#include <erofs/image.h>

#ifdef __cplusplus
extern "C" {
#endif

struct erofs_inode {
	uint64_t nid;
	uint64_t size_bytes;
	int64_t mtime_seconds;
	uint32_t mtime_nsec;		/* as stored: a damaged inode may have 10^9 or more */
	uint32_t uid, gid;
	uint32_t nlink;
	uint32_t ino;			/* serial number, informational */
	uint32_t mode;			/* POSIX type and permission bits */
	enum erofs_layout layout;
	bool extended;			/* 64 bytes on disk, else 32 */
	bool dot_omitted;		/* directories: no "." record (section 5.2) */
	bool has_start_block;		/* false: the null address, i.e. a hole or no blocks */
	uint64_t start_block;		/* flat layouts */
	uint64_t compressed_blocks;	/* compressed layouts */
	uint32_t rdev_major, rdev_minor; /* character and block devices */
	uint32_t chunk_format;		/* chunk-based layout, section 4.3 */
	uint64_t metadata_offset;	/* of the inode, in its stream (device or metabox) */
	uint32_t inode_size_bytes;	/* 32 or 64 */
	uint32_t xattr_size_bytes;	/* of the xattr body, 0 = none */
};

/* Reads and validates the inode at @nid (section 3.10). -EUCLEAN with a message when it is damaged. */
int erofs_inode_read(struct erofs_reader *rd, uint64_t nid, struct erofs_inode *ret);

static inline bool erofs_nid_in_metabox(uint64_t nid)
{
	return nid >> 63;
}

#ifdef __cplusplus
}
#endif

#endif
