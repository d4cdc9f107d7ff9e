/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* The codecs of this build. The only place, with module.am, that knows which libraries were found. */
#include "codec/codec.h"

#include <stddef.h>

static const struct {
	const char *name;
	const struct erofs_codec *codec;
} algorithms[EROFS_ALGORITHM_COUNT] = {
	[EROFS_ALGORITHM_LZ4] = {
		.name = "lz4",
#ifdef HAVE_LZ4
		.codec = &erofs_codec_lz4,
#endif
	},
	[EROFS_ALGORITHM_LZMA] = {
		.name = "lzma",
#ifdef HAVE_LZMA
		.codec = &erofs_codec_lzma,
#endif
	},
	[EROFS_ALGORITHM_DEFLATE] = {
		.name = "deflate",
#ifdef HAVE_DEFLATE
		.codec = &erofs_codec_deflate,
#endif
	},
	[EROFS_ALGORITHM_ZSTD] = {
		.name = "zstd",
#ifdef HAVE_ZSTD
		.codec = &erofs_codec_zstd,
#endif
	},
};

const struct erofs_codec *erofs_codec_get(unsigned int algorithm)
{
	return algorithm < EROFS_ALGORITHM_COUNT ? algorithms[algorithm].codec : NULL;
}

const char *erofs_algorithm_name(unsigned int algorithm)
{
	return algorithm < EROFS_ALGORITHM_COUNT ? algorithms[algorithm].name : NULL;
}

bool erofs_algorithm_available(unsigned int algorithm)
{
	return erofs_codec_get(algorithm) != NULL;
}
