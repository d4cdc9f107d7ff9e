/* SPDX-License-Identifier: GPL-2.0-or-later */
/* In place of lib/codec/registry.c: a build that found no library to decode with. */
#include "codec/codec.h"

#include <stddef.h>

const struct erofs_codec *erofs_codec_get(unsigned int algorithm)
{
	(void)algorithm;
	return NULL;
}

const char *erofs_algorithm_name(unsigned int algorithm)
{
	static const char *const names[EROFS_ALGORITHM_COUNT] = { "lz4", "lzma", "deflate", "zstd" };

	return algorithm < EROFS_ALGORITHM_COUNT ? names[algorithm] : NULL;
}

bool erofs_algorithm_available(unsigned int algorithm)
{
	return erofs_codec_get(algorithm) != NULL;
}
