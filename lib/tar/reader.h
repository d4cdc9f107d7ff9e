/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* The members of a tar archive, one after the other: ustar, PAX and GNU. Every byte of it is hostile; what is
 * kept of a member is bounded, whatever it claims. Errors are reported with the place in the archive. */
#ifndef EROFS_TAR_READER_H
#define EROFS_TAR_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io/input.h"

/* Extended headers and long names above this are errors. */
#define EROFS_TAR_RECORDS_MAX_BYTES (16u << 20)
/* As many pieces as one sparse file may have. */
#define EROFS_TAR_SEGMENTS_MAX (4u << 20)
/* What a global header may give to all members. */
#define EROFS_TAR_GLOBAL_XATTRS_MAX 64u

/* A range of a sparse file that has data; its bytes stand right behind those of the range before. */
struct erofs_tar_segment {
	uint64_t offset, bytes;
};

struct erofs_tar_xattr {
	const char *name;	/* in full, NUL-terminated */
	const void *value;
	uint32_t value_bytes;
};

/* Borrowed until the next call of erofs_tar_next. */
struct erofs_tar_member {
	const char *path;		/* as it stands there */
	const char *link;		/* target of a symbolic or hard link */
	bool hard_link;
	uint32_t mode;			/* POSIX type and permissions; a hard link's type is 0 */
	uint32_t uid, gid;
	uint32_t rdev_major, rdev_minor;
	int64_t mtime_seconds;
	uint32_t mtime_nsec;
	uint64_t size;			/* of the file, holes included */
	uint64_t stored;		/* bytes of data in the archive */
	uint64_t data_at;		/* where those begin, from the start of the (unpacked) archive */
	bool sparse;			/* then what the segments do not cover is a hole */
	const struct erofs_tar_segment *segments; /* ascending, none empty, within the size */
	size_t segment_count;
	const struct erofs_tar_xattr *xattrs; /* later ones win */
	size_t xattr_count;
	const char *acl_access, *acl_default; /* as text; NULL = none */
};

struct erofs_tar_reader;

/* Reads @input, which stays the caller's, from where it is. @headers_only: no member has data, whatever its
 * size. */
int erofs_tar_reader_new(struct erofs_input *input, bool headers_only, struct erofs_tar_reader **ret);
void erofs_tar_reader_free(struct erofs_tar_reader *reader); /* NULL is a no-op */

/* The next member: 1, 0 at the end of the archive, or -errno. What was not taken of the last one's data is
 * passed over. */
int erofs_tar_next(struct erofs_tar_reader *reader, const struct erofs_tar_member **ret);
/* The next bytes of the member's stored data, at most @max; none at its end. */
int erofs_tar_data(struct erofs_tar_reader *reader, uint64_t max, const uint8_t **ret,
	size_t *ret_size);

/* The label that a volume header has given so far, NULL = none. */
const char *erofs_tar_label(const struct erofs_tar_reader *reader);

#endif
