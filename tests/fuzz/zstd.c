/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzz target: zstd streams. */
#include "tests/fuzz/codec_target.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	return fuzz_codec(EROFS_ALGORITHM_ZSTD, bytes, size);
}
