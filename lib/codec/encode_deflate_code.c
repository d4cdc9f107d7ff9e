/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Prefix codes (RFC 1951, section 3.2.2). */
#include "codec/encode_deflate.h"

#include <string.h>

#define MAX_SYMBOLS (DEFLATE_LITERALS + 2)
#define MAX_DEPTH 64

/* The symbols that occur, rarest first. */
struct sorted {
	unsigned int count;
	uint16_t symbol[MAX_SYMBOLS];
	uint32_t weight[MAX_SYMBOLS];
};

static void sift_down(struct sorted *s, unsigned int root, unsigned int count)
{
	uint16_t symbol = s->symbol[root];
	uint32_t weight = s->weight[root];
	unsigned int child;

	while ((child = 2 * root + 1) < count) {
		if (child + 1 < count && (s->weight[child + 1] > s->weight[child] ||
				(s->weight[child + 1] == s->weight[child] &&
				 s->symbol[child + 1] > s->symbol[child])))
			child++;
		if (s->weight[child] < weight ||
		    (s->weight[child] == weight && s->symbol[child] < symbol))
			break;
		s->weight[root] = s->weight[child];
		s->symbol[root] = s->symbol[child];
		root = child;
	}
	s->weight[root] = weight;
	s->symbol[root] = symbol;
}

static void sort_symbols(struct sorted *s)
{
	for (unsigned int i = s->count / 2; i-- > 0;)
		sift_down(s, i, s->count);
	for (unsigned int last = s->count; last-- > 1;) {
		uint16_t symbol = s->symbol[last];
		uint32_t weight = s->weight[last];

		s->symbol[last] = s->symbol[0];
		s->weight[last] = s->weight[0];
		s->symbol[0] = symbol;
		s->weight[0] = weight;
		sift_down(s, 0, last);
	}
}

static void collect_symbols(const uint32_t *counts, unsigned int symbols, struct sorted *s)
{
	s->count = 0;
	for (unsigned int i = 0; i < symbols; i++) {
		if (!counts[i])
			continue;
		s->symbol[s->count] = (uint16_t)i;
		s->weight[s->count++] = counts[i];
	}
	/* Decoders want a complete code. */
	for (unsigned int i = 0; s->count < 2; i++) {
		if (counts[i])
			continue;
		s->symbol[s->count] = (uint16_t)i;
		s->weight[s->count++] = 1;
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
			if (leaf < n && (inner == node || s->weight[leaf] <= weight[inner])) {
				weight[node] += s->weight[leaf];
				parent[leaf++] = (uint16_t)node;
			} else {
				weight[node] += weight[inner];
				parent[n + inner++] = (uint16_t)node;
			}
		}
	}
	memset(ret_counts, 0, MAX_DEPTH * sizeof(*ret_counts));
	depth[n - 2] = 0;
	for (unsigned int node = n - 2; node-- > 0;)
		depth[node] = depth[parent[n + node]] + 1;
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
			ret[s.symbol[i++]] = (uint8_t)d;
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
