/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Little-endian integers as they lie on disk: byte arrays, so that no struct of erofs_fs.h has an
 * alignment or byte order of its own and a 32-bit or big-endian host reads the same values. */
#ifndef EROFS_FORMAT_ENDIAN_H
#define EROFS_FORMAT_ENDIAN_H

#include <stdint.h>

typedef struct {
	uint8_t b[2];
} erofs_le16;
typedef struct {
	uint8_t b[4];
} erofs_le32;
typedef struct {
	uint8_t b[8];
} erofs_le64;

static inline uint16_t erofs_get16(erofs_le16 v)
{
	return (uint16_t)(v.b[0] | v.b[1] << 8);
}

static inline uint32_t erofs_get32(erofs_le32 v)
{
	return (uint32_t)v.b[0] | (uint32_t)v.b[1] << 8 | (uint32_t)v.b[2] << 16 |
	       (uint32_t)v.b[3] << 24;
}

static inline uint64_t erofs_get64(erofs_le64 v)
{
	uint64_t x = 0;

	for (int i = 7; i >= 0; i--)
		x = x << 8 | v.b[i];
	return x;
}

/* Of bytes that are no structure's field. */
static inline uint16_t erofs_load16(const uint8_t *p)
{
	return erofs_get16((erofs_le16){ { p[0], p[1] } });
}

static inline uint32_t erofs_load32(const uint8_t *p)
{
	return erofs_get32((erofs_le32){ { p[0], p[1], p[2], p[3] } });
}

static inline erofs_le16 erofs_put16(uint16_t x)
{
	return (erofs_le16){ { (uint8_t)x, (uint8_t)(x >> 8) } };
}

static inline erofs_le32 erofs_put32(uint32_t x)
{
	return (erofs_le32){ { (uint8_t)x, (uint8_t)(x >> 8), (uint8_t)(x >> 16),
		(uint8_t)(x >> 24) } };
}

static inline erofs_le64 erofs_put64(uint64_t x)
{
	erofs_le64 v;

	for (int i = 0; i < 8; i++, x >>= 8)
		v.b[i] = (uint8_t)x;
	return v;
}

#endif
