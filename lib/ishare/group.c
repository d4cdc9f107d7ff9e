/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Which inodes of a set of images the kernel would let share their pages. Fingerprints are believed
 * here: nothing is served on the strength of a report. */
#include "ishare/group.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "ishare/paths.h"

uint64_t erofs_ishare_pages_bytes(uint64_t size_bytes)
{
	const uint64_t page = EROFS_ISHARE_PAGE_BYTES;

	return erofs_times_bytes(size_bytes / page + (size_bytes % page != 0), page);
}

int erofs_group_compare_values(const uint8_t *a, size_t a_bytes, const uint8_t *b, size_t b_bytes)
{
	size_t common = a_bytes < b_bytes ? a_bytes : b_bytes;
	int order = common ? memcmp(a, b, common) : 0;

	return order ? order : (a_bytes > b_bytes) - (a_bytes < b_bytes);
}

static bool node_has_key(const void *entry, const void *key)
{
	const struct erofs_group_node *node = entry;
	const struct erofs_group_key *k = key;

	return node->size_bytes == k->size_bytes && node->class == k->class &&
	       node->value_bytes == k->value_bytes &&
	       !memcmp(node->value, k->value, k->value_bytes);
}

static uint64_t hash_key(const struct erofs_group_key *key)
{
	return erofs_hash_pair(erofs_hash_bytes(key->value, key->value_bytes),
		key->size_bytes << 1 | (key->class == EROFS_ISHARE_CLASS_COMPRESSED));
}

struct erofs_group_node *erofs_group_find(const struct erofs_ishare_groups *g,
	const struct erofs_group_key *key)
{
	return erofs_table_find(&g->by_key, hash_key(key), key);
}

int erofs_ishare_groups_new(struct erofs_ishare_groups **ret)
{
	struct erofs_ishare_groups *g = calloc(1, sizeof(*g));

	if (!g)
		return -ENOMEM;
	erofs_arena_init(&g->arena);
	erofs_table_init(&g->by_key, node_has_key);
	g->records_end = &g->first_record;
	*ret = g;
	return 0;
}

void erofs_ishare_groups_free(struct erofs_ishare_groups *g)
{
	if (!g)
		return;
	free(g->images);
	free(g->records);
	free(g->sorted);
	free(g->nodes);
	free(g->groups);
	free(g->near_misses);
	erofs_table_fini(&g->by_key);
	erofs_arena_fini(&g->arena);
	free(g);
}

/* ---- adding an image ---- */

struct addition {
	struct erofs_ishare_groups *g;
	struct erofs_reader *rd;
	struct erofs_paths paths;
	struct erofs_table by_nid;	/* records of this image: hard links count once */
	struct erofs_ishare_image_facts *facts;
};

static bool record_has_nid(const void *entry, const void *key)
{
	return ((const struct erofs_group_record *)entry)->member.nid == *(const uint64_t *)key;
}

static struct erofs_group_node *new_node(struct erofs_ishare_groups *g,
	const struct erofs_group_key *key)
{
	struct erofs_group_node *node = erofs_arena_alloc(&g->arena, sizeof(*node));
	char *value = erofs_arena_string(&g->arena, (const char *)key->value, key->value_bytes);

	if (!node || !value)
		return NULL;
	node->value = (const uint8_t *)value;
	node->value_bytes = key->value_bytes;
	node->size_bytes = key->size_bytes;
	node->class = key->class;
	if (erofs_table_add(&g->by_key, hash_key(key), node) < 0)
		return NULL;
	node->next = g->first_node;
	g->first_node = node;
	g->node_count++;
	return node;
}

/* Finds or makes the node of @inode; @ret is NULL when it has no value the kernel would use. */
static int find_node(struct addition *add, const struct erofs_inode *inode,
	struct erofs_group_node **ret)
{
	struct erofs_ishare_claim claim;
	struct erofs_group_key key;
	int r = erofs_ishare_claim_read(add->rd, inode, &claim);

	if (r < 0)
		return r;
	*ret = NULL;
	if (claim.shareable) {
		key = (struct erofs_group_key){ claim.value, inode->size_bytes, claim.value_bytes,
			erofs_ishare_class_of(inode) };
		*ret = erofs_group_find(add->g, &key);
		if (!*ret)
			*ret = new_node(add->g, &key);
		r = *ret ? 0 : -ENOMEM;
	}
	erofs_ishare_claim_fini(&claim);
	return r;
}

static void count_record(struct addition *add, const struct erofs_group_record *record)
{
	struct erofs_ishare_image_facts *facts = add->facts;

	facts->files++;
	facts->tagged += record->node != NULL;
	facts->bytes = erofs_sum_bytes(facts->bytes, erofs_ishare_pages_bytes(record->size_bytes));
}

static int add_record(struct addition *add, const struct erofs_walk_entry *entry)
{
	struct erofs_ishare_groups *g = add->g;
	struct erofs_group_record *record = erofs_arena_alloc(&g->arena, sizeof(*record));
	const char *path = NULL;
	int r = record ? erofs_paths_keep(&add->paths, entry, &path) : -ENOMEM;

	if (r == 0)
		r = find_node(add, entry->inode, &record->node);
	if (r < 0)
		return r;
	record->member = (struct erofs_ishare_member){ (uint32_t)g->image_count, entry->nid, path };
	record->size_bytes = entry->inode->size_bytes;
	if (record->node)
		record->node->count++;
	*g->records_end = record;
	g->records_end = &record->next;
	g->record_count++;
	count_record(add, record);
	return erofs_table_add(&add->by_nid, erofs_hash_pair(entry->nid, 0), record);
}

static int visit(void *user, const struct erofs_walk_entry *entry)
{
	struct addition *add = user;
	int r;

	if (!S_ISREG(entry->inode->mode) || !entry->inode->size_bytes)
		return EROFS_WALK_CONTINUE;
	if (erofs_table_find(&add->by_nid, erofs_hash_pair(entry->nid, 0), &entry->nid))
		return EROFS_WALK_CONTINUE;
	r = add_record(add, entry);
	return r < 0 ? r : EROFS_WALK_CONTINUE;
}

static int add_facts(struct erofs_ishare_groups *g, struct erofs_image *img,
	struct erofs_ishare_image_facts **ret)
{
	const struct erofs_super *super = erofs_image_super(img);
	const char *path = erofs_image_path(img);
	struct erofs_ishare_image_facts *facts;

	if (g->image_count == g->image_capacity) {
		size_t capacity = g->image_capacity ? 2 * g->image_capacity : 16;
		void *grown = reallocarray(g->images, capacity, sizeof(*g->images));

		if (!grown)
			return -ENOMEM;
		g->images = grown;
		g->image_capacity = capacity;
	}
	facts = &g->images[g->image_count];
	*facts = (struct erofs_ishare_image_facts){ .block_size_bytes = super->block_size_bytes };
	memcpy(facts->uuid, super->uuid, sizeof(facts->uuid));
	facts->path = erofs_arena_string(&g->arena, path, strlen(path));
	*ret = facts;
	return facts->path ? 0 : -ENOMEM;
}

int erofs_ishare_groups_add(struct erofs_ishare_groups *g, struct erofs_image *img)
{
	struct addition add = { .g = g };
	const struct erofs_walk_visitor visitor = { .user = &add, .entry = visit };
	int r = add_facts(g, img, &add.facts);

	if (r < 0)
		return r;
	r = erofs_reader_new(img, &add.rd);
	if (r < 0)
		return r;
	add.paths = erofs_paths_start(&g->arena, add.rd);
	erofs_table_init(&add.by_nid, record_has_nid);
	r = erofs_walk(add.rd, erofs_image_super(img)->root_nid, &visitor);
	erofs_table_fini(&add.by_nid);
	erofs_reader_free(add.rd);
	g->image_count += r == 0;
	return r;
}

/* ---- reading the finished report ---- */

size_t erofs_ishare_groups_image_count(const struct erofs_ishare_groups *g)
{
	return g->image_count;
}

const struct erofs_ishare_image_facts *erofs_ishare_groups_image(
	const struct erofs_ishare_groups *g, size_t index)
{
	return &g->images[index];
}

const struct erofs_ishare_totals *erofs_ishare_groups_totals(const struct erofs_ishare_groups *g)
{
	return &g->totals;
}

const struct erofs_ishare_group *erofs_ishare_groups_get(const struct erofs_ishare_groups *g,
	size_t index)
{
	return index < g->group_count ? &g->groups[index] : NULL;
}

const struct erofs_ishare_near_miss *erofs_ishare_groups_near_miss(
	const struct erofs_ishare_groups *g, size_t index)
{
	return index < g->near_miss_count ? &g->near_misses[index].pub : NULL;
}
