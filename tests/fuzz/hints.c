/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzz target: compress hints. What they choose for a file is something that can be built. */
#include <stdlib.h>
#include <string.h>
#include "plan/hints.h"
#include "tests/fuzz/fuzz.h"
#include "tree/node.h"

#define BLOCK 4096u

static const struct erofs_compression algorithms[] = { { .name = "lz4hc" }, { .name = "zstd" } };

/* A file that is there and one of the longest name. */
static void ask(struct erofs_plan *plan)
{
	static char longest[256];
	struct erofs_node root = { .name = "", .parent = &root }, dir = { .name = "dir", .parent = &root };
	struct erofs_node files[] = { { .name = "file.txt", .parent = &dir }, { .name = longest, .parent = &dir } };

	memset(longest, 'x', 255);
	for (size_t i = 0; i < 2; i++) {
		struct plan_choice choice = { .pcluster_bytes = BLOCK };

		if (erofs_plan_hints_match(plan->hints, &files[i], &choice) < 0)
			continue;
		if (choice.encoder >= 2 || choice.pcluster_bytes % BLOCK ||
		    choice.pcluster_bytes > plan->compression.max_pcluster_bytes)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct erofs_plan plan = { .block_bits = 12, .block_size = BLOCK,
		.opt = { .compressions = algorithms, .compression_count = 2 },
		.compression = { .max_pcluster_bytes = BLOCK } };
	char *text = malloc(size + 1);

	if (!text)
		return 0;
	memcpy(text, bytes, size);
	text[size] = '\0';
	if (erofs_plan_hints_parse(&plan, text) == 0)
		ask(&plan);
	erofs_plan_hints_free(plan.hints);
	free(text);
	return 0;
}
