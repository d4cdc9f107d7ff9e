/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* The parts of our DEFLATE encoder (RFC 1951): tokens from a match finder, prefix codes, blocks. No library
 * can stop at a full output; this one cuts its last block at the token that fills the pcluster. */
#ifndef EROFS_CODEC_ENCODE_DEFLATE_H
#define EROFS_CODEC_ENCODE_DEFLATE_H

#include <stdbool.h>
#include <string.h>
#include "base/span.h"

#define DEFLATE_WINDOW 32768u
#define DEFLATE_MIN_MATCH 3u
#define DEFLATE_MAX_MATCH 258u
#define DEFLATE_END 256u	/* the symbol that ends a block */
#define DEFLATE_LITERALS 286u	/* symbols for bytes, end and lengths */
#define DEFLATE_DISTANCES 30u
#define DEFLATE_MAX_BITS 15u

/* The same values on every machine, and one instruction each on most. */
static inline uint64_t deflate_little_endian(uint64_t x)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	return __builtin_bswap64(x);
#else
	return x;
#endif
}

static inline uint64_t deflate_load64(const uint8_t *p)
{
	uint64_t x;

	memcpy(&x, p, sizeof(x));
	return deflate_little_endian(x);
}

static inline uint32_t deflate_load32(const uint8_t *p)
{
	uint32_t x;

	memcpy(&x, p, sizeof(x));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	x = __builtin_bswap32(x);
#endif
	return x;
}

static inline void deflate_store64(uint8_t *p, uint64_t x)
{
	x = deflate_little_endian(x);
	memcpy(p, &x, sizeof(x));
}

/* A byte, or LENGTH << 16 | DISTANCE. */
typedef uint32_t deflate_token;

static inline uint32_t deflate_token_length(deflate_token token)
{
	return token >> 16;
}

static inline uint32_t deflate_token_distance(deflate_token token)
{
	return token & 0xffff;
}

/* A symbol stands for a range; the position in it follows as extra bits. */
struct deflate_symbol {
	uint16_t symbol;
	uint16_t extra_bits;
	uint32_t extra;
};

static inline unsigned int deflate_log2(uint32_t x)
{
	return 31 - (unsigned int)__builtin_clz(x);
}

/* Four lengths ranges of each power of two; 258 has a symbol of its own. */
static inline struct deflate_symbol deflate_length_symbol(uint32_t length)
{
	uint32_t x = length - DEFLATE_MIN_MATCH, n;

	if (length == DEFLATE_MAX_MATCH)
		return (struct deflate_symbol){ 285, 0, 0 };
	if (x < 8)
		return (struct deflate_symbol){ (uint16_t)(257 + x), 0, 0 };
	n = deflate_log2(x) - 2;
	return (struct deflate_symbol){ (uint16_t)(257 + 4 * (n + 1) + (x >> n & 3)), (uint16_t)n,
		x & ((1u << n) - 1) };
}

/* Two ranges of each power of two. */
static inline struct deflate_symbol deflate_distance_symbol(uint32_t distance)
{
	uint32_t x = distance - 1, n;

	if (x < 4)
		return (struct deflate_symbol){ (uint16_t)x, 0, 0 };
	n = deflate_log2(x) - 1;
	return (struct deflate_symbol){ (uint16_t)(2 * (n + 1) + (x >> n & 1)), (uint16_t)n,
		x & ((1u << n) - 1) };
}

/* Bits that a token costs, extra bits included. */
struct deflate_prices {
	uint8_t literal[256];
	uint8_t length[DEFLATE_MAX_MATCH + 1];
	uint8_t distance[DEFLATE_DISTANCES];
};

static inline uint32_t deflate_price(const struct deflate_prices *prices, deflate_token token)
{
	uint32_t length = deflate_token_length(token);

	if (!length)
		return prices->literal[token];
	return (uint32_t)prices->length[length] +
	       prices->distance[deflate_distance_symbol(deflate_token_distance(token)).symbol];
}

/* ---- encode_deflate_match.c ---- */

/* How hard to look. */
struct deflate_effort {
	uint16_t depth;		/* earlier occurrences looked at */
	uint16_t nice_length;	/* no better match is looked for */
	uint8_t lazy;		/* later positions that are tried for a better match: 0..2 */
};

struct deflate_matcher;

/* NULL = out of memory. */
struct deflate_matcher *erofs_deflate_matcher_new(struct deflate_effort effort, uint32_t window);
void erofs_deflate_matcher_free(struct deflate_matcher *matcher); /* NULL is a no-op */
/* Begins a stream: no match reaches what came before. @in is borrowed. */
void erofs_deflate_matcher_start(struct deflate_matcher *matcher, struct erofs_span in);

/* Tokens of a block, in the order of the input. */
struct deflate_tokens {
	deflate_token *token;
	size_t count;
	uint64_t bits; /* by prices */
};

/* Appends tokens until there are @max_count, or they cost @max_bits, or the input ends. Returns whether
 * it has ended. */
bool erofs_deflate_parse(struct deflate_matcher *matcher, const struct deflate_prices *prices,
	size_t max_count, uint64_t max_bits, struct deflate_tokens *tokens);

/* ---- encode_deflate_code.c ---- */

/* Lengths in bits (0 = unused) of an optimal prefix code for symbols that occur @counts times, none
 * longer than @max_bits. The code is complete: it has two symbols at least. */
void erofs_deflate_code_lengths(const uint32_t *counts, unsigned int symbols,
	unsigned int max_bits, uint8_t *ret_lengths);
/* The words of a code with these lengths, first bit lowest. */
void erofs_deflate_code_words(const uint8_t *lengths, unsigned int symbols, uint16_t *ret_words);

/* ---- encode_deflate_block.c ---- */

struct deflate_bits {
	uint8_t *out;
	size_t capacity;
	size_t size;	/* whole bytes in @out */
	uint64_t held;	/* bits that are not in it yet */
	unsigned int held_count;
};

struct deflate_code {
	uint8_t literal_bits[DEFLATE_LITERALS + 2], distance_bits[DEFLATE_DISTANCES + 2];
	bool fixed;
	unsigned int header_bits; /* of a block, with the three bits that begin it */
};

/* The best code for the first @count of @tokens. */
void erofs_deflate_code_for(const deflate_token *tokens, size_t count, struct deflate_code *ret);
/* The code that needs no description. */
void erofs_deflate_fixed_code(struct deflate_code *ret);
/* Symbols without a code get the price of a rare one. */
void erofs_deflate_prices_of(const struct deflate_code *code, struct deflate_prices *ret);
/* How many of @count tokens a block of at most @max_bits holds, and its size. A token without a code
 * ends it. 0 when not even an empty block fits. */
size_t erofs_deflate_walk(const struct deflate_code *code, const deflate_token *tokens,
	size_t count, uint64_t max_bits, uint64_t *ret_bits);
/* The caller knows that the block fits. */
void erofs_deflate_write_block(struct deflate_bits *bits, const struct deflate_code *code,
	const deflate_token *tokens, size_t count, bool last);
/* Fills up the last byte; returns the size of the stream. */
size_t erofs_deflate_finish(struct deflate_bits *bits);

#endif
