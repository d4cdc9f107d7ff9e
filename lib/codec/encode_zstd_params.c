/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* What a level means. Asked for blocks of a stream of unknown length, the library would prepare for a
 * long one: tables that take longer to reset than a pcluster takes to fill, and no short matches. So the
 * parameters of such a stream are given in full, for the 100 to 300 KB that a pcluster holds. */
#include "codec/encode_zstd.h"

struct parameters {
	uint8_t strategy, min_match;
	uint8_t hash_bits, chain_bits, search_bits;
	uint16_t target_length;
};

static const struct parameters by_level[] = {
	[1] = { ZSTD_fast, 6, 14, 13, 1, 0 },
	[2] = { ZSTD_dfast, 5, 14, 14, 1, 0 },
	[3] = { ZSTD_dfast, 4, 16, 16, 1, 0 },
	[4] = { ZSTD_greedy, 5, 17, 16, 3, 2 },
	[5] = { ZSTD_greedy, 5, 18, 17, 5, 2 },
	[6] = { ZSTD_lazy, 5, 19, 18, 3, 4 },
	[7] = { ZSTD_lazy, 4, 19, 18, 4, 4 },
	[8] = { ZSTD_lazy2, 4, 19, 18, 4, 8 },
	[9] = { ZSTD_lazy2, 4, 19, 18, 5, 8 },
	[10] = { ZSTD_lazy2, 4, 19, 18, 6, 8 },
	[11] = { ZSTD_btlazy2, 4, 19, 18, 5, 12 },
	[12] = { ZSTD_btlazy2, 4, 19, 19, 7, 12 },
	[13] = { ZSTD_btopt, 4, 19, 18, 4, 16 },
	[14] = { ZSTD_btopt, 3, 19, 18, 4, 32 },
	[15] = { ZSTD_btopt, 3, 19, 18, 6, 128 },
	[16] = { ZSTD_btultra, 3, 19, 19, 6, 128 },
	[17] = { ZSTD_btultra, 3, 19, 19, 8, 256 },
	[18] = { ZSTD_btultra2, 3, 19, 19, 6, 128 },
	[19] = { ZSTD_btultra2, 3, 19, 19, 8, 256 },
	[20] = { ZSTD_btultra2, 3, 19, 19, 10, 512 },
	[21] = { ZSTD_btultra2, 3, 19, 19, 12, 512 },
	[22] = { ZSTD_btultra2, 3, 19, 19, 13, 999 },
};

/* One table instead of two. In blocks, pieces of these levels are as small as they would be by the library's own
 * level 3 without, in four fifths of the time. */
static const struct parameters piece_by_level[] = {
	[2] = { ZSTD_fast, 5, 15, 14, 1, 0 },
	[3] = { ZSTD_fast, 5, 16, 14, 1, 0 },
};

/* In a pcluster of one block, which holds some 5 to 20 KB. The library would choose by the size of each attempt, and
 * pass over short matches in those above 16 KiB. */
#define SMALL_PCLUSTER 4096u
static const struct parameters small = { ZSTD_dfast, 4, 14, 14, 1, 0 };
#define SMALL_LEVEL 3

/* Where it shall be dense, a level looks for matches as a higher one would. Up to 14 bits of window, the library
 * does not do so by rows, which would take longer for few of them. */
static const struct {
	struct parameters parameters;
	uint8_t window_bits; /* at most */
} dense_by_level[] = {
	[1] = { { ZSTD_dfast, 4, 14, 14, 1, 0 }, 15 },
	[2] = { { ZSTD_dfast, 4, 14, 14, 1, 0 }, 15 },
	[3] = { { ZSTD_greedy, 4, 14, 14, 2, 2 }, 14 },
	[4] = { { ZSTD_lazy, 4, 14, 14, 1, 4 }, 14 },
	[5] = { { ZSTD_lazy, 4, 14, 14, 3, 4 }, 14 },
	[6] = { { ZSTD_lazy2, 4, 14, 14, 6, 16 }, 15 },
	[7] = { { ZSTD_lazy2, 4, 14, 14, 6, 16 }, 15 },
	[8] = { { ZSTD_btopt, 3, 13, 13, 1, 8 }, 14 },
	[9] = { { ZSTD_btopt, 3, 13, 13, 1, 8 }, 14 },
};
#define MAX_DENSE_LEVEL 9

static int get_window_bits(const struct erofs_encoder_options *options)
{
	return 31 - __builtin_clz(options->dictionary_bytes);
}

/* The size would take two to four bytes of each pcluster, and the extent knows it (section 9.6). */
static bool set_common(ZSTD_CCtx *ctx, const struct erofs_encoder_options *options, int window_bits)
{
	return !ZSTD_isError(ZSTD_CCtx_setParameter(ctx, ZSTD_c_compressionLevel, options->level)) &&
	       !ZSTD_isError(ZSTD_CCtx_setParameter(ctx, ZSTD_c_windowLog, window_bits)) &&
	       !ZSTD_isError(ZSTD_CCtx_setParameter(ctx, ZSTD_c_contentSizeFlag, 0));
}

static int at_most(int value, int limit)
{
	return value < limit ? value : limit;
}

static bool set_parameters(ZSTD_CCtx *ctx, const struct parameters *p, int window_bits)
{
	const struct {
		ZSTD_cParameter name;
		int value;
	} all[] = {
		{ ZSTD_c_strategy, p->strategy },
		{ ZSTD_c_minMatch, p->min_match },
		{ ZSTD_c_hashLog, at_most(p->hash_bits, window_bits + 1) },
		{ ZSTD_c_chainLog, at_most(p->chain_bits, window_bits + 1) },
		{ ZSTD_c_searchLog, p->search_bits },
		{ ZSTD_c_targetLength, p->target_length },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (ZSTD_isError(ZSTD_CCtx_setParameter(ctx, all[i].name, all[i].value)))
			return false;
	return true;
}

/* Negative levels: as level 1, but the more haste. */
static struct parameters get_parameters(int level)
{
	struct parameters p = by_level[level > 0 ? level : 1];

	if (level < 0)
		p.target_length = (uint16_t)at_most(-level, 4096);
	return p;
}

/* @p: NULL = the library's choice. */
static ZSTD_CCtx *new_context(const struct erofs_encoder_options *options, const struct parameters *p,
	int window_bits)
{
	ZSTD_CCtx *ctx = ZSTD_createCCtx();

	if (ctx && !(set_common(ctx, options, window_bits) && (!p || set_parameters(ctx, p, window_bits)))) {
		ZSTD_freeCCtx(ctx);
		return NULL;
	}
	return ctx;
}

ZSTD_CCtx *erofs_zstd_new_once(const struct erofs_encoder_options *options)
{
	int window_bits = get_window_bits(options), level = options->level;
	bool is_small = options->max_pcluster_bytes <= SMALL_PCLUSTER;

	if (is_small && options->dense && level >= 1 && level <= MAX_DENSE_LEVEL)
		return new_context(options, &dense_by_level[level].parameters,
			at_most(window_bits, dense_by_level[level].window_bits));
	if (is_small && !options->dense && level == SMALL_LEVEL)
		return new_context(options, &small, window_bits);
	return new_context(options, NULL, window_bits);
}

ZSTD_CCtx *erofs_zstd_new_blocks(const struct erofs_encoder_options *options)
{
	struct parameters p = get_parameters(options->level);

	return new_context(options, &p, get_window_bits(options));
}

ZSTD_CCtx *erofs_zstd_new_pieces(const struct erofs_encoder_options *options)
{
	struct parameters p = get_parameters(options->level);

	if (options->level == 2 || options->level == 3)
		p = piece_by_level[options->level];
	return new_context(options, &p, get_window_bits(options));
}

/* From 1.5.5 on, the row-based match finder of the middle strategies spares itself the clearing of
 * a table by a salt that it derives from earlier input. */
bool erofs_zstd_remembers(const struct erofs_encoder_options *options)
{
	return ZSTD_versionNumber() >= 10505 && options->level >= 4 && options->level <= 15;
}
