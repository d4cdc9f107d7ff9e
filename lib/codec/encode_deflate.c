/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* DEFLATE that fills a pcluster exactly (format section 9.5), in one pass. Tokens are collected and priced
 * by the code of the block before. When they seem to be a little more than what is left, they get
 * a code of their own, and the block ends at the token that no longer fits. Only that surplus is
 * parsed again, for the next pcluster. */
#include "codec/encode_deflate.h"

#include <errno.h>
#include <stdlib.h>
#include "codec/encoder_ops.h"

#define MAX_TOKENS (1u << 16)
/* Blocks are at least so long, except the last. */
#define BLOCK_TOKENS 5000u
/* A parser adds no more than so many tokens past its limit. */
#define SURPLUS_TOKENS 4u
#define EMPTY_BLOCK_BITS 10u
/* Below, the fixed code may beat one that has to be described. */
#define FIXED_CODE_BITS 8192u

static const struct deflate_effort efforts[] = {
	[1] = { 6, 32, 0 },
	[2] = { 10, 48, 0 },
	[3] = { 8, 32, 1 },
	[4] = { 16, 48, 1 },
	[5] = { 28, 64, 1 },
	[6] = { 48, 96, 1 },
	[7] = { 96, 130, 1 },
	[8] = { 200, 258, 2 },
	[9] = { 600, 258, 2 },
};

struct deflate_encoder {
	struct deflate_matcher *matcher;
	struct deflate_prices prices;
	deflate_token tokens[MAX_TOKENS + SURPLUS_TOKENS];
};

static void reset_prices(struct deflate_encoder *encoder)
{
	struct deflate_code fixed;

	erofs_deflate_fixed_code(&fixed);
	erofs_deflate_prices_of(&fixed, &encoder->prices);
}

static int reset_deflate(void *state)
{
	reset_prices(state);
	return 0;
}

static void close_deflate(void *state)
{
	struct deflate_encoder *encoder = state;

	erofs_deflate_matcher_free(encoder->matcher);
	free(encoder);
}

static int open_deflate(const struct erofs_encoder_options *options, void **ret)
{
	struct deflate_encoder *encoder = calloc(1, sizeof(*encoder));

	if (!encoder)
		return -ENOMEM;
	encoder->matcher = erofs_deflate_matcher_new(efforts[options->level],
		options->dictionary_bytes);
	if (!encoder->matcher) {
		free(encoder);
		return -ENOMEM;
	}
	reset_prices(encoder);
	*ret = encoder;
	return 0;
}

/* A block as it might be: the first @count tokens in @bits. */
struct cut {
	struct deflate_code code;
	size_t count;
	uint64_t bits;
};

static void keep_longer(struct cut *best, const struct cut *other, uint64_t max_bits)
{
	if (other->bits <= max_bits && (best->bits > max_bits || other->count > best->count ||
			(other->count == best->count && other->bits < best->bits)))
		*best = *other;
}

/* The longest block of at most @max_bits. A code for all tokens is not the best for those that fit, so
 * the code is made again for these. */
static void cut_block(const struct deflate_tokens *tokens, uint64_t max_bits, struct cut *best)
{
	struct cut cut;
	size_t was;

	erofs_deflate_code_for(tokens->token, tokens->count, &best->code);
	best->count = erofs_deflate_walk(&best->code, tokens->token, tokens->count, max_bits,
		&best->bits);
	cut = *best;
	for (int round = 0; round < 2 && cut.count < tokens->count; round++) {
		was = cut.count;
		erofs_deflate_code_for(tokens->token, cut.count, &cut.code);
		cut.count = erofs_deflate_walk(&cut.code, tokens->token, tokens->count, max_bits,
			&cut.bits);
		keep_longer(best, &cut, max_bits);
		if (cut.count == was)
			break;
	}
	if (max_bits > FIXED_CODE_BITS && best->bits > FIXED_CODE_BITS)
		return;
	erofs_deflate_fixed_code(&cut.code);
	cut.count = erofs_deflate_walk(&cut.code, tokens->token, tokens->count, max_bits, &cut.bits);
	keep_longer(best, &cut, max_bits);
}

static size_t count_input(const deflate_token *tokens, size_t count)
{
	size_t input = 0;

	for (size_t i = 0; i < count; i++) {
		uint32_t length = deflate_token_length(tokens[i]);

		input += length ? length : 1;
	}
	return input;
}

/* A stream that grows. */
struct stream {
	struct deflate_bits bits;
	uint64_t left; /* bits */
	size_t consumed;
	bool complete;
};

static void append_block(struct stream *s, struct deflate_tokens *tokens, const struct cut *cut,
	bool last)
{
	erofs_deflate_write_block(&s->bits, &cut->code, tokens->token, cut->count, last);
	s->left -= cut->bits;
	s->consumed += count_input(tokens->token, cut->count);
	s->complete = last;
	tokens->count = 0;
	tokens->bits = 0;
}

/* Whether the tokens shall be a block of their own with another to follow: not if that would be a short
 * one. */
static bool is_block(const struct stream *s, const struct deflate_tokens *tokens, uint64_t bits)
{
	return tokens->count >= BLOCK_TOKENS && bits * 3 < s->left * 2;
}

/* Makes a block of what was collected, or finds that there is room for more. */
static void end_block(struct deflate_encoder *encoder, struct stream *s,
	struct deflate_tokens *tokens, bool end)
{
	struct cut cut;

	cut_block(tokens, s->left, &cut);
	if (cut.bits > s->left) {
		/* Nothing fits, which happens in the first block only. */
		s->complete = true;
		return;
	}
	erofs_deflate_prices_of(&cut.code, &encoder->prices);
	if (cut.count < tokens->count || end)
		append_block(s, tokens, &cut, true);
	else if (is_block(s, tokens, cut.bits) || tokens->count >= MAX_TOKENS)
		append_block(s, tokens, &cut, cut.bits + EMPTY_BLOCK_BITS > s->left);
	else
		tokens->bits = cut.bits;
}

static int fill_deflate(void *state, struct erofs_span in, uint8_t *out, size_t capacity,
	struct erofs_fill *ret)
{
	struct deflate_encoder *encoder = state;
	struct deflate_tokens tokens = { encoder->tokens, 0, 0 };
	struct stream s = {
		.bits = { .out = out, .capacity = capacity },
		.left = (uint64_t)capacity * 8,
	};

	erofs_deflate_matcher_start(encoder->matcher, in);
	while (!s.complete) {
		size_t max = tokens.count < BLOCK_TOKENS ? BLOCK_TOKENS : MAX_TOKENS;
		bool end = erofs_deflate_parse(encoder->matcher, &encoder->prices, max,
			s.left + s.left / 32, &tokens);

		if (end || tokens.count >= MAX_TOKENS || tokens.bits >= s.left + s.left / 32 ||
		    is_block(&s, &tokens, tokens.bits))
			end_block(encoder, &s, &tokens, end);
	}
	if (s.consumed)
		*ret = (struct erofs_fill){ s.consumed, erofs_deflate_finish(&s.bits) };
	return 0;
}

const struct erofs_encoder_ops erofs_encoder_deflate = {
	.open = open_deflate,
	.close = close_deflate,
	.reset = reset_deflate,
	.fill = fill_deflate,
};
