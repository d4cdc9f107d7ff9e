/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* codec.h -- which compression algorithms this build can read. */
#ifndef EROFS_CODEC_H
#define EROFS_CODEC_H

#include <stdbool.h>
#include <erofs/features.h>

/* "lz4", "lzma", "deflate" or "zstd", also for one that was left out; NULL for any other id. */
const char *erofs_algorithm_name(unsigned int algorithm);

/* Whether pclusters of @algorithm can be decoded. */
bool erofs_algorithm_available(unsigned int algorithm);

#endif
