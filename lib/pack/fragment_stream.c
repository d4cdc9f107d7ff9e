/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Fragments are looked up by their last bytes and compared with what is in the stream, so a fragment that is the
 * end of a longer one is found as well. */
#include "pack/fragment_stream.h"

#include <errno.h>
#include <string.h>

#include "base/report.h"
#include "base/span.h"

#define END_BYTES 64u	     /* that are hashed; shorter fragments are hashed as a whole */
#define CANDIDATES 4u	     /* of one hash: the longest ones */
#define COMPARED_BYTES 4096u /* at a time */

struct candidate {
	uint64_t end, size;
	bool whole;
};

/* Fragments whose last bytes are equal. */
struct ending {
	uint64_t hash;
	uint32_t count;
	struct candidate list[CANDIDATES];
};

static bool equal(const void *entry, const void *key)
{
	return ((const struct ending *)entry)->hash == *(const uint64_t *)key;
}

int erofs_fragments_open(struct erofs_fragments *fr, const char *directory,
	enum erofs_fragment_dedupe dedupe, const struct erofs_report *report)
{
	*fr = (struct erofs_fragments){ .dedupe = dedupe, .report = report };
	erofs_table_init(&fr->by_end, equal);
	erofs_arena_init(&fr->arena);
	return erofs_spool_open(directory, report, &fr->spool);
}

void erofs_fragments_close(struct erofs_fragments *fr)
{
	erofs_spool_close(fr->spool);
	erofs_table_fini(&fr->by_end);
	erofs_arena_fini(&fr->arena);
}

/* ---- looking for it ---- */

/* Whether the stream has @bytes right before @end; from behind, where files of one kind differ last. */
static int is_there(const struct erofs_fragments *fr, uint64_t end, const uint8_t *bytes, size_t size,
	bool *ret)
{
	uint8_t piece[COMPARED_BYTES];

	*ret = false;
	while (size) {
		size_t n = size < sizeof(piece) ? size : sizeof(piece);
		int r = erofs_spool_read(fr->spool, end - n, piece, n);

		if (r < 0)
			return r;
		size -= n;
		end -= n;
		if (memcmp(piece, bytes + size, n))
			return 0;
	}
	*ret = true;
	return 0;
}

static bool may_share(const struct erofs_fragments *fr, const struct candidate *c, size_t size, bool whole)
{
	if (fr->dedupe == EROFS_FRAGMENT_DEDUPE_INODE)
		return whole && c->whole && c->size == size;
	return c->size >= size;
}

/* 1 = it is there, 0 = it is not. */
static int find(struct erofs_fragments *fr, const struct ending *ending, struct erofs_span bytes, bool whole,
	uint64_t *ret_at)
{
	for (uint32_t i = 0; i < ending->count; i++) {
		const struct candidate *c = &ending->list[i];
		bool found = false;
		int r = 0;

		if (may_share(fr, c, bytes.size, whole))
			r = is_there(fr, c->end, bytes.data, bytes.size, &found);
		if (r < 0)
			return r;
		*ret_at = c->end - bytes.size;
		if (found)
			return 1;
	}
	return 0;
}

/* ---- adding it ---- */

static void remember(struct ending *ending, const struct candidate *new)
{
	uint32_t at = ending->count;

	if (ending->count < CANDIDATES) {
		ending->count++;
	} else {
		at = 0;
		for (uint32_t i = 1; i < CANDIDATES; i++)
			if (ending->list[i].size < ending->list[at].size)
				at = i;
		if (ending->list[at].size >= new->size)
			return;
	}
	ending->list[at] = *new;
}

static int get_ending(struct erofs_fragments *fr, const uint8_t *bytes, size_t size, struct ending **ret)
{
	size_t n = size < END_BYTES ? size : END_BYTES;
	uint64_t hash = erofs_hash_bytes(bytes + size - n, n);
	struct ending *ending = erofs_table_find(&fr->by_end, hash, &hash);

	*ret = ending;
	if (ending)
		return 0;
	ending = erofs_arena_alloc(&fr->arena, sizeof(*ending));
	if (ending) {
		ending->hash = hash;
		*ret = ending;
	}
	if (!ending || erofs_table_add(&fr->by_end, hash, ending) < 0)
		return erofs_fail_errno(fr->report, -ENOMEM, "cannot note a fragment");
	return 0;
}

static int append(struct erofs_fragments *fr, const void *bytes, size_t size, uint64_t *ret_at)
{
	uint64_t at = erofs_spool_size(fr->spool);
	int r = erofs_spool_append(fr->spool, bytes, size);

	if (r == 0)
		*ret_at = at;
	return r;
}

int erofs_fragments_add(struct erofs_fragments *fr, const void *bytes, size_t size, bool whole,
	uint64_t *ret_at)
{
	struct ending *ending;
	int r;

	if (fr->dedupe == EROFS_FRAGMENT_DEDUPE_OFF)
		return append(fr, bytes, size, ret_at);
	r = get_ending(fr, bytes, size, &ending);
	if (r == 0)
		r = find(fr, ending, (struct erofs_span){ bytes, size }, whole, ret_at);
	if (r > 0)
		fr->shared_bytes += size;
	if (r)
		return r < 0 ? r : 0;
	r = append(fr, bytes, size, ret_at);
	if (r == 0)
		remember(ending, &(struct candidate){ *ret_at + size, size, whole });
	return r;
}
