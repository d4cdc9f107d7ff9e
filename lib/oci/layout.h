/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* The parts of an image by name, out of a directory or an uncompressed tar archive. Names come out of
 * documents of any origin: in a directory they lead nowhere outside of it and follow no link, in an
 * archive they are only looked up. One thread. */
#ifndef EROFS_OCI_LAYOUT_H
#define EROFS_OCI_LAYOUT_H

#include "base/arena.h"
#include "base/table.h"
#include "oci/oci_digest.h"

struct erofs_oci_layout {
	const char *path;	/* owned */
	int fd;			/* of the directory or archive */
	bool is_archive;
	struct erofs_arena arena;
	struct erofs_table members;	/* of the archive, by name */
	size_t member_count;
	const struct erofs_report *report;
};

/* Bytes of a regular file. */
struct erofs_oci_part {
	int fd;
	bool owned;		/* else it is the archive's */
	uint64_t offset, size_bytes;
};

/* Opens a directory, or an archive whose members are listed at once. Reports its errors. */
int erofs_oci_layout_open(const char *path, const struct erofs_report *report,
	struct erofs_oci_layout **ret);
void erofs_oci_layout_close(struct erofs_oci_layout *layout); /* NULL is a no-op */

/* -ENOENT without a message when there is no such part; other errors are reported. */
int erofs_oci_part_open(struct erofs_oci_layout *layout, const char *name,
	struct erofs_oci_part *ret);
void erofs_oci_part_close(struct erofs_oci_part *part);
/* Reads exactly @size bytes; -EIO or another error, reported with @name, when they are not there. */
int erofs_oci_part_read(const struct erofs_oci_layout *layout, const struct erofs_oci_part *part,
	const char *name, uint64_t offset, void *buffer, size_t size);

/* A whole document, at most @max_bytes, to be freed. As erofs_oci_part_open, and -EFBIG. */
int erofs_oci_layout_load(struct erofs_oci_layout *layout, const char *name, uint64_t max_bytes,
	void **ret, size_t *ret_size);

/* Members of the archive that is open as layout->fd. */
int erofs_oci_archive_list(struct erofs_oci_layout *layout);
/* -ENOENT when there is none; links within the archive are followed. */
int erofs_oci_archive_find(const struct erofs_oci_layout *layout, const char *name,
	struct erofs_oci_part *ret);

#endif
