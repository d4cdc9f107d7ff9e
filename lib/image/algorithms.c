/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* The compression algorithms an image may use and their parameters (format section 8.1). */
#include <errno.h>
#include <inttypes.h>
#include <erofs/features.h>
#include "base/math.h"
#include "format/endian.h"
#include "image/super.h"

#define MAX_PCLUSTER_BYTES (1u << 20)
#define LZ4_MAX_DISTANCE 65535
#define LZMA_MIN_DICTIONARY 4096u
#define LZMA_MAX_DICTIONARY (8u << 20)
#define DEFLATE_MAX_WINDOW_BITS 15
#define ZSTD_MIN_WINDOW_BITS 10
#define ZSTD_MAX_WINDOW_BITS 20

/* The payloads behind each record's u16 size; reserved bytes left out. */
struct lz4_record {
	erofs_le16 max_distance;
	erofs_le16 max_pclusterblks;
};
struct lzma_record {
	erofs_le32 dict_size;
	erofs_le16 format;
};
struct deflate_record {
	uint8_t windowbits;
};
struct zstd_record {
	uint8_t format;
	uint8_t windowlog;
};

static const char *const names[EROFS_ALGORITHM_COUNT] = { "lz4", "lzma", "deflate", "zstd" };
static const uint16_t record_sizes[EROFS_ALGORITHM_COUNT] = { 14, 14, 6, 6 };

union record {
	uint8_t bytes[14];
	struct lz4_record lz4;
	struct lzma_record lzma;
	struct deflate_record deflate;
	struct zstd_record zstd;
};

/* False when the record asks for what no reader provides. */
static bool decode_lz4(const struct lz4_record *raw, struct erofs_super *sb)
{
	uint32_t distance = erofs_get16(raw->max_distance);
	uint32_t blocks = erofs_get16(raw->max_pclusterblks);

	sb->lz4_max_distance = distance ? distance : LZ4_MAX_DISTANCE;
	sb->lz4_max_pcluster_blocks = blocks ? blocks : 1;
	return (uint64_t)blocks << sb->block_bits <= MAX_PCLUSTER_BYTES;
}

static bool decode_lzma(const struct lzma_record *raw, struct erofs_super *sb)
{
	sb->lzma_dictionary_bytes = erofs_get32(raw->dict_size);
	return !erofs_get16(raw->format) && sb->lzma_dictionary_bytes >= LZMA_MIN_DICTIONARY &&
	       sb->lzma_dictionary_bytes <= LZMA_MAX_DICTIONARY;
}

static bool decode_deflate(const struct deflate_record *raw, struct erofs_super *sb)
{
	/* Some writers leave 0 and mean the maximum. */
	sb->deflate_window_bits = raw->windowbits ? raw->windowbits : DEFLATE_MAX_WINDOW_BITS;
	return sb->deflate_window_bits <= DEFLATE_MAX_WINDOW_BITS;
}

static bool decode_zstd(const struct zstd_record *raw, struct erofs_super *sb)
{
	sb->zstd_window_bits = ZSTD_MIN_WINDOW_BITS + raw->windowlog;
	return !raw->format && sb->zstd_window_bits <= ZSTD_MAX_WINDOW_BITS;
}

static bool decode_record(unsigned int algorithm, const union record *raw, struct erofs_super *sb)
{
	switch (algorithm) {
	case EROFS_ALGORITHM_LZ4:
		return decode_lz4(&raw->lz4, sb);
	case EROFS_ALGORITHM_LZMA:
		return decode_lzma(&raw->lzma, sb);
	case EROFS_ALGORITHM_DEFLATE:
		return decode_deflate(&raw->deflate, sb);
	default:
		return decode_zstd(&raw->zstd, sb);
	}
}

static int read_bytes(struct erofs_image *img, unsigned int algorithm, uint64_t at, void *buffer,
	size_t size)
{
	int r = erofs_store_read(img->store, at, buffer, size);

	if (r < 0)
		return erofs_image_fail(img, r == -ERANGE ? -EUCLEAN : r,
			"%s configuration cannot be read at %" PRIu64, names[algorithm], at);
	return 0;
}

/* Reads the record at *@at and moves *@at behind it. */
static int read_record(struct erofs_image *img, unsigned int algorithm, uint64_t *at)
{
	union record raw;
	erofs_le16 size;
	int r = read_bytes(img, algorithm, *at, &size, sizeof(size));

	if (r < 0)
		return r;
	if (erofs_get16(size) < record_sizes[algorithm])
		return erofs_image_fail(img, -EUCLEAN, "%s configuration of %u bytes, at least %u",
			names[algorithm], erofs_get16(size), record_sizes[algorithm]);
	r = read_bytes(img, algorithm, *at + sizeof(size), &raw, record_sizes[algorithm]);
	if (r < 0)
		return r;
	if (!decode_record(algorithm, &raw, &img->super))
		return erofs_image_fail(img, -EUCLEAN, "%s configuration at %" PRIu64
			" is out of range", names[algorithm], *at);
	*at = erofs_round_up(*at + sizeof(size) + erofs_get16(size), 4);
	return 0;
}

int erofs_algorithms_read(struct erofs_image *img, uint16_t raw)
{
	struct erofs_super *sb = &img->super;
	uint64_t at = EROFS_SUPER_OFFSET + (uint64_t)sb->super_size_bytes;

	if (!(sb->incompat & EROFS_INCOMPAT_COMPR_CFGS)) {
		/* LZ4 or nothing: the field is the maximum distance. */
		if (raw || sb->incompat & EROFS_INCOMPAT_LZ4_0PADDING)
			sb->algorithms = 1u << EROFS_ALGORITHM_LZ4;
		sb->lz4_max_distance = raw ? raw : LZ4_MAX_DISTANCE;
		sb->lz4_max_pcluster_blocks = 1;
		return 0;
	}
	if (raw >> EROFS_ALGORITHM_COUNT)
		return erofs_image_fail(img, -EOPNOTSUPP, "unknown compression algorithms 0x%x", raw);
	sb->algorithms = raw;
	for (unsigned int i = 0; i < EROFS_ALGORITHM_COUNT; i++) {
		int r = raw >> i & 1 ? read_record(img, i, &at) : 0;

		if (r < 0)
			return r;
	}
	return 0;
}
