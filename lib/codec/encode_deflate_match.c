/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* The match finder and parser of our DEFLATE encoder: hash chains over four bytes, one slot for three,
 * and lazy matching by prices. Positions count on from stream to stream, so that no table has to be
 * cleared: what an earlier stream left lies below the first position of this one. */
#include "codec/encode_deflate.h"

#include <stdlib.h>

#define HASH_BITS 15
#define SHORT_HASH_BITS 12
#define CHAIN_SIZE DEFLATE_WINDOW
/* A step back from the first position goes nowhere. Positions are renumbered before they overflow. */
#define FIRST_POSITION (UINT16_MAX + 1u)
#define MAX_POSITION (1u << 30)
/* Three bytes from further away cost more than they save. */
#define MAX_SHORT_DISTANCE 4096u

struct match {
	uint32_t length; /* 0 = none */
	uint32_t distance;
};

struct deflate_matcher {
	struct deflate_effort effort;
	uint32_t window;
	struct erofs_span in;
	size_t pos;		/* next byte to encode */
	size_t inserted;	/* bytes whose positions are in the tables */
	struct match next;	/* found at pos already */
	bool has_next;
	uint32_t base;		/* position of the first byte */
	uint32_t head[1u << HASH_BITS];
	uint32_t short_head[1u << SHORT_HASH_BITS];
	uint16_t step[CHAIN_SIZE]; /* back to the position before with the same hash */
};

struct deflate_matcher *erofs_deflate_matcher_new(struct deflate_effort effort, uint32_t window)
{
	struct deflate_matcher *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->effort = effort;
	m->window = window;
	m->base = FIRST_POSITION;
	return m;
}

void erofs_deflate_matcher_free(struct deflate_matcher *m)
{
	free(m);
}

void erofs_deflate_matcher_start(struct deflate_matcher *m, struct erofs_span in)
{
	m->base += (uint32_t)m->inserted;
	if (m->base > MAX_POSITION) {
		memset(m->head, 0, sizeof(m->head));
		memset(m->short_head, 0, sizeof(m->short_head));
		m->base = FIRST_POSITION;
	}
	m->in = in;
	m->pos = 0;
	m->inserted = 0;
	m->has_next = false;
}

static inline uint32_t hash4(uint32_t bytes)
{
	return bytes * 2654435761u >> (32 - HASH_BITS);
}

static inline uint32_t hash3(uint32_t bytes)
{
	return (bytes << 8) * 2654435761u >> (32 - SHORT_HASH_BITS);
}

/* Enters the position after the last one; four bytes are there. Returns the newest of its chain and, by
 * the way, the newest for three bytes. */
static inline uint32_t insert(struct deflate_matcher *m, uint32_t bytes, uint32_t *ret_short)
{
	uint32_t here = m->base + (uint32_t)m->inserted++;
	uint32_t *head = &m->head[hash4(bytes)], *short_head = &m->short_head[hash3(bytes)];
	uint32_t was = *head, step = here - was;

	*ret_short = *short_head;
	*short_head = here;
	*head = here;
	m->step[here % CHAIN_SIZE] = (uint16_t)(step > UINT16_MAX ? UINT16_MAX : step);
	if (m->inserted + 4 <= m->in.size)
		__builtin_prefetch(&m->head[hash4(deflate_load32(m->in.data + m->inserted))], 1);
	return was;
}

static void insert_until(struct deflate_matcher *m, size_t end)
{
	uint32_t unused;

	if (m->in.size < 4)
		return;
	if (end > m->in.size - 3)
		end = m->in.size - 3;
	while (m->inserted < end)
		insert(m, deflate_load32(m->in.data + m->inserted), &unused);
}

/* Bytes that are equal from @from on, at most up to @max. */
static inline uint32_t extend(const uint8_t *a, const uint8_t *b, uint32_t from, uint32_t max)
{
	while (from + 8 <= max) {
		uint64_t diff = deflate_load64(a + from) ^ deflate_load64(b + from);

		if (diff)
			return from + (uint32_t)__builtin_ctzll(diff) / 8;
		from += 8;
	}
	while (from < max && a[from] == b[from])
		from++;
	return from;
}

/* Improves on @best along the chain that begins at @candidate. At least five bytes are left. */
static struct match search_chain(const struct deflate_matcher *m, uint32_t candidate,
	uint32_t depth, struct match best)
{
	const uint8_t *cur = m->in.data + m->pos;
	size_t left = m->in.size - m->pos;
	uint32_t max = left < DEFLATE_MAX_MATCH ? (uint32_t)left : DEFLATE_MAX_MATCH;
	uint32_t nice = m->effort.nice_length < max ? m->effort.nice_length : max;
	uint32_t here = m->base + (uint32_t)m->pos, first = deflate_load32(cur);
	uint32_t low = m->pos > m->window ? here - m->window : m->base;
	uint32_t length = best.length < 3 ? 3 : best.length;

	while (candidate >= low && depth-- > 0 && length < max) {
		const uint8_t *p = m->in.data + (candidate - m->base);

		/* Of a longer match the last four bytes are the least likely. */
		if (deflate_load32(p + length - 3) == deflate_load32(cur + length - 3) &&
		    deflate_load32(p) == first) {
			length = extend(p, cur, 4, max);
			if (length > best.length)
				best = (struct match){ length, here - candidate };
			if (length >= nice)
				break;
			length = best.length;
		}
		candidate -= m->step[candidate % CHAIN_SIZE];
	}
	return best;
}

static struct match search_short(const struct deflate_matcher *m, uint32_t candidate)
{
	const uint8_t *cur = m->in.data + m->pos;
	uint32_t here = m->base + (uint32_t)m->pos, distance = here - candidate;
	const uint8_t *p;

	if (candidate < m->base || distance > MAX_SHORT_DISTANCE || distance > m->window)
		return (struct match){ 0, 0 };
	p = m->in.data + (candidate - m->base);
	if ((deflate_load32(p) ^ deflate_load32(cur)) & 0xffffff)
		return (struct match){ 0, 0 };
	return (struct match){ 3, distance };
}

/* The longest match at the next byte, if longer than @min. */
static struct match find_match(struct deflate_matcher *m, uint32_t min, uint32_t depth)
{
	struct match best = { min, 0 };
	uint32_t candidate, short_candidate;

	insert_until(m, m->pos);
	if (m->in.size - m->pos < 5)
		return (struct match){ 0, 0 };
	candidate = insert(m, deflate_load32(m->in.data + m->pos), &short_candidate);
	if (min < 3) {
		struct match found = search_short(m, short_candidate);

		best = found.length ? found : best;
	}
	best = search_chain(m, candidate, depth, best);
	return best.distance ? best : (struct match){ 0, 0 };
}

static uint32_t literals_price(const struct deflate_matcher *m,
	const struct deflate_prices *prices, uint32_t count)
{
	uint32_t price = 0;

	for (uint32_t i = 0; i < count; i++)
		price += prices->literal[m->in.data[m->pos + i]];
	return price;
}

/* Short matches from far away may cost more than the bytes. */
static struct match find_paying(struct deflate_matcher *m, const struct deflate_prices *prices,
	uint32_t min, uint32_t depth)
{
	struct match found = find_match(m, min, depth);

	if (found.length && found.length <= 4 &&
	    deflate_price(prices, found.length << 16 | found.distance) >=
		    literals_price(m, prices, found.length))
		return (struct match){ 0, 0 };
	return found;
}

/* Whether to put off @now for @later, which begins @skip bytes further on: what its length saves, less
 * what its distance and the bytes before it cost. */
static bool is_better(struct match now, struct match later, uint32_t skip)
{
	int gain = 4 * ((int)later.length - (int)now.length);

	if (!later.length)
		return false;
	gain += (int)deflate_log2(now.distance) - (int)deflate_log2(later.distance);
	return gain > (skip == 1 ? 2 : 6);
}

static void add_token(struct deflate_tokens *tokens, const struct deflate_prices *prices,
	deflate_token token)
{
	tokens->token[tokens->count++] = token;
	tokens->bits += deflate_price(prices, token);
}

static void add_literal(struct deflate_matcher *m, struct deflate_tokens *tokens,
	const struct deflate_prices *prices)
{
	add_token(tokens, prices, m->in.data[m->pos++]);
}

/* Looks behind @now for a better match and adds the bytes in between. */
static bool put_off(struct deflate_matcher *m, const struct deflate_prices *prices,
	struct match now, struct deflate_tokens *tokens)
{
	uint32_t depth = m->effort.depth;
	size_t pos = m->pos;

	if (now.length >= m->effort.nice_length)
		return false;
	for (uint32_t skip = 1; skip <= m->effort.lazy; skip++) {
		struct match later;

		depth /= 2;
		m->pos = pos + skip;
		later = find_paying(m, prices, now.length - 1, depth);
		if (!is_better(now, later, skip))
			continue;
		m->pos = pos;
		while (skip-- > 0)
			add_literal(m, tokens, prices);
		m->next = later;
		m->has_next = true;
		return true;
	}
	m->pos = pos;
	return false;
}

bool erofs_deflate_parse(struct deflate_matcher *m, const struct deflate_prices *prices,
	size_t max_count, uint64_t max_bits, struct deflate_tokens *tokens)
{
	while (m->pos < m->in.size && tokens->count < max_count && tokens->bits < max_bits) {
		struct match now = m->next;

		if (!m->has_next)
			now = find_paying(m, prices, 0, m->effort.depth);
		m->has_next = false;
		if (!now.length) {
			add_literal(m, tokens, prices);
		} else if (!put_off(m, prices, now, tokens)) {
			add_token(tokens, prices, now.length << 16 | now.distance);
			m->pos += now.length;
		}
	}
	return m->pos == m->in.size;
}
