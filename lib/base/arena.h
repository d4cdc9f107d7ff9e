/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Memory that dies at once: the nodes, names and xattrs of a build tree, the members of a sharing
 * report. Not thread-safe. */
#ifndef EROFS_BASE_ARENA_H
#define EROFS_BASE_ARENA_H

#include <stddef.h>

struct erofs_arena_block;
struct erofs_arena {
	struct erofs_arena_block *blocks;
	char *next;
	size_t left;
};

void erofs_arena_init(struct erofs_arena *arena);
void erofs_arena_fini(struct erofs_arena *arena);
/* Zeroed, aligned for any type; NULL when out of memory. */
void *erofs_arena_alloc(struct erofs_arena *arena, size_t size);
/* Copies; strings (erofs_arena_string) get a NUL and no alignment. */
char *erofs_arena_string(struct erofs_arena *arena, const char *bytes, size_t count);
void *erofs_arena_copy(struct erofs_arena *arena, const void *bytes, size_t size);

#endif
