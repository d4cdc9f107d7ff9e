/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Prefix codes (RFC 1951, section 3.2.2). */
#include "codec/encode_deflate.h"

#include <string.h>

#define MAX_SYMBOLS (DEFLATE_LITERALS + 2)
#define MAX_DEPTH 64

/* The symbols that occur, rarest first: WEIGHT << SYMBOL_BITS | SYMBOL. Blocks have far fewer symbols than
 * a weight has room for. */
#define SYMBOL_BITS 9
#define SYMBOL_MASK ((1u << SYMBOL_BITS) - 1)

struct sorted {
	unsigned int count;
	uint32_t item[MAX_SYMBOLS];
};

static inline uint32_t weight_of(const struct sorted *s, unsigned int i)
{
	return s->item[i] >> SYMBOL_BITS;
}

/* Shell's sort: there are at most 286, and a call happens for every few KB. */
static void sort_symbols(struct sorted *s)
{
	static const unsigned int gaps[] = { 57, 23, 10, 4, 1 };

	for (unsigned int g = 0; g < sizeof(gaps) / sizeof(gaps[0]); g++) {
		unsigned int gap = gaps[g];

		for (unsigned int i = gap; i < s->count; i++) {
			uint32_t item = s->item[i];
			unsigned int k = i;

			for (; k >= gap && s->item[k - gap] > item; k -= gap)
				s->item[k] = s->item[k - gap];
			s->item[k] = item;
		}
	}
}

static void add_symbol(struct sorted *s, unsigned int symbol, uint32_t weight)
{
	s->item[s->count++] = weight << SYMBOL_BITS | symbol;
}

static void collect_symbols(const uint32_t *counts, unsigned int symbols, struct sorted *s)
{
	s->count = 0;
	for (unsigned int i = 0; i < symbols; i++) {
		if (counts[i])
			add_symbol(s, i, counts[i]);
	}
	/* Decoders want a complete code. */
	for (unsigned int i = 0; s->count < 2; i++) {
		if (!counts[i])
			add_symbol(s, i, 1);
	}
	sort_symbols(s);
}

/* Huffman's algorithm: leaves and inner nodes both come up in the order of their weights, so two queues
 * do. Counts the leaves of each depth. */
static void count_depths(const struct sorted *s, unsigned int *ret_counts)
{
	uint32_t weight[MAX_SYMBOLS];
	uint16_t parent[2 * MAX_SYMBOLS];
	uint8_t depth[MAX_SYMBOLS];
	unsigned int n = s->count, leaf = 0, inner = 0;

	for (unsigned int node = 0; node < n - 1; node++) {
		weight[node] = 0;
		for (int child = 0; child < 2; child++) {
			if (leaf < n && (inner == node || weight_of(s, leaf) <= weight[inner])) {
				weight[node] += weight_of(s, leaf);
				parent[leaf++] = (uint16_t)node;
			} else {
				weight[node] += weight[inner];
				parent[n + inner++] = (uint16_t)node;
			}
		}
	}
	memset(ret_counts, 0, MAX_DEPTH * sizeof(*ret_counts));
	/* The root is the last. */
	for (unsigned int node = n - 1; node-- > 0;)
		depth[node] = node == n - 2 ? 0 : depth[parent[n + node]] + 1;
	for (unsigned int i = 0; i < n; i++)
		ret_counts[depth[parent[i]] + 1]++;
}

/* Shortens what is too long: makes the tree too full, then lengthens the longest of the others until
 * it is not. */
static void limit_depths(unsigned int *counts, unsigned int max_bits)
{
	uint32_t used = 0;

	for (unsigned int d = max_bits + 1; d < MAX_DEPTH; d++)
		counts[max_bits] += counts[d];
	for (unsigned int d = 1; d <= max_bits; d++)
		used += counts[d] << (max_bits - d);
	while (used > 1u << max_bits) {
		unsigned int d = max_bits - 1;

		while (!counts[d])
			d--;
		counts[d]--;
		counts[d + 1] += 2;
		counts[max_bits]--;
		used--;
	}
}

void erofs_deflate_code_lengths(const uint32_t *counts, unsigned int symbols,
	unsigned int max_bits, uint8_t *ret)
{
	unsigned int depths[MAX_DEPTH], i = 0;
	struct sorted s;

	collect_symbols(counts, symbols, &s);
	count_depths(&s, depths);
	limit_depths(depths, max_bits);
	memset(ret, 0, symbols);
	for (unsigned int d = max_bits; d > 0; d--)
		for (unsigned int k = 0; k < depths[d]; k++)
			ret[s.item[i++] & SYMBOL_MASK] = (uint8_t)d;
}

static uint16_t reverse(uint32_t word, unsigned int bits)
{
	uint32_t r = 0;

	for (unsigned int i = 0; i < bits; i++)
		r |= (word >> i & 1) << (bits - 1 - i);
	return (uint16_t)r;
}

void erofs_deflate_code_words(const uint8_t *lengths, unsigned int symbols, uint16_t *ret)
{
	uint32_t count[DEFLATE_MAX_BITS + 1] = { 0 }, next[DEFLATE_MAX_BITS + 1];
	uint32_t word = 0;

	for (unsigned int i = 0; i < symbols; i++)
		count[lengths[i]]++;
	count[0] = 0;
	for (unsigned int d = 1; d <= DEFLATE_MAX_BITS; d++) {
		word = (word + count[d - 1]) << 1;
		next[d] = word;
	}
	for (unsigned int i = 0; i < symbols; i++)
		ret[i] = lengths[i] ? reverse(next[lengths[i]]++, lengths[i]) : 0;
}
