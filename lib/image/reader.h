/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* The state of one reading thread: a cache of metadata, the inodes of the metabox and the packed
 * stream, scratch buffers, decoder state. */
#ifndef EROFS_IMAGE_READER_H
#define EROFS_IMAGE_READER_H

#include <erofs/inode.h>
#include <erofs/xattr.h>
#include "image/handle.h"
#include "image/stream.h"
#include "image/zdata.h"

/* Metadata is fetched in aligned windows and found again by its offset. */
#define EROFS_WINDOW_BITS 14
#define EROFS_WINDOW_SIZE ((size_t)1 << EROFS_WINDOW_BITS)

struct erofs_window_cache {
	size_t count;		/* windows, a power of two */
	uint64_t *numbers;	/* offset / EROFS_WINDOW_SIZE; UINT64_MAX = empty */
	uint8_t *bytes;		/* count * EROFS_WINDOW_SIZE, from the first use on */
};

/* The packed or metabox inode, read at first use. */
struct erofs_special_inode {
	bool loaded;
	int error;		/* what loading gave */
	struct erofs_inode inode;
};

struct erofs_reader {
	struct erofs_image *img;
	const struct erofs_report *report; /* erofs_image_report, or what the caller set */
	struct erofs_window_cache device_cache, metabox_cache;
	struct erofs_special_inode metabox, packed;
	/* Set while the content of the metabox or packed inode is read: these streams never
	 * need each other (sections 10, 11), so a second level is damage. */
	bool nested;
	uint8_t *buffer;	/* EROFS_READER_BUFFER_SIZE, lent to one erofs_data_stream */
	char name[256];		/* what erofs_dir_lookup found */
	struct erofs_zcache zcache; /* decoded pclusters */
};

#define EROFS_READER_BUFFER_SIZE ((size_t)256 << 10)

/* Sends "IMAGE: nid N: text" to the reader's report, without the image when the caller set a report of
 * its own and so knows it. Returns @error. */
int erofs_nid_fail(const struct erofs_reader *rd, uint64_t nid, int error, const char *format, ...)
	EROFS_PRINTF(4, 5);
int erofs_nid_fail_v(const struct erofs_reader *rd, uint64_t nid, int error, const char *format,
	va_list args) EROFS_PRINTF(4, 0);

/* Where the shared entry lies that @it told last (section 6.3): a byte of the device; false: of the metabox. */
bool erofs_xattrs_place(const struct erofs_xattrs *it, uint64_t *ret);

/* The inode behind @stream (METABOX or PACKED), read and checked once. Reports its errors. */
int erofs_special_inode_get(struct erofs_reader *rd, enum erofs_stream stream,
	const struct erofs_inode **ret);

#endif
