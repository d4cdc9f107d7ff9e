/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* The block of 512 bytes before each member of a tar archive: POSIX ustar and its GNU variant. */
#ifndef EROFS_TAR_HEADER_H
#define EROFS_TAR_HEADER_H

#include <stdbool.h>
#include <stdint.h>

#define EROFS_TAR_BLOCK_BYTES 512u

/* Types of members, by their letter in the header. */
enum erofs_tar_type {
	EROFS_TAR_FILE = '0',		/* also NUL and '7' */
	EROFS_TAR_HARD_LINK = '1',
	EROFS_TAR_SYMLINK = '2',
	EROFS_TAR_CHARACTER = '3',
	EROFS_TAR_BLOCK = '4',
	EROFS_TAR_DIRECTORY = '5',
	EROFS_TAR_FIFO = '6',
	EROFS_TAR_PAX = 'x',		/* records for the next member */
	EROFS_TAR_PAX_GLOBAL = 'g',	/* records for all that follow */
	EROFS_TAR_LONG_NAME = 'L',	/* the next member's name */
	EROFS_TAR_LONG_LINK = 'K',	/* the next member's link target */
	EROFS_TAR_SPARSE = 'S',		/* a file with holes, as GNU tar wrote them first */
	EROFS_TAR_VOLUME = 'V',		/* the label of the archive */
	EROFS_TAR_DUMP_DIRECTORY = 'D',	/* a directory whose data lists its names */
};

struct erofs_tar_header {
	char name[257];			/* prefix and name, NUL-terminated */
	char link[101];
	int64_t size, mtime;
	int64_t mode, uid, gid, major, minor;
	uint8_t type;			/* enum erofs_tar_type, or what this reader does not know */
	bool gnu;			/* no prefix: what is there has other uses */
};

enum erofs_tar_verdict {
	EROFS_TAR_GOOD = 0,
	EROFS_TAR_ZERO,			/* a block of zeros: the end */
	EROFS_TAR_NO_MAGIC,
	EROFS_TAR_BAD_CHECKSUM,
	EROFS_TAR_BAD_NUMBER,		/* *ret_field names it */
};

enum erofs_tar_verdict erofs_tar_decode(const uint8_t block[EROFS_TAR_BLOCK_BYTES],
	struct erofs_tar_header *ret, const char **ret_field);

/* The sparse map of a GNU header, and of the blocks that continue it. */
struct erofs_tar_old_sparse {
	const uint8_t *entries;		/* of 24 bytes: offset and size, 12 each */
	unsigned int count;
	bool more;			/* another block of entries follows */
	const uint8_t *real_size;	/* 12 bytes; NULL in a continuation */
};
struct erofs_tar_old_sparse erofs_tar_sparse_header(const uint8_t block[EROFS_TAR_BLOCK_BYTES]);
struct erofs_tar_old_sparse erofs_tar_sparse_more(const uint8_t block[EROFS_TAR_BLOCK_BYTES]);

#endif
