/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Pieces, runs of them, links and cuts. Time is linear in the number of pieces whatever they hold: a run is
 * either taken as a whole or shorter than what is always taken. */
#include "pack/dedupe.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/math.h"

#define MIN_PIECE 256u
#define MAX_PIECE 8192u
#define WINDOW 64u		/* bytes that decide on an end */
#define END_SHIFT 54		/* an end every KiB on average */
#define MIN_CUT_BLOCKS 3u	/* between cuts: fewer must begin with blocks */
#define MAX_ALIKE 16u		/* occurrences beside the first that are compared for the longest run */
#define INDEX_COST 6u		/* bytes for each block of a file that has links: it needs the full index */

static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ x >> 27) * 0x94d049bb133111ebull;
	return x ^ x >> 31;
}

void erofs_dedupe_init(struct erofs_dedupe *d)
{
	for (unsigned int i = 0; i < 256; i++)
		d->gear[i] = mix(0x9e3779b97f4a7c15ull * (i + 1));
}

void erofs_dedupe_fini(struct erofs_dedupe *d)
{
	free(d->pieces);
	free(d->links);
	free(d->by_source);
	free(d->cuts);
}

/* ---- pieces ---- */

size_t erofs_dedupe_piece(const struct erofs_dedupe *d, const uint8_t *bytes, size_t size)
{
	size_t limit = size < MAX_PIECE ? size : MAX_PIECE;
	uint64_t hash = 0;

	/* Shifting moves a byte out after as many others. */
	for (size_t i = MIN_PIECE - WINDOW; i < limit; i++) {
		hash = (hash << 1) + d->gear[bytes[i]];
		if (i >= MIN_PIECE && !(hash >> END_SHIFT))
			return i;
	}
	return limit;
}

/* The array with room for @needed elements; NULL, and it stays as it is. */
static void *grow(void *array, size_t *capacity, size_t needed, size_t size)
{
	size_t more = needed + needed / 2 + 64;
	void *p;

	if (needed <= *capacity)
		return array;
	p = more <= SIZE_MAX / size ? realloc(array, more * size) : NULL;
	if (p)
		*capacity = more;
	return p;
}

int erofs_dedupe_add(struct erofs_dedupe *d, const struct dedupe_piece *pieces, size_t count)
{
	struct dedupe_piece *grown;

	if (!count)
		return 0;
	grown = grow(d->pieces, &d->piece_capacity, d->piece_count + count, sizeof(*d->pieces));
	if (!grown)
		return -ENOMEM;
	d->pieces = grown;
	memcpy(d->pieces + d->piece_count, pieces, count * sizeof(*pieces));
	d->piece_count += count;
	return 0;
}

/* ---- runs ---- */

static bool equal(const void *entry, const void *key)
{
	const struct dedupe_piece *a = entry, *b = key;

	return a->hash == b->hash && a->bytes == b->bytes && a->variant == b->variant;
}

static bool together(const struct erofs_dedupe *d, const struct dedupe_piece *a,
	const struct dedupe_piece *b)
{
	return a->node == b->node && a->at / d->segment_bytes == b->at / d->segment_bytes;
}

/* How many pieces from @at on are equal to those from @source on, which end before it. What is a link of its own
 * there has extents that can be followed like others. */
static size_t run_of(const struct erofs_dedupe *d, const struct dedupe_piece *at,
	const struct dedupe_piece *source)
{
	const struct dedupe_piece *end = d->pieces + d->piece_count;
	size_t n = 0;

	while (at + n < end && source + n < at && together(d, at, at + n) && together(d, source, source + n) &&
	       equal(at + n, source + n))
		n++;
	return n;
}

/* What is equal to the piece before it repeats itself, and compresses to nothing. */
static bool is_dull(const struct erofs_dedupe *d, const struct dedupe_piece *piece)
{
	return piece > d->pieces && piece[-1].node == piece->node && equal(piece - 1, piece);
}

struct planning {
	struct erofs_dedupe *d;
	struct erofs_table first;	/* pieces, each as it occurs first; its @other leads to more */
	size_t first_link;		/* of the file in hand */
};

static int add_link(struct planning *p, const struct dedupe_piece *at, const struct dedupe_piece *source,
	uint64_t bytes)
{
	struct erofs_dedupe *d = p->d;
	struct dedupe_link *grown = grow(d->links, &d->link_capacity, d->link_count + 1,
		sizeof(*d->links));

	if (!grown)
		return -ENOMEM;
	d->links = grown;
	d->links[d->link_count++] = (struct dedupe_link){ .from = at->at, .source_at = source->at,
		.node = at->node, .source = source->node, .bytes = (uint32_t)bytes, .any_byte = source->any_byte };
	return 0;
}

/* Few links in a large file save less than its index takes more. */
static void end_file(struct planning *p)
{
	struct erofs_dedupe *d = p->d;
	uint64_t saved = 0, cost;

	if (p->first_link == d->link_count)
		return;
	for (size_t i = p->first_link; i < d->link_count; i++)
		saved += d->links[i].bytes;
	cost = erofs_ceil_div(d->tree->nodes[d->links[p->first_link].node]->size_bytes, d->block_size) *
	       INDEX_COST + (d->link_count - p->first_link) * d->block_size / 2;
	if (saved * 2 / 5 < cost)
		d->link_count = p->first_link;
	p->first_link = d->link_count;
}

/* Notes an occurrence, among the first ones. What repeats itself is no use. */
static int note_piece(struct planning *p, struct dedupe_piece *piece)
{
	struct dedupe_piece *first;

	if (is_dull(p->d, piece))
		return 0;
	first = erofs_table_find(&p->first, piece->hash, piece);
	if (!first)
		return erofs_table_add(&p->first, piece->hash, piece);
	if (first->alike < MAX_ALIKE) {
		first->alike++;
		piece->other = first->other;
		first->other = (size_t)(piece - p->d->pieces);
	}
	return 0;
}

/* The occurrence before @at that begins the longest run, the first of them: who has the same content as another file
 * may not be compressed by chance. *ret_run: how many pieces; 0: there is none. */
static const struct dedupe_piece *find_run(const struct planning *p, const struct dedupe_piece *at, size_t *ret_run)
{
	const struct erofs_dedupe *d = p->d;
	const struct dedupe_piece *source = erofs_table_find(&p->first, at->hash, at), *best = NULL;

	*ret_run = 0;
	if (is_dull(d, at))
		return NULL;
	while (source) {
		size_t run = run_of(d, at, source);

		if (run > *ret_run || (run == *ret_run && source < best)) {
			*ret_run = run;
			best = source;
		}
		source = source->other ? &d->pieces[source->other] : NULL;
	}
	return best;
}

/* Returns how many pieces are done with, or -ENOMEM. */
static int64_t plan_piece(struct planning *p, struct dedupe_piece *at)
{
	size_t run;
	const struct dedupe_piece *source = find_run(p, at, &run);
	uint64_t bytes = run ? at[run - 1].at + at[run - 1].bytes - at->at : 0;
	int r = 0;

	if (bytes >= p->d->min_bytes)
		r = add_link(p, at, source, bytes);
	else
		run = 1;
	for (size_t i = 0; r == 0 && i < run; i++)
		r = note_piece(p, at + i);
	return r < 0 ? r : (int64_t)run;
}

/* ---- order ---- */

static int compare(uint32_t node_a, uint64_t at_a, uint32_t node_b, uint64_t at_b)
{
	if (node_a != node_b)
		return node_a < node_b ? -1 : 1;
	return at_a < at_b ? -1 : at_a > at_b;
}

static int compare_sources(const void *a, const void *b)
{
	const struct dedupe_link *x = *(struct dedupe_link *const *)a, *y = *(struct dedupe_link *const *)b;
	int c = compare(x->source, x->source_at, y->source, y->source_at);

	return c ? c : compare(x->node, x->from, y->node, y->from);
}

/* Right behind another cut or the start of a segment none can be at any byte, since both have lclusters of their own;
 * and none where extents have no room to end. */
static void add_cut(struct erofs_dedupe *d, const struct dedupe_link *link)
{
	const struct dedupe_cut *last = d->cut_count ? &d->cuts[d->cut_count - 1] : NULL;
	uint64_t at = link->source_at, before = erofs_round_down(at, d->segment_bytes);

	if (last && last->node == link->source && last->at > before)
		before = last->at;
	if (!link->any_byte || at < before + MIN_CUT_BLOCKS * (uint64_t)d->block_size)
		at = erofs_round_up(at, d->block_size);
	if (at > before)
		d->cuts[d->cut_count++] = (struct dedupe_cut){ at, link->source };
}

static int order(struct erofs_dedupe *d)
{
	d->by_source = calloc(d->link_count + 1, sizeof(struct dedupe_link *));
	d->cuts = calloc(d->link_count + 1, sizeof(*d->cuts));
	if (!d->by_source || !d->cuts)
		return -ENOMEM;
	for (size_t i = 0; i < d->link_count; i++)
		d->by_source[i] = &d->links[i];
	qsort(d->by_source, d->link_count, sizeof(struct dedupe_link *), compare_sources);
	for (size_t i = 0; d->cut_sources && i < d->link_count; i++)
		add_cut(d, d->by_source[i]);
	return 0;
}

int erofs_dedupe_plan(struct erofs_dedupe *d)
{
	struct planning p = { .d = d };
	int64_t n = 0;

	erofs_table_init(&p.first, equal);
	for (size_t i = 0; n >= 0 && i < d->piece_count; i += (size_t)n) {
		if (i && d->pieces[i].node != d->pieces[i - 1].node)
			end_file(&p);
		n = plan_piece(&p, &d->pieces[i]);
		if (n < 0)
			break;
	}
	end_file(&p);
	erofs_table_fini(&p.first);
	free(d->pieces);
	d->pieces = NULL;
	d->piece_count = d->piece_capacity = 0;
	return n < 0 ? (int)n : order(d);
}

/* ---- asking ---- */

struct dedupe_link *erofs_dedupe_link(const struct erofs_dedupe *d, uint32_t node, uint64_t from)
{
	size_t at = EROFS_BISECT(d->link_count, i, compare(d->links[i].node, d->links[i].from, node, from) < 0);

	return at < d->link_count ? &d->links[at] : NULL;
}

const struct dedupe_cut *erofs_dedupe_cut(const struct erofs_dedupe *d, uint32_t node, uint64_t from)
{
	size_t at = EROFS_BISECT(d->cut_count, i, compare(d->cuts[i].node, d->cuts[i].at, node, from) < 0);

	return at < d->cut_count ? &d->cuts[at] : NULL;
}

size_t erofs_dedupe_source(const struct erofs_dedupe *d, uint32_t node, uint64_t from)
{
	return EROFS_BISECT(d->link_count, i,
		compare(d->by_source[i]->source, d->by_source[i]->source_at, node, from) < 0);
}
