/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* The records of the compression algorithms behind the superblock (section 8.1). */
#include "plan/encode.h"

#include <string.h>

#define LZ4_MAX_DISTANCE 65535u
#define DEFLATE_WINDOW_BITS 15u
#define ZSTD_MIN_WINDOW_BITS 10u

struct lz4_config {
	erofs_le16 size, max_distance, max_pcluster_blocks;
	uint8_t reserved[10];
};
struct lzma_config {
	erofs_le16 size;
	uint8_t dictionary_bytes[4]; /* not aligned */
	erofs_le16 format;
	uint8_t reserved[8];
};
struct deflate_config {
	erofs_le16 size;
	uint8_t window_bits;
	uint8_t reserved[5];
};
struct zstd_config {
	erofs_le16 size;
	uint8_t format;
	uint8_t window_bits; /* above the minimum */
	uint8_t reserved[4];
};
union config {
	struct lz4_config lz4;
	struct lzma_config lzma;
	struct deflate_config deflate;
	struct zstd_config zstd;
};
_Static_assert(sizeof(struct lz4_config) == 16 && sizeof(struct lzma_config) == 16, "records");
_Static_assert(sizeof(struct deflate_config) == 8 && sizeof(struct zstd_config) == 8, "records");

bool erofs_encode_has_config(const struct erofs_plan *plan, uint32_t algorithms)
{
	return algorithms & ~(1u << EROFS_ALGORITHM_LZ4) ||
	       (algorithms && plan->compression.max_pcluster_bytes > plan->block_size);
}

static erofs_le16 payload_of(size_t record_bytes)
{
	return erofs_put16((uint16_t)(record_bytes - sizeof(erofs_le16)));
}

/* One decoder must do for the streams of all encoders that make this algorithm. */
static uint32_t largest_dictionary(const struct erofs_plan *plan, enum erofs_algorithm algorithm)
{
	const struct plan_compression *z = &plan->compression;
	uint32_t largest = 0;

	for (uint32_t i = 0; i < z->encoder_count; i++)
		if (erofs_encoder_algorithm(z->encoders[i].kind) == algorithm &&
		    z->encoders[i].dictionary_bytes > largest)
			largest = z->encoders[i].dictionary_bytes;
	return largest;
}

/* No pcluster of this algorithm has more; others may. */
static uint16_t max_blocks_of_lz4(const struct erofs_plan *plan)
{
	uint32_t blocks = plan->compression.max_pcluster_bytes >> plan->block_bits;

	return (uint16_t)(blocks < PLAN_MAX_BLOCKS_LZ4 ? blocks : PLAN_MAX_BLOCKS_LZ4);
}

static size_t encode(const struct erofs_plan *plan, enum erofs_algorithm algorithm, union config *ret)
{
	uint32_t dictionary_bytes = largest_dictionary(plan, algorithm);
	erofs_le32 dictionary = erofs_put32(dictionary_bytes);

	memset(ret, 0, sizeof(*ret));
	switch (algorithm) {
	case EROFS_ALGORITHM_LZ4:
		ret->lz4.size = payload_of(sizeof(ret->lz4));
		ret->lz4.max_distance = erofs_put16(LZ4_MAX_DISTANCE);
		ret->lz4.max_pcluster_blocks = erofs_put16(max_blocks_of_lz4(plan));
		return sizeof(ret->lz4);
	case EROFS_ALGORITHM_LZMA:
		ret->lzma.size = payload_of(sizeof(ret->lzma));
		memcpy(ret->lzma.dictionary_bytes, &dictionary, sizeof(dictionary));
		return sizeof(ret->lzma);
	case EROFS_ALGORITHM_DEFLATE:
		ret->deflate.size = payload_of(sizeof(ret->deflate));
		ret->deflate.window_bits = DEFLATE_WINDOW_BITS;
		return sizeof(ret->deflate);
	default:
		ret->zstd.size = payload_of(sizeof(ret->zstd));
		ret->zstd.window_bits = (uint8_t)((uint32_t)__builtin_ctz(dictionary_bytes) -
			ZSTD_MIN_WINDOW_BITS);
		return sizeof(ret->zstd);
	}
}

uint32_t erofs_encode_config(const struct erofs_plan *plan, uint32_t algorithms, uint8_t *ret)
{
	union config config;
	size_t bytes = 0;

	if (!erofs_encode_has_config(plan, algorithms))
		return 0;
	for (unsigned int i = 0; i < EROFS_ALGORITHM_COUNT; i++) {
		size_t n = algorithms >> i & 1 ? encode(plan, i, &config) : 0;

		if (ret)
			memcpy(ret + bytes, &config, n);
		bytes += n;
	}
	return (uint32_t)bytes;
}
