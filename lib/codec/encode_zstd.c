/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Zstandard frames (format section 9.6). A large pcluster is filled block by block, and nothing is
 * compressed twice: blocks of 16 KiB as long as they surely fit, then ever smaller ones. Small blocks renew
 * the entropy tables more often than the library would by itself, which outweighs the few bytes
 * that stay empty. In a small pcluster the tables would take too much, so that there the length of the
 * input is searched for, and what room is left goes to a stored block. A piece that need not be filled takes
 * blocks as long as any more surely fits. */
#include "codec/encoder_ops.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>
#include "base/math.h"
#include "codec/encode_search.h"
#include "codec/encode_zstd.h"

#define MIN_BLOCKS_CAPACITY (16u << 10)
#define BLOCK (16u << 10)
/* Blocks at the end of a pcluster are so much shorter, in per cent, than what seems to fit. */
#define TAIL_PART 75
/* Of a piece, where time counts more; the last block is up to a quarter longer. */
#define PIECE_BLOCK (32u << 10)
#define LAST_PIECE_BLOCK (PIECE_BLOCK + PIECE_BLOCK / 4)
/* No block takes more than this beyond its input, and the first not much more with the frame's header. */
#define OVERHEAD 16u

#define ONE 1024u		/* of a rate: input per output */
#define FIRST_RATE (3 * ONE)	/* an average file */
/* Ends a frame: an empty block, stored, with the mark of the last one. */
static const uint8_t last_block[] = { 1, 0, 0 };
#define SLACK(capacity) ((capacity) / 1000)
#define MIN_TAIL 16u
/* Where the length of the input is searched for, what stays empty is less than one such part. */
#define SEARCH_PARTS 192u
#define DENSE_SEARCH_PARTS 256u

struct zstd_encoder {
	struct erofs_encoder_options options;
	/* For one call per frame, and for a call per block, of pclusters and of pieces: made when first
	 * needed. */
	ZSTD_CCtx *once, *blocks, *pieces;
	struct erofs_search search;
	uint64_t rate; /* of the last pcluster */
	uint8_t *scratch;
	size_t scratch_size;
};

static ZSTD_CCtx *get_once(struct zstd_encoder *encoder)
{
	if (!encoder->once)
		encoder->once = erofs_zstd_new_once(&encoder->options);
	return encoder->once;
}

static size_t compress(void *ctx, struct erofs_span in, uint8_t *out, size_t capacity)
{
	struct zstd_encoder *encoder = ctx;
	size_t size = ZSTD_compress2(encoder->once, out, capacity, in.data, in.size);

	return ZSTD_isError(size) ? 0 : size;
}

static void free_contexts(struct zstd_encoder *encoder)
{
	ZSTD_freeCCtx(encoder->once);
	ZSTD_freeCCtx(encoder->blocks);
	ZSTD_freeCCtx(encoder->pieces);
	encoder->once = encoder->blocks = encoder->pieces = NULL;
}

static void close_zstd(void *state)
{
	struct zstd_encoder *encoder = state;

	free_contexts(encoder);
	erofs_search_fini(&encoder->search);
	free(encoder->scratch);
	free(encoder);
}

static int open_zstd(const struct erofs_encoder_options *options, void **ret)
{
	struct zstd_encoder *encoder = calloc(1, sizeof(*encoder));

	if (!encoder)
		return -ENOMEM;
	encoder->options = *options;
	encoder->rate = FIRST_RATE;
	encoder->scratch_size = ZSTD_compressBound(LAST_PIECE_BLOCK);
	encoder->scratch = malloc(encoder->scratch_size);
	if (!encoder->scratch || erofs_search_init(&encoder->search, compress, encoder,
			options->max_pcluster_bytes) < 0) {
		close_zstd(encoder);
		return -ENOMEM;
	}
	encoder->search.parts = options->dense ? DENSE_SEARCH_PARTS : SEARCH_PARTS;
	*ret = encoder;
	return 0;
}

static int reset_zstd(void *state)
{
	struct zstd_encoder *encoder = state;

	encoder->rate = FIRST_RATE;
	erofs_search_reset(&encoder->search);
	if (erofs_zstd_remembers(&encoder->options))
		free_contexts(encoder);
	return 0;
}

/* A frame that grows. */
struct frame {
	ZSTD_CCtx *ctx;
	struct erofs_span in;	/* what is left of it */
	uint8_t *out;
	size_t capacity, size;	/* without the last block */
	size_t consumed;
	uint64_t rate;
	bool complete;		/* the last block is in it */
};

static size_t get_room(const struct frame *f)
{
	return f->capacity - f->size - sizeof(last_block);
}

/* Input for the next block; 0 when the frame is full. */
static size_t choose_block(const struct frame *f)
{
	size_t room = get_room(f);
	uint64_t fits = room * f->rate / ONE;

	if (fits > BLOCK + BLOCK * 3 / 10)
		return BLOCK < f->in.size ? BLOCK : f->in.size;
	if (room <= SLACK(f->capacity))
		return 0;
	fits = fits * TAIL_PART / 100;
	if (fits >= f->in.size)
		return f->in.size;
	return fits < MIN_TAIL ? 0 : (size_t)fits;
}

/* Compresses @n bytes into @scratch. Returns the size, or 0 for an error. */
static size_t compress_block(struct zstd_encoder *encoder, struct frame *f, size_t n)
{
	ZSTD_EndDirective end = n == f->in.size ? ZSTD_e_end : ZSTD_e_flush;
	ZSTD_inBuffer from = { f->in.data, n, 0 };
	ZSTD_outBuffer to = { encoder->scratch, encoder->scratch_size, 0 };
	size_t r = ZSTD_compressStream2(f->ctx, &to, &from, end);

	return r == 0 && from.pos == n ? to.pos : 0;
}

static void append_block(struct zstd_encoder *encoder, struct frame *f, size_t n, size_t size)
{
	memcpy(f->out + f->size, encoder->scratch, size);
	f->size += size;
	f->consumed += n;
	f->complete = n == f->in.size;
	f->in = erofs_span_from(f->in, n);
	f->rate = ((uint64_t)n * ONE / size + (uint64_t)f->consumed * ONE / f->size) / 2;
}

/* Input for the first block after one of @n bytes that made @size of them: 0 when it is hopeless. */
static size_t restart_frame(struct frame *f, size_t n, size_t size)
{
	if (n <= f->capacity || ZSTD_isError(ZSTD_CCtx_reset(f->ctx, ZSTD_reset_session_only)))
		return 0;
	f->rate = (uint64_t)n * ONE / size;
	return n * get_room(f) / size * 9 / 10;
}

static int fill_blocks(struct zstd_encoder *encoder, struct frame *f)
{
	size_t n = choose_block(f), size;

	while (n) {
		size = compress_block(encoder, f, n);
		if (size == 0)
			return -EIO;
		if (size <= get_room(f) || (n == f->in.size && size <= f->capacity - f->size)) {
			append_block(encoder, f, n, size);
			n = f->complete ? 0 : choose_block(f);
		} else if (f->size == 0) {
			n = restart_frame(f, n, size);
		} else {
			/* What the context has seen of it cannot be taken back. */
			break;
		}
	}
	return 0;
}

static int begin_frame(struct frame *f, ZSTD_CCtx *ctx)
{
	f->ctx = ctx;
	return !ctx || ZSTD_isError(ZSTD_CCtx_reset(ctx, ZSTD_reset_session_only)) ? -ENOMEM : 0;
}

static void end_frame(struct frame *f, struct erofs_fill *ret)
{
	if (!f->complete) {
		memcpy(f->out + f->size, last_block, sizeof(last_block));
		f->size += sizeof(last_block);
	}
	*ret = (struct erofs_fill){ f->consumed, f->size };
}

static int fill_frame(struct zstd_encoder *encoder, struct erofs_span in, uint8_t *out,
	size_t capacity, struct erofs_fill *ret)
{
	struct frame f = {
		.in = in,
		.out = out,
		.capacity = capacity,
		.rate = encoder->rate,
	};
	int r;

	if (!encoder->blocks)
		encoder->blocks = erofs_zstd_new_blocks(&encoder->options);
	r = begin_frame(&f, encoder->blocks);
	if (r == 0)
		r = fill_blocks(encoder, &f);
	if (r < 0 || f.size == 0)
		return r;
	encoder->rate = (uint64_t)f.consumed * ONE / f.size;
	end_frame(&f, ret);
	return 0;
}

/* ---- small pclusters ---- */

#define DESCRIPTOR 4u		/* where it is in a frame */
#define FRAME_HEADER 6u		/* when the descriptor is 0: neither size nor checksum nor dictionary */
#define BLOCK_HEADER 3u
#define LAST_BLOCK 1u
#define RLE_BLOCK 1u		/* of the type, in the two bits above */

static uint32_t load_block_header(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16;
}

static void store_block_header(uint8_t *p, uint32_t header)
{
	for (unsigned int i = 0; i < BLOCK_HEADER; i++)
		p[i] = (uint8_t)(header >> 8 * i);
}

/* What a block of this frame may hold; the mantissa is left out. */
static size_t get_max_block(const uint8_t *frame)
{
	return (size_t)1 << (10 + (frame[DESCRIPTOR + 1] >> 3));
}

/* The last block is no longer the last one. */
static void reopen_frame(uint8_t *frame)
{
	uint8_t *block = frame + FRAME_HEADER;
	uint32_t header = load_block_header(block);

	while (!(header & LAST_BLOCK)) {
		block += BLOCK_HEADER + ((header >> 1 & 3) == RLE_BLOCK ? 1 : header >> 3);
		header = load_block_header(block);
	}
	*block &= (uint8_t)~LAST_BLOCK;
}

/* Puts input as it is into the room that is left. */
static void store_tail(struct erofs_span in, uint8_t *out, size_t capacity, struct erofs_fill *fill)
{
	size_t n = in.size - fill->consumed, left = capacity - fill->produced;

	if (n == 0 || left <= BLOCK_HEADER || out[DESCRIPTOR] != 0)
		return;
	if (n > left - BLOCK_HEADER)
		n = left - BLOCK_HEADER;
	if (n > get_max_block(out))
		n = get_max_block(out);
	reopen_frame(out);
	store_block_header(out + fill->produced, LAST_BLOCK | (uint32_t)n << 3);
	memcpy(out + fill->produced + BLOCK_HEADER, in.data + fill->consumed, n);
	fill->produced += BLOCK_HEADER + n;
	fill->consumed += n;
}

static int search_frame(struct zstd_encoder *encoder, struct erofs_span in, uint8_t *out,
	size_t capacity, struct erofs_fill *ret)
{
	int r;

	if (!get_once(encoder))
		return -ENOMEM;
	r = erofs_search_fill(&encoder->search, in, out, capacity, ret);
	if (r == 0 && ret->consumed)
		store_tail(in, out, capacity, ret);
	return r;
}

static int fill_zstd(void *state, struct erofs_span in, uint8_t *out, size_t capacity,
	struct erofs_fill *ret)
{
	struct zstd_encoder *encoder = state;

	if (capacity >= MIN_BLOCKS_CAPACITY)
		return fill_frame(encoder, in, out, capacity, ret);
	return search_frame(encoder, in, out, capacity, ret);
}

/* ---- pieces ---- */

/* Input for the next block of a piece: as much as has room even if it does not compress, as the piece need not
 * be filled. 0 when that is too little to go on. */
static size_t choose_piece_block(const struct frame *f)
{
	size_t room = get_room(f), block = PIECE_BLOCK, least = f->capacity / 4;

	if (f->in.size <= LAST_PIECE_BLOCK && f->in.size / 2 <= room)
		return f->in.size;
	if (least > PIECE_BLOCK / 2)
		least = PIECE_BLOCK / 2;
	while (block >= least && block + OVERHEAD > room)
		block /= 2;
	return block >= least ? block : 0;
}

static int piece_blocks(struct zstd_encoder *encoder, struct frame *f)
{
	size_t n, size;

	while (!f->complete && (n = choose_piece_block(f)) != 0) {
		size = compress_block(encoder, f, n);
		if (size == 0)
			return -EIO;
		if (size > get_room(f))
			break;
		append_block(encoder, f, n, size);
	}
	return 0;
}

static int piece_frame(struct zstd_encoder *encoder, struct erofs_span in, uint8_t *out,
	size_t capacity, struct erofs_fill *ret)
{
	struct frame f = {
		.in = in,
		.out = out,
		.capacity = capacity,
	};
	int r;

	/* Not even the end of a frame has room. */
	if (capacity <= sizeof(last_block))
		return 0;
	if (!encoder->pieces)
		encoder->pieces = erofs_zstd_new_pieces(&encoder->options);
	r = begin_frame(&f, encoder->pieces);
	if (r == 0)
		r = piece_blocks(encoder, &f);
	if (r == 0 && f.size)
		end_frame(&f, ret);
	return r;
}

static int piece_zstd(void *state, struct erofs_span in, uint8_t *out, size_t capacity,
	struct erofs_fill *ret)
{
	struct zstd_encoder *encoder = state;
	struct erofs_span part = { in.data, in.size < capacity ? in.size : capacity };
	size_t size;

	if (encoder->options.max_pcluster_bytes >= MIN_BLOCKS_CAPACITY)
		return piece_frame(encoder, in, out, capacity, ret);
	if (!get_once(encoder))
		return -ENOMEM;
	size = compress(encoder, part, out, capacity);
	if (size)
		*ret = (struct erofs_fill){ part.size, size };
	return 0;
}

const struct erofs_encoder_ops erofs_encoder_zstd = {
	.open = open_zstd,
	.close = close_zstd,
	.reset = reset_zstd,
	.fill = fill_zstd,
	.piece = piece_zstd,
};
