/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Blocks of our DEFLATE encoder (RFC 1951, sections 3.2.3 to 3.2.7). */
#include "codec/encode_deflate.h"

#include <string.h>

#define FIXED_BLOCK 1u
#define DYNAMIC_BLOCK 2u
#define LENGTH_SYMBOLS 19u	/* of the code for code lengths */
#define LENGTH_MAX_BITS 7u
#define REPEAT 16u		/* the length before: 3..6 times, 2 bits */
#define ZEROS 17u		/* 3..10 times, 3 bits */
#define MANY_ZEROS 18u		/* 11..138 times, 7 bits */
#define MIN_DISTANCES 1u
#define MIN_LITERALS 257u

/* What a symbol costs that the block before had no use for. */
#define RARE_LITERAL 13
#define RARE_DISTANCE 9

static const uint8_t length_order[LENGTH_SYMBOLS] = { 16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3,
	13, 2, 14, 1, 15 };

/* The code lengths of a block, run-length encoded: LENGTH_SYMBOLS symbols, extra bits in the high byte. */
struct description {
	unsigned int literals, distances; /* lengths that are told */
	unsigned int count;
	uint16_t item[DEFLATE_LITERALS + DEFLATE_DISTANCES];
	uint8_t bits[LENGTH_SYMBOLS];
	unsigned int told; /* of the lengths of those */
};

static void add_item(struct description *d, uint32_t *counts, unsigned int symbol,
	unsigned int extra)
{
	d->item[d->count++] = (uint16_t)(symbol | extra << 8);
	counts[symbol]++;
}

static void add_zeros(struct description *d, uint32_t *counts, unsigned int n)
{
	while (n >= 11) {
		unsigned int part = n < 138 ? n : 138;

		add_item(d, counts, MANY_ZEROS, part - 11);
		n -= part;
	}
	if (n >= 3) {
		add_item(d, counts, ZEROS, n - 3);
		n = 0;
	}
	while (n-- > 0)
		add_item(d, counts, 0, 0);
}

static void add_lengths(struct description *d, uint32_t *counts, unsigned int length,
	unsigned int n)
{
	add_item(d, counts, length, 0);
	n--;
	while (n >= 3) {
		unsigned int part = n < 6 ? n : 6;

		add_item(d, counts, REPEAT, part - 3);
		n -= part;
	}
	while (n-- > 0)
		add_item(d, counts, length, 0);
}

static unsigned int trim(const uint8_t *lengths, unsigned int count, unsigned int min)
{
	while (count > min && !lengths[count - 1])
		count--;
	return count;
}

static void describe(const struct deflate_code *code, struct description *d)
{
	uint8_t all[DEFLATE_LITERALS + DEFLATE_DISTANCES];
	uint32_t counts[LENGTH_SYMBOLS] = { 0 };
	unsigned int n, run;

	d->literals = trim(code->literal_bits, DEFLATE_LITERALS, MIN_LITERALS);
	d->distances = trim(code->distance_bits, DEFLATE_DISTANCES, MIN_DISTANCES);
	d->count = 0;
	n = d->literals + d->distances;
	memcpy(all, code->literal_bits, d->literals);
	memcpy(all + d->literals, code->distance_bits, d->distances);
	for (unsigned int i = 0; i < n; i += run) {
		for (run = 1; i + run < n && all[i + run] == all[i];)
			run++;
		if (all[i])
			add_lengths(d, counts, all[i], run);
		else
			add_zeros(d, counts, run);
	}
	erofs_deflate_code_lengths(counts, LENGTH_SYMBOLS, LENGTH_MAX_BITS, d->bits);
	d->told = LENGTH_SYMBOLS;
	while (d->told > 4 && !d->bits[length_order[d->told - 1]])
		d->told--;
}

static unsigned int extra_bits_of(unsigned int symbol)
{
	return symbol == REPEAT ? 2 : symbol == ZEROS ? 3 : symbol == MANY_ZEROS ? 7 : 0;
}

static unsigned int get_header_bits(const struct description *d)
{
	unsigned int bits = 3 + 5 + 5 + 4 + 3 * d->told;

	for (unsigned int i = 0; i < d->count; i++) {
		unsigned int symbol = d->item[i] & 0xff;

		bits += d->bits[symbol] + extra_bits_of(symbol);
	}
	return bits;
}

void erofs_deflate_code_for(const deflate_token *tokens, size_t count, struct deflate_code *ret)
{
	uint32_t literals[DEFLATE_LITERALS] = { 0 }, distances[DEFLATE_DISTANCES] = { 0 };
	struct description d;

	for (size_t i = 0; i < count; i++) {
		uint32_t length = deflate_token_length(tokens[i]);

		if (!length) {
			literals[tokens[i]]++;
			continue;
		}
		literals[deflate_length_symbol(length).symbol]++;
		distances[deflate_distance_symbol(deflate_token_distance(tokens[i])).symbol]++;
	}
	literals[DEFLATE_END] = 1;
	memset(ret, 0, sizeof(*ret));
	erofs_deflate_code_lengths(literals, DEFLATE_LITERALS, DEFLATE_MAX_BITS, ret->literal_bits);
	erofs_deflate_code_lengths(distances, DEFLATE_DISTANCES, DEFLATE_MAX_BITS,
		ret->distance_bits);
	describe(ret, &d);
	ret->header_bits = get_header_bits(&d);
}

void erofs_deflate_fixed_code(struct deflate_code *ret)
{
	memset(ret->literal_bits, 8, 144);
	memset(ret->literal_bits + 144, 9, 112);
	memset(ret->literal_bits + 256, 7, 24);
	memset(ret->literal_bits + 280, 8, 8);
	memset(ret->distance_bits, 5, 32);
	ret->fixed = true;
	ret->header_bits = 3;
}

static uint8_t price_of(unsigned int bits, unsigned int rare, unsigned int extra)
{
	return (uint8_t)((bits ? bits : rare) + extra);
}

void erofs_deflate_prices_of(const struct deflate_code *code, struct deflate_prices *ret)
{
	for (unsigned int i = 0; i < 256; i++)
		ret->literal[i] = price_of(code->literal_bits[i], RARE_LITERAL, 0);
	for (unsigned int i = DEFLATE_MIN_MATCH; i <= DEFLATE_MAX_MATCH; i++) {
		struct deflate_symbol s = deflate_length_symbol(i);

		ret->length[i] = price_of(code->literal_bits[s.symbol], RARE_LITERAL, s.extra_bits);
	}
	for (unsigned int i = 0; i < DEFLATE_DISTANCES; i++)
		ret->distance[i] = price_of(code->distance_bits[i], RARE_DISTANCE,
			i < 4 ? 0 : i / 2 - 1);
}

/* 0 when the code has no word for it. */
static uint32_t get_cost(const struct deflate_code *code, deflate_token token)
{
	struct deflate_symbol length, distance;

	if (!deflate_token_length(token))
		return code->literal_bits[token];
	length = deflate_length_symbol(deflate_token_length(token));
	distance = deflate_distance_symbol(deflate_token_distance(token));
	if (!code->literal_bits[length.symbol] || !code->distance_bits[distance.symbol])
		return 0;
	return (uint32_t)code->literal_bits[length.symbol] + length.extra_bits +
	       code->distance_bits[distance.symbol] + distance.extra_bits;
}

size_t erofs_deflate_walk(const struct deflate_code *code, const deflate_token *tokens,
	size_t count, uint64_t max_bits, uint64_t *ret_bits)
{
	uint64_t bits = (uint64_t)code->header_bits + code->literal_bits[DEFLATE_END];
	size_t i;

	*ret_bits = bits;
	for (i = 0; i < count; i++) {
		uint32_t cost = get_cost(code, tokens[i]);

		if (!cost || bits + cost > max_bits)
			break;
		bits += cost;
	}
	*ret_bits = bits;
	return i;
}

static void flush_slowly(struct deflate_bits *bits)
{
	while (bits->held_count >= 8) {
		if (bits->size < bits->capacity)
			bits->out[bits->size++] = (uint8_t)bits->held;
		bits->held >>= 8;
		bits->held_count -= 8;
	}
}

/* Leaves at most 7 bits. */
static inline void flush(struct deflate_bits *bits)
{
	if (bits->capacity - bits->size < 8) {
		flush_slowly(bits);
		return;
	}
	deflate_store64(bits->out + bits->size, bits->held);
	bits->size += bits->held_count / 8;
	bits->held >>= bits->held_count & ~7u;
	bits->held_count &= 7;
}

/* At most 56 bits between two flushes. */
static inline void put(struct deflate_bits *bits, uint64_t value, unsigned int count)
{
	bits->held |= value << bits->held_count;
	bits->held_count += count;
}

static void write_description(struct deflate_bits *bits, const struct deflate_code *code)
{
	uint16_t words[LENGTH_SYMBOLS];
	struct description d;

	describe(code, &d);
	erofs_deflate_code_words(d.bits, LENGTH_SYMBOLS, words);
	put(bits, d.literals - MIN_LITERALS, 5);
	put(bits, d.distances - MIN_DISTANCES, 5);
	put(bits, d.told - 4, 4);
	flush(bits);
	for (unsigned int i = 0; i < d.told; i++) {
		put(bits, d.bits[length_order[i]], 3);
		flush(bits);
	}
	for (unsigned int i = 0; i < d.count; i++) {
		unsigned int symbol = d.item[i] & 0xff;

		put(bits, words[symbol], d.bits[symbol]);
		put(bits, d.item[i] >> 8, extra_bits_of(symbol));
		flush(bits);
	}
}

static void write_tokens(struct deflate_bits *bits, const struct deflate_code *code,
	const deflate_token *tokens, size_t count)
{
	uint16_t literals[DEFLATE_LITERALS + 2], distances[DEFLATE_DISTANCES + 2];
	struct deflate_bits b = *bits;

	erofs_deflate_code_words(code->literal_bits, DEFLATE_LITERALS + 2, literals);
	erofs_deflate_code_words(code->distance_bits, DEFLATE_DISTANCES + 2, distances);
	for (size_t i = 0; i < count; i++) {
		struct deflate_symbol s;

		if (!deflate_token_length(tokens[i])) {
			put(&b, literals[tokens[i]], code->literal_bits[tokens[i]]);
			flush(&b);
			continue;
		}
		s = deflate_length_symbol(deflate_token_length(tokens[i]));
		put(&b, literals[s.symbol], code->literal_bits[s.symbol]);
		put(&b, s.extra, s.extra_bits);
		s = deflate_distance_symbol(deflate_token_distance(tokens[i]));
		put(&b, distances[s.symbol], code->distance_bits[s.symbol]);
		put(&b, s.extra, s.extra_bits);
		flush(&b);
	}
	put(&b, literals[DEFLATE_END], code->literal_bits[DEFLATE_END]);
	flush(&b);
	*bits = b;
}

void erofs_deflate_write_block(struct deflate_bits *bits, const struct deflate_code *code,
	const deflate_token *tokens, size_t count, bool last)
{
	put(bits, last, 1);
	put(bits, code->fixed ? FIXED_BLOCK : DYNAMIC_BLOCK, 2);
	if (!code->fixed)
		write_description(bits, code);
	write_tokens(bits, code, tokens, count);
}

size_t erofs_deflate_finish(struct deflate_bits *bits)
{
	if (bits->held_count % 8)
		bits->held_count += 8 - bits->held_count % 8;
	flush_slowly(bits);
	return bits->size;
}
