/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* The arena: blocks of growing size, freed together. */
#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_BYTES (256u << 10)

struct erofs_arena_block {
	struct erofs_arena_block *older;
	alignas(max_align_t) char bytes[];
};

void erofs_arena_init(struct erofs_arena *arena)
{
	*arena = (struct erofs_arena){ 0 };
}

void erofs_arena_fini(struct erofs_arena *arena)
{
	for (struct erofs_arena_block *b = arena->blocks, *older; b; b = older) {
		older = b->older;
		free(b);
	}
	erofs_arena_init(arena);
}

/* Blocks come from calloc, so that fresh memory is zero without touching it. */
static int add_block(struct erofs_arena *arena, size_t at_least)
{
	size_t size = at_least > BLOCK_BYTES ? at_least : BLOCK_BYTES;
	struct erofs_arena_block *b;

	if (size > SIZE_MAX - sizeof(*b))
		return -1;
	b = calloc(1, sizeof(*b) + size);
	if (!b)
		return -1;
	b->older = arena->blocks;
	arena->blocks = b;
	arena->next = b->bytes;
	arena->left = size;
	return 0;
}

static void *carve(struct erofs_arena *arena, size_t size, size_t align)
{
	size_t gap = -(uintptr_t)arena->next & (align - 1);
	void *p;

	if (arena->left < gap || arena->left - gap < size) {
		if (add_block(arena, size))
			return NULL;
		gap = 0;
	}
	p = arena->next + gap;
	arena->next += gap + size;
	arena->left -= gap + size;
	return p;
}

void *erofs_arena_alloc(struct erofs_arena *arena, size_t size)
{
	return carve(arena, size, alignof(max_align_t));
}

char *erofs_arena_string(struct erofs_arena *arena, const char *bytes, size_t count)
{
	char *p = carve(arena, count + 1, 1);

	if (p)
		memcpy(p, bytes, count);
	return p;
}

void *erofs_arena_copy(struct erofs_arena *arena, const void *bytes, size_t size)
{
	void *p = erofs_arena_alloc(arena, size);

	if (p && size)
		memcpy(p, bytes, size);
	return p;
}
