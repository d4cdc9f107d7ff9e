/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzz target: Android's table of owners, modes and capabilities. */
#include <stdlib.h>
#include <string.h>
#include "tests/fuzz/fuzz.h"
#include "tree/fs_table.h"

/* The first path in the table is found, and its rule is one that an inode can have. */
static void look_up(const struct erofs_fs_table *table, const uint8_t *bytes, size_t size)
{
	char path[256];
	size_t n = 0;
	const struct erofs_fs_rule *rule;

	while (n < size && n < sizeof(path) - 1 && bytes[n] && !strchr(" \t\n", bytes[n])) {
		path[n] = (char)bytes[n];
		n++;
	}
	path[n] = '\0';
	rule = erofs_fs_table_find(table, path + strspn(path, "/"));
	if (rule && (rule->mode > 07777 || rule->uid == UINT32_MAX || *rule->path == '/'))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct erofs_fs_table *table;
	uint8_t *copy = malloc(size + 1);
	FILE *in = copy && size ? fmemopen(memcpy(copy, bytes, size), size, "r") : NULL;

	if (in && erofs_fs_table_read(in, "table", NULL, &table) == 0) {
		look_up(table, bytes, size);
		erofs_fs_table_free(table);
	}
	if (in)
		fclose(in);
	free(copy);
	return 0;
}
