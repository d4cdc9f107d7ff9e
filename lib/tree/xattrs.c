/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Attribute sets: drafted per file, interned per tree. */
#include "tree/xattrs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void erofs_xattr_draft_init(struct erofs_xattr_draft *draft)
{
	*draft = (struct erofs_xattr_draft){ 0 };
}

void erofs_xattr_draft_fini(struct erofs_xattr_draft *draft)
{
	free(draft->items);
	free(draft->bytes);
	erofs_xattr_draft_init(draft);
}

void erofs_xattr_draft_reset(struct erofs_xattr_draft *draft)
{
	draft->count = 0;
	draft->used = 0;
}

static struct erofs_xattr_draft_item *find_item(const struct erofs_xattr_draft *draft,
	const char *name)
{
	for (size_t i = 0; i < draft->count; i++)
		if (!strcmp(draft->bytes + draft->items[i].name_at, name))
			return &draft->items[i];
	return NULL;
}

bool erofs_xattr_draft_has(const struct erofs_xattr_draft *draft, const char *name)
{
	return find_item(draft, name) != NULL;
}

static int reserve(struct erofs_xattr_draft *draft, size_t bytes)
{
	if (draft->count == draft->capacity) {
		size_t capacity = draft->capacity ? 2 * draft->capacity : 16;
		void *items = realloc(draft->items, capacity * sizeof(*draft->items));

		if (!items)
			return -ENOMEM;
		draft->items = items;
		draft->capacity = capacity;
	}
	if (draft->room - draft->used < bytes) {
		size_t room = 2 * draft->room + bytes;
		char *grown = realloc(draft->bytes, room);

		if (!grown)
			return -ENOMEM;
		draft->bytes = grown;
		draft->room = room;
	}
	return 0;
}

static size_t append(struct erofs_xattr_draft *draft, const void *bytes, size_t size)
{
	size_t at = draft->used;

	if (size)
		memcpy(draft->bytes + at, bytes, size);
	draft->used += size;
	return at;
}

int erofs_xattr_draft_set(struct erofs_xattr_draft *draft, const char *name, const void *value,
	uint32_t value_bytes)
{
	size_t name_bytes = strlen(name);
	struct erofs_xattr_draft_item *item;
	int r;

	r = reserve(draft, name_bytes + 1 + value_bytes);
	if (r < 0)
		return r;
	/* One of that name is looked for only when all are sorted: a hostile source may have very many. */
	item = &draft->items[draft->count++];
	item->name_at = append(draft, name, name_bytes + 1);
	item->name_bytes = (uint32_t)name_bytes;
	item->value_at = append(draft, value, value_bytes);
	item->value_bytes = value_bytes;
	return 0;
}

int erofs_xattr_draft_load(struct erofs_xattr_draft *draft, const struct erofs_node_xattrs *set)
{
	erofs_xattr_draft_reset(draft);
	for (uint32_t i = 0; set && i < set->count; i++) {
		int r = erofs_xattr_draft_set(draft, set->list[i].name, set->list[i].value,
			set->list[i].value_bytes);

		if (r < 0)
			return r;
	}
	return 0;
}

static int compare_items(const void *a, const void *b, void *bytes)
{
	const struct erofs_xattr_draft_item *x = a, *y = b;
	int order = strcmp((char *)bytes + x->name_at, (char *)bytes + y->name_at);

	if (order)
		return order;
	return (x->name_at > y->name_at) - (x->name_at < y->name_at);
}

/* Sorts by name; of equal names the one that was set last stays. */
static void sort_items(struct erofs_xattr_draft *draft)
{
	size_t kept = 0;

	qsort_r(draft->items, draft->count, sizeof(*draft->items), compare_items, draft->bytes);
	for (size_t i = 0; i < draft->count; i++) {
		if (kept && !strcmp(draft->bytes + draft->items[kept - 1].name_at,
				draft->bytes + draft->items[i].name_at))
			kept--;
		draft->items[kept++] = draft->items[i];
	}
	draft->count = kept;
}

static uint64_t hash_draft(const struct erofs_xattr_draft *draft)
{
	uint64_t hash = draft->count;

	for (size_t i = 0; i < draft->count; i++) {
		const struct erofs_xattr_draft_item *x = &draft->items[i];

		hash = erofs_hash_pair(hash,
			erofs_hash_bytes(draft->bytes + x->name_at, x->name_bytes + 1));
		hash = erofs_hash_pair(hash,
			erofs_hash_bytes(draft->bytes + x->value_at, x->value_bytes));
	}
	return hash;
}

static bool equals_draft(const void *entry, const void *key)
{
	const struct erofs_node_xattrs *set = entry;
	const struct erofs_xattr_draft *draft = key;

	if (set->count != draft->count)
		return false;
	for (uint32_t i = 0; i < set->count; i++) {
		const struct erofs_node_xattr *a = &set->list[i];
		const struct erofs_xattr_draft_item *b = &draft->items[i];

		if (a->name_bytes != b->name_bytes || a->value_bytes != b->value_bytes ||
		    memcmp(a->name, draft->bytes + b->name_at, a->name_bytes) ||
		    memcmp(a->value, draft->bytes + b->value_at, a->value_bytes))
			return false;
	}
	return true;
}

static struct erofs_node_xattrs *copy_draft(struct erofs_arena *arena,
	const struct erofs_xattr_draft *draft)
{
	struct erofs_node_xattrs *set;

	set = erofs_arena_alloc(arena, sizeof(*set) + draft->count * sizeof(set->list[0]));
	if (!set)
		return NULL;
	set->count = (uint32_t)draft->count;
	for (size_t i = 0; i < draft->count; i++) {
		const struct erofs_xattr_draft_item *x = &draft->items[i];
		struct erofs_node_xattr *to = &set->list[i];

		to->name = erofs_arena_string(arena, draft->bytes + x->name_at, x->name_bytes);
		to->value = erofs_arena_string(arena, draft->bytes + x->value_at, x->value_bytes);
		to->name_bytes = x->name_bytes;
		to->value_bytes = x->value_bytes;
		if (!to->name || !to->value)
			return NULL;
	}
	return set;
}

void erofs_xattr_sets_init(struct erofs_xattr_sets *sets, struct erofs_arena *arena)
{
	sets->arena = arena;
	erofs_table_init(&sets->table, equals_draft);
}

void erofs_xattr_sets_fini(struct erofs_xattr_sets *sets)
{
	erofs_table_fini(&sets->table);
}

int erofs_xattr_sets_intern(struct erofs_xattr_sets *sets, struct erofs_xattr_draft *draft,
	const struct erofs_node_xattrs **ret)
{
	struct erofs_node_xattrs *set;
	uint64_t hash;
	int r;

	if (!draft->count) {
		*ret = NULL;
		return 0;
	}
	sort_items(draft);
	hash = hash_draft(draft);
	set = erofs_table_find(&sets->table, hash, draft);
	if (!set) {
		set = copy_draft(sets->arena, draft);
		if (!set)
			return -ENOMEM;
		r = erofs_table_add(&sets->table, hash, set);
		if (r < 0)
			return r;
	}
	*ret = set;
	return 0;
}
