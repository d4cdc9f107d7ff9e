/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* The encoders of this build: names, levels, dictionaries, and what holds for each of them. */
#include "codec/encoder.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include "base/cleanup.h"
#include "base/math.h"
#include "codec/codec.h"
#include "codec/encoder_ops.h"
#include "codec/incompressible.h"

#define LZMA_MIN_DICTIONARY 4096u
#define LZMA_DEFAULT_DICTIONARY 32768u /* at least */
#define LZMA_MAX_DICTIONARY (8u << 20)
#define DEFLATE_WINDOW 32768u
#define ZSTD_MIN_WINDOW (1u << 10)
#define ZSTD_MAX_WINDOW (1u << 20)

/* A call that gains at least this part leaves no doubt that the next one is worth its time. */
#define SURE_GAIN(consumed) ((consumed) / 4)

struct kind {
	const char *name;
	const struct erofs_encoder_ops *ops; /* NULL: not in this build */
	enum erofs_algorithm algorithm;
	int min_level, max_level, default_level; /* equal when there is no choice */
	/* From this level on, a look at the data is cheaper than to compress it in vain. */
	int min_level_sampled;
};

static const struct kind kinds[EROFS_ENCODER_KIND_COUNT] = {
	[EROFS_ENCODER_LZ4] = {
		.name = "lz4",
#ifdef HAVE_LZ4
		.ops = &erofs_encoder_lz4,
#endif
		.algorithm = EROFS_ALGORITHM_LZ4,
		.min_level = EROFS_ENCODER_LEVEL_DEFAULT,
		.max_level = EROFS_ENCODER_LEVEL_DEFAULT,
		.default_level = EROFS_ENCODER_LEVEL_DEFAULT,
		.min_level_sampled = INT32_MAX,
	},
	[EROFS_ENCODER_LZ4HC] = {
		.name = "lz4hc",
#ifdef HAVE_LZ4
		.ops = &erofs_encoder_lz4hc,
#endif
		.algorithm = EROFS_ALGORITHM_LZ4,
		.max_level = 12,
		.default_level = 9,
	},
	[EROFS_ENCODER_LZMA] = {
		.name = "lzma",
#ifdef HAVE_LZMA
		.ops = &erofs_encoder_lzma,
#endif
		.algorithm = EROFS_ALGORITHM_LZMA,
		.max_level = 109,
		.default_level = 6,
	},
	[EROFS_ENCODER_DEFLATE] = {
		.name = "deflate",
#ifdef HAVE_DEFLATE /* which needs no library, but what it writes has to be read */
		.ops = &erofs_encoder_deflate,
#endif
		.algorithm = EROFS_ALGORITHM_DEFLATE,
		.min_level = 1,
		.max_level = 9,
		.default_level = 1,
	},
	[EROFS_ENCODER_LIBDEFLATE] = {
		.name = "libdeflate",
#ifdef HAVE_LIBDEFLATE
		.ops = &erofs_encoder_libdeflate,
#endif
		.algorithm = EROFS_ALGORITHM_DEFLATE,
		.max_level = 12,
		.default_level = 1,
	},
	[EROFS_ENCODER_ZSTD] = {
		.name = "zstd",
#ifdef HAVE_ZSTD
		.ops = &erofs_encoder_zstd,
#endif
		.algorithm = EROFS_ALGORITHM_ZSTD,
		.min_level = -131072,
		.max_level = 22,
		.default_level = 3,
		.min_level_sampled = 6,
	},
};

struct erofs_encoder {
	struct erofs_encoder_options options;
	const struct erofs_encoder_ops *ops;
	void *state;
	bool samples, doubts; /* looks at the data beforehand; if the last call gained little */
	int error; /* of a reset, told by the next call */
};

static const struct kind *get_kind(enum erofs_encoder_kind kind)
{
	return (unsigned int)kind < EROFS_ENCODER_KIND_COUNT ? &kinds[kind] : NULL;
}

const char *erofs_encoder_name(enum erofs_encoder_kind kind)
{
	const struct kind *k = get_kind(kind);

	return k ? k->name : NULL;
}

int erofs_encoder_available(enum erofs_encoder_kind kind)
{
	const struct kind *k = get_kind(kind);

	return k && k->ops;
}

enum erofs_algorithm erofs_encoder_algorithm(enum erofs_encoder_kind kind)
{
	const struct kind *k = get_kind(kind);

	return k ? k->algorithm : EROFS_ALGORITHM_COUNT;
}

static int complete_level(const struct kind *kind, struct erofs_encoder_options *options)
{
	int level = options->level;

	if (level == EROFS_ENCODER_LEVEL_DEFAULT)
		level = kind->default_level;
	if (level < kind->min_level || level > kind->max_level)
		return -EINVAL;
	/* 100 and up are the extreme forms of 0..9. */
	if (options->kind == EROFS_ENCODER_LZMA && level > 9 && level < 100)
		return -EINVAL;
	if (options->kind == EROFS_ENCODER_ZSTD && level == 0)
		level = kind->default_level;
	options->level = level;
	return 0;
}

static uint32_t clamp(uint64_t value, uint32_t low, uint32_t high)
{
	return value < low ? low : value > high ? high : (uint32_t)value;
}

/* Section 8.1. */
static uint32_t default_dictionary(const struct erofs_encoder_options *options)
{
	uint64_t pcluster = options->max_pcluster_bytes;
	uint32_t window;

	switch (options->kind) {
	case EROFS_ENCODER_LZMA:
		return clamp(4 * pcluster, LZMA_DEFAULT_DICTIONARY, LZMA_MAX_DICTIONARY);
	case EROFS_ENCODER_DEFLATE:
		return DEFLATE_WINDOW;
	case EROFS_ENCODER_ZSTD:
		window = clamp(8 * pcluster, ZSTD_MIN_WINDOW, ZSTD_MAX_WINDOW);
		return 1u << (31 - __builtin_clz(window));
	default:
		return 0;
	}
}

static bool is_dictionary(enum erofs_encoder_kind kind, uint32_t bytes)
{
	switch (kind) {
	case EROFS_ENCODER_LZMA:
		return bytes >= LZMA_MIN_DICTIONARY && bytes <= LZMA_MAX_DICTIONARY;
	case EROFS_ENCODER_DEFLATE:
		return bytes <= DEFLATE_WINDOW;
	case EROFS_ENCODER_ZSTD:
		return bytes >= ZSTD_MIN_WINDOW && bytes <= ZSTD_MAX_WINDOW &&
		       erofs_is_power_of_two(bytes);
	default:
		return false;
	}
}

/* Section 9.4: lc + lp <= 4, pb <= 4. */
static int complete_lzma(struct erofs_encoder_options *options)
{
	if (options->lzma_lc < 0)
		options->lzma_lc = 3;
	if (options->lzma_lp < 0)
		options->lzma_lp = 0;
	if (options->lzma_pb < 0)
		options->lzma_pb = 2;
	if (options->lzma_lc > 4 || options->lzma_lp > 4 || options->lzma_pb > 4 ||
	    options->lzma_lc + options->lzma_lp > 4)
		return -EINVAL;
	return 0;
}

int erofs_encoder_options_complete(struct erofs_encoder_options *options)
{
	struct erofs_encoder_options full = *options;
	const struct kind *kind = get_kind(full.kind);
	int r;

	if (!kind || full.max_pcluster_bytes == 0 ||
	    full.max_pcluster_bytes > EROFS_MAX_ENCODED_SIZE)
		return -EINVAL;
	r = complete_level(kind, &full);
	if (r == 0 && full.kind == EROFS_ENCODER_LZMA)
		r = complete_lzma(&full);
	if (r < 0)
		return r;
	if (full.dictionary_bytes == 0)
		full.dictionary_bytes = default_dictionary(&full);
	else if (!is_dictionary(full.kind, full.dictionary_bytes))
		return -ERANGE;
	if (!kind->ops)
		return -EOPNOTSUPP;
	*options = full;
	return 0;
}

int erofs_encoder_new(const struct erofs_encoder_options *options, struct erofs_encoder **ret)
{
	auto_free struct erofs_encoder *enc = calloc(1, sizeof(*enc));
	int r;

	if (!enc)
		return -ENOMEM;
	enc->options = *options;
	r = erofs_encoder_options_complete(&enc->options);
	if (r < 0)
		return r;
	enc->ops = kinds[enc->options.kind].ops;
	enc->doubts = true;
	enc->samples = enc->options.level >= kinds[enc->options.kind].min_level_sampled;
	r = enc->ops->open(&enc->options, &enc->state);
	if (r < 0)
		return r;
	*ret = take(&enc);
	return 0;
}

void erofs_encoder_free(struct erofs_encoder *enc)
{
	if (!enc)
		return;
	enc->ops->close(enc->state);
	free(enc);
}

void erofs_encoder_reset(struct erofs_encoder *enc)
{
	enc->error = enc->ops->reset ? enc->ops->reset(enc->state) : 0;
	enc->doubts = true;
}

/* Whether it is worth a try; keeps within the bounds of an encoder. */
static bool begin(const struct erofs_encoder *enc, struct erofs_span *in, size_t *capacity)
{
	if (in->size > EROFS_MAX_DECODED_SIZE)
		in->size = EROFS_MAX_DECODED_SIZE;
	if (*capacity > enc->options.max_pcluster_bytes)
		*capacity = enc->options.max_pcluster_bytes;
	return in->size && *capacity &&
	       !(enc->samples && enc->doubts && erofs_is_incompressible(*in, *capacity));
}

static void tell(struct erofs_encoder *enc, const struct erofs_fill *fill, size_t *ret_consumed,
	size_t *ret_produced)
{
	bool gains = fill->produced < fill->consumed;

	enc->doubts = !gains || fill->consumed - fill->produced < SURE_GAIN(fill->consumed);
	*ret_consumed = gains ? fill->consumed : 0;
	*ret_produced = gains ? fill->produced : 0;
}

int erofs_encoder_fill(struct erofs_encoder *enc, struct erofs_span in, void *output, size_t capacity,
	size_t *ret_consumed, size_t *ret_produced)
{
	struct erofs_fill fill = { 0, 0 };
	int r = enc->error;

	if (r == 0 && begin(enc, &in, &capacity))
		r = enc->ops->fill(enc->state, in, output, capacity, &fill);
	if (r == 0)
		tell(enc, &fill, ret_consumed, ret_produced);
	return r;
}

int erofs_encoder_piece(struct erofs_encoder *enc, struct erofs_span in, void *output, size_t capacity,
	size_t *ret_consumed, size_t *ret_produced)
{
	struct erofs_fill fill = { 0, 0 };
	int r = enc->error;

	if (!enc->ops->piece)
		return erofs_encoder_fill(enc, in, output, capacity, ret_consumed, ret_produced);
	if (r == 0 && begin(enc, &in, &capacity))
		r = enc->ops->piece(enc->state, in, output, capacity, &fill);
	if (r == 0)
		tell(enc, &fill, ret_consumed, ret_produced);
	return r;
}
