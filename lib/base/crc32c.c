/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* CRC-32C bit by bit: the superblock check covers at most 64 KiB, once per image. */
#include "base/crc32c.h"

#define POLYNOMIAL 0x82F63B78u /* Castagnoli, reflected */

uint32_t erofs_crc32c(uint32_t crc, const void *bytes, size_t size)
{
	const uint8_t *p = bytes;

	for (size_t i = 0; i < size; i++) {
		crc ^= p[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (POLYNOMIAL & -(crc & 1));
	}
	return crc;
}
