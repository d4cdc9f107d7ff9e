/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzz target: a gzip stream and its points. What comes out of a sound one is told of in order. */
#include <stdlib.h>
#include <string.h>
#include "io/gunzip.h"
#include "tests/fuzz/fuzz.h"

#define OUTPUT_MAX ((uint64_t)4 << 20)

struct seen {
	uint64_t packed_at, unpacked_at, points;
	size_t size;
};

static int see(void *user, const struct erofs_gunzip_point *point)
{
	struct seen *seen = user;

	if (point->packed_at > seen->size || point->bits > 7 || point->unpacked_at < seen->unpacked_at ||
	    (seen->points && point->packed_at < seen->packed_at))
		abort();
	*seen = (struct seen){ point->packed_at, point->unpacked_at, seen->points + 1, seen->size };
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct seen seen = { .size = size };
	const struct erofs_gunzip_watcher watcher = { &seen, 100, see };
	struct erofs_input *inner, *input;
	const uint8_t *bytes;
	uint8_t *copy = malloc(size + 1);
	size_t got = 1;

	if (!copy)
		return 0;
	memcpy(copy, data, size);
	if (erofs_input_open_memory(copy, size, NULL, &inner) == 0 &&
	    erofs_gunzip_open(inner, size % 2 ? &watcher : NULL, &input) == 0) {
		while (got && input->position < OUTPUT_MAX)
			if (erofs_input_next(input, UINT64_MAX, &bytes, &got) < 0)
				break;
		erofs_input_close(input);
	}
	free(copy);
	return 0;
}
