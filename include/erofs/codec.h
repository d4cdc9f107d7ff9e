/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* codec.h -- which compression algorithms this build can read. */
#ifndef EROFS_CODEC_H
#define EROFS_CODEC_H

#include <stdbool.h>
#include <erofs/features.h>

#ifdef __cplusplus
extern "C" {
#endif

/* "lz4", "lzma", "deflate" or "zstd" for an enum erofs_algorithm, also for one that was left out; NULL for any
 * other id. What can be written is erofs_compressor_name (build.h). */
const char *erofs_algorithm_name(unsigned int algorithm);

/* Whether pclusters of @algorithm can be decoded. */
bool erofs_algorithm_available(unsigned int algorithm);

#ifdef __cplusplus
}
#endif

#endif
