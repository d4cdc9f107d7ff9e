/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Two tests that must agree: all byte values are about equally frequent, and next to no four bytes occur
 * twice. A slow encoder would take a hundred times as long to find the same. */
#include "codec/incompressible.h"

#include <string.h>
#include "format/endian.h"

/* With fewer bytes a fair sample of 256 values is not to be had, and little time to be saved. */
#define MIN_SAMPLE 2048u
#define HASH_BITS 12
/* At most one in so many of those looked at may repeat. */
#define REPEAT_RATE 256u

/* The chi-squared statistic of bytes that are all equally likely has mean 255 and a deviation of 23. A loss
 * of 0.05 bits per byte raises it by 0.07 for each byte. */
static bool has_even_bytes(const uint8_t *data, size_t size)
{
	uint32_t count[4][256] = { 0 };
	uint64_t squares = 0;
	size_t i;

	/* Four, so that equal neighbours do not wait for each other. */
	for (i = 0; i + 4 <= size; i += 4)
		for (unsigned int k = 0; k < 4; k++)
			count[k][data[i + k]]++;
	for (; i < size; i++)
		count[0][data[i]]++;
	for (unsigned int v = 0; v < 256; v++) {
		uint64_t n = (uint64_t)count[0][v] + count[1][v] + count[2][v] + count[3][v];

		squares += n * n;
	}
	/* chi-squared = 256 * squares / size - size */
	return 256 * squares <= (uint64_t)size * (size + 255 + 4 * 23 + size / 14);
}

/* Only values whose hash begins with @skip_bits zeros are looked at, so many that the table holds all. */
static bool count_repeats(const uint8_t *data, size_t size, unsigned int skip_bits)
{
	uint32_t last[1u << HASH_BITS] = { 0 };
	size_t limit = (size >> skip_bits) / REPEAT_RATE, repeats = 0;

	for (size_t i = 0; i + 4 <= size; i++) {
		erofs_le32 bytes;
		uint32_t value, hash;

		memcpy(&bytes, data + i, sizeof(bytes));
		value = erofs_get32(bytes);
		hash = value * 2654435761u >> (32 - HASH_BITS - skip_bits);
		if (hash >> HASH_BITS)
			continue;
		repeats += last[hash] == value;
		last[hash] = value;
		if (repeats > limit)
			return true;
	}
	return false;
}

static bool has_repeats(const uint8_t *data, size_t size)
{
	unsigned int skip_bits = 0;

	while (size >> skip_bits > 1u << (HASH_BITS - 1))
		skip_bits++;
	return count_repeats(data, size, skip_bits);
}

bool erofs_is_incompressible(struct erofs_span in, size_t size)
{
	if (size > in.size)
		size = in.size;
	return size >= MIN_SAMPLE && has_even_bytes(in.data, size) && !has_repeats(in.data, size);
}
