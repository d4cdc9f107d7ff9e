/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* DEFLATE by libdeflate (format section 9.5), which has no notion of a full output. */
#include "codec/encoder_ops.h"

#include <errno.h>
#include <libdeflate.h>
#include <stdlib.h>
#include "codec/encode_search.h"

/* Three bits of header and five that no decoder looks at. */
#define STORED_BLOCK 0x00
#define IGNORED_BIT 0x08

/* Of a pcluster: less than one is left empty. */
#define DENSE_PARTS 512u

struct libdeflate_encoder {
	struct libdeflate_compressor *compressor;
	struct erofs_search search;
};

static size_t compress(void *ctx, struct erofs_span in, uint8_t *out, size_t capacity)
{
	size_t size = libdeflate_deflate_compress(ctx, in.data, in.size, out, capacity);

	/* A stream must not look like padding (section 9.5). */
	if (size && out[0] == STORED_BLOCK)
		out[0] |= IGNORED_BIT;
	return size;
}

static void close_libdeflate(void *state)
{
	struct libdeflate_encoder *encoder = state;

	erofs_search_fini(&encoder->search);
	if (encoder->compressor)
		libdeflate_free_compressor(encoder->compressor);
	free(encoder);
}

static int open_libdeflate(const struct erofs_encoder_options *options, void **ret)
{
	struct libdeflate_encoder *encoder = calloc(1, sizeof(*encoder));

	if (!encoder)
		return -ENOMEM;
	encoder->compressor = libdeflate_alloc_compressor(options->level);
	if (!encoder->compressor || erofs_search_init(&encoder->search, compress,
			encoder->compressor, options->max_pcluster_bytes) < 0) {
		close_libdeflate(encoder);
		return -ENOMEM;
	}
	if (options->dense)
		encoder->search.parts = DENSE_PARTS;
	*ret = encoder;
	return 0;
}

static int reset_libdeflate(void *state)
{
	struct libdeflate_encoder *encoder = state;

	erofs_search_reset(&encoder->search);
	return 0;
}

static int fill_libdeflate(void *state, struct erofs_span in, uint8_t *out, size_t capacity,
	struct erofs_fill *ret)
{
	struct libdeflate_encoder *encoder = state;

	return erofs_search_fill(&encoder->search, in, out, capacity, ret);
}

const struct erofs_encoder_ops erofs_encoder_libdeflate = {
	.open = open_libdeflate,
	.close = close_libdeflate,
	.reset = reset_libdeflate,
	.fill = fill_libdeflate,
};
