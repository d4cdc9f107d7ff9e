/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The same text in every compressed form that a pcluster can have. */
#ifndef TESTS_STREAMS_H
#define TESTS_STREAMS_H

#include <erofs/features.h>
#include "base/span.h"

#define TEXT_SIZE 1000

/* What all streams decode to. */
void codec_text(uint8_t text[TEXT_SIZE]);

/* By enum erofs_algorithm. */
extern const struct erofs_span codec_streams[EROFS_ALGORITHM_COUNT];

#endif
