/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* CRC-32C as the superblock uses it: reflected polynomial, no final inversion (format section 1.2). */
#ifndef EROFS_BASE_CRC32C_H
#define EROFS_BASE_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* Start with @crc = 0xFFFFFFFF. */
uint32_t erofs_crc32c(uint32_t crc, const void *bytes, size_t size);

#endif
