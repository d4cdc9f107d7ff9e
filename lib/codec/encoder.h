/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Fixed-output compression: how much input fills a physical cluster (format sections 9 and 12.3).
 *
 * One encoder serves one thread and one algorithm configuration, for any number of files. What it
 * produces depends on the input since the last `reset` alone, never on earlier files, so that equal
 * content is encoded equally wherever it occurs. */
#ifndef EROFS_CODEC_ENCODER_H
#define EROFS_CODEC_ENCODER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <erofs/features.h>
#include "base/span.h"

struct erofs_encoder;

/* Which library or encoder makes the stream; several write the same on-disk algorithm. */
enum erofs_encoder_kind {
	EROFS_ENCODER_LZ4 = 0,
	EROFS_ENCODER_LZ4HC,
	EROFS_ENCODER_LZMA,
	EROFS_ENCODER_DEFLATE,
	EROFS_ENCODER_LIBDEFLATE,
	EROFS_ENCODER_ZSTD,
	EROFS_ENCODER_KIND_COUNT,
};

struct erofs_encoder_options {
	enum erofs_encoder_kind kind;
	int level;			/* EROFS_ENCODER_LEVEL_DEFAULT or in the kind's range */
	uint32_t dictionary_bytes;	/* window; 0 = chosen from max_pcluster_bytes */
	uint32_t max_pcluster_bytes;	/* largest output asked for; at most 1 MiB (section 8.3) */
	int32_t lzma_lc, lzma_lp, lzma_pb; /* -1 = default */
	bool dense;			/* more work where the length of the input is searched for */
};
#define EROFS_ENCODER_LEVEL_DEFAULT INT32_MIN

/* "lz4" ... "zstd"; NULL past the last. */
const char *erofs_encoder_name(enum erofs_encoder_kind kind);
/* Whether this build has the library that @kind needs. */
int erofs_encoder_available(enum erofs_encoder_kind kind);
enum erofs_algorithm erofs_encoder_algorithm(enum erofs_encoder_kind kind);
/* Checks level and dictionary and fills in defaults; complete options stay as they are. Kinds without
 * a choice keep "default" and 0: LZ4 has no level, LZ4 and libdeflate always use the whole window of
 * their formats. 0, -EINVAL (kind, level, lc/lp/pb or pcluster size), -ERANGE (dictionary), -EOPNOTSUPP
 * (not in this build). Pure. */
int erofs_encoder_options_complete(struct erofs_encoder_options *options);

/* @options need not be complete. 0, what `complete` returns, or -ENOMEM. */
int erofs_encoder_new(const struct erofs_encoder_options *options, struct erofs_encoder **ret);
void erofs_encoder_free(struct erofs_encoder *enc); /* NULL is a no-op */
/* A new file begins: forgets what was learnt for predictions. */
void erofs_encoder_reset(struct erofs_encoder *enc);

/* Encodes as long a prefix of @in as fits into @capacity bytes (a pcluster) into
 * one self-contained stream whose first byte is not zero (section 9.2). Returns 0 with the input
 * consumed (at most 12 MiB) and the output produced (1..capacity), which is less. *ret_consumed is 0
 * when nothing is gained: the caller stores plain, best as many bytes as a pcluster holds before it
 * tries again. Bytes of @output past what was produced are undefined. -ENOMEM, -EIO. */
int erofs_encoder_fill(struct erofs_encoder *enc, struct erofs_span in, void *output, size_t capacity,
	size_t *ret_consumed, size_t *ret_produced);

/* The same for a place where bytes that are not needed are not lost (section 12.4): how much it encodes is what
 * is quick and dense, and @output need not be full. */
int erofs_encoder_piece(struct erofs_encoder *enc, struct erofs_span in, void *output, size_t capacity,
	size_t *ret_consumed, size_t *ret_produced);

#endif
