/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Ranges of files that are equal to ranges before them, as -Ededupe wants them: found in a pass over all
 * content before anything is compressed, so that the result does not depend on who works when.
 *
 * Content is divided into pieces whose ends depend on the bytes around them alone, so that what was moved
 * by some bytes is divided alike. A run of pieces that has been there before becomes a link: a range that may refer to
 * the extents of its source, as far as these begin in it. Where clusters have several blocks, and end early at
 * little cost, sources are cut, too: an extent of theirs begins where a link does.
 *
 * All of this is a proposal. Hashes of pieces are no proof; whoever uses a link compares digests of
 * the bytes that are stored, and can do without it. */
#ifndef EROFS_PACK_DEDUPE_H
#define EROFS_PACK_DEDUPE_H

#include "base/digest.h"
#include "base/table.h"
#include "tree/node.h"

struct dedupe_piece {
	uint64_t hash;
	uint64_t at;		/* of the file */
	uint32_t bytes;
	uint32_t node;		/* by index */
	bool any_byte;		/* an extent may begin with it, wherever that is */
	uint32_t variant;	/* extents are shared among files of one: equal bytes alone are no proof */
	uint8_t alike;		/* while planning: of a piece's first occurrence, how many others are noted ... */
	size_t other;		/* ... and where the next of them is, by index; 0: nowhere */
};

struct dedupe_link {
	uint64_t from, source_at;	/* of the files */
	uint32_t node, source;		/* by index */
	uint32_t bytes;
	bool any_byte;			/* of its source's piece */
	/* What the packer makes of it: the range without its first @skip bytes, @used long. */
	bool dropped;			/* turned out to be no use */
	uint32_t skip, used;		/* 0: it has no place, or not yet */
	uint32_t settled;		/* in turn: what is to be used of it, if anything; nothing else then */
	uint32_t passed;		/* it cannot begin before */
	uint8_t stored[EROFS_DIGEST_MAX_BYTES];	 /* SHA-256 of the source's bytes as they were compressed ... */
	uint8_t claimed[EROFS_DIGEST_MAX_BYTES]; /* ... and of the range's as they were read */
};

struct dedupe_cut {
	uint64_t at;		/* of the file */
	uint32_t node;
};

struct erofs_dedupe {
	/* Set before init. */
	const struct erofs_tree *tree;
	uint32_t block_size;
	uint32_t segment_bytes;		/* neither end of a link reaches beyond one */
	uint32_t min_bytes;		/* of a link: less does not pay for the cluster before it that ends early ... */
	uint32_t min_used_bytes;	/* ... and of what is used of it; for the packer */
	bool cut_sources;
	uint64_t gear[256];
	struct dedupe_piece *pieces;	/* in the order of the image */
	size_t piece_count, piece_capacity;
	struct dedupe_link *links;	/* in the order of the image */
	size_t link_count, link_capacity;
	struct dedupe_link **by_source;	/* the same by source and offset in it */
	struct dedupe_cut *cuts;	/* by node and offset */
	size_t cut_count;
};

void erofs_dedupe_init(struct erofs_dedupe *d);
void erofs_dedupe_fini(struct erofs_dedupe *d);

/* The bytes of the first piece of @size bytes, not none, at @bytes: 256 to 8192, or all. */
size_t erofs_dedupe_piece(const struct erofs_dedupe *d, const uint8_t *bytes, size_t size);
/* Appends @count pieces; those of a file come in order. 0 or -ENOMEM. */
int erofs_dedupe_add(struct erofs_dedupe *d, const struct dedupe_piece *pieces, size_t count);
/* Makes links and cuts of all pieces, and forgets the pieces. 0 or -ENOMEM. */
int erofs_dedupe_plan(struct erofs_dedupe *d);

/* The first link of @node at or behind @from, or of a later node; NULL. */
struct dedupe_link *erofs_dedupe_link(const struct erofs_dedupe *d, uint32_t node, uint64_t from);
/* The first cut at or behind @from, ditto. */
const struct dedupe_cut *erofs_dedupe_cut(const struct erofs_dedupe *d, uint32_t node, uint64_t from);
/* Position in @by_source of the first link with a source at or behind @from, ditto. */
size_t erofs_dedupe_source(const struct erofs_dedupe *d, uint32_t node, uint64_t from);

#endif
