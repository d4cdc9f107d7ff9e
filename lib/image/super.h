/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* The superblock and what hangs on it: compression records, device table (format sections 1, 8.1,
 * 4.4). Used once, by open. */
#ifndef EROFS_IMAGE_SUPER_H
#define EROFS_IMAGE_SUPER_H

#include <erofs/image.h>
#include "base/span.h"
#include "format/erofs_fs.h"
#include "image/handle.h"

/* Bytes to values; judges nothing but what would make the values meaningless: -EUCLEAN for a bad magic
 * or block size. @raw is zero-filled past what the image has. */
int erofs_super_decode(const struct erofs_super_block *raw, struct erofs_super *ret);

/* Reads, validates (section 1.3) and stores img->super. @ignore_checksum as in the options. */
int erofs_super_read(struct erofs_image *img, bool ignore_checksum);

/* Compression records: fills the algorithm fields of img->super (section 8.1). */
int erofs_algorithms_read(struct erofs_image *img, uint16_t raw);

/* The CRC as section 1.2 defines it, over @span = the bytes from 1024 to the end of the range. */
uint32_t erofs_super_checksum(struct erofs_span span);

/* How many bytes from 1024 on the checksum covers. */
static inline uint32_t erofs_super_checksum_bytes(uint32_t block_size)
{
	return block_size > EROFS_SUPER_OFFSET ? block_size - EROFS_SUPER_OFFSET : block_size;
}

#endif
