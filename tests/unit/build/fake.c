/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Trees in memory. Content is computed where it is read, so that large files cost nothing. */

#include "tests/unit/build/fake.h"

#include <dirent.h>
#include <unistd.h>
#include "tree/order.h"

struct fake_source {
	struct erofs_content_source base;
	struct fake_tree *f;
};

struct fake_content {
	struct erofs_content base;
	struct fake_data *data;
	struct fake_data changed;
};

/* Eight bytes of the pattern: none is zero, and they differ from place to place and seed to seed. */
static uint64_t pattern(uint32_t seed, uint64_t word)
{
	uint64_t x = word * 0x9E3779B97F4A7C15ull + seed * 0xC2B2AE3D27D4EB4Full;

	return (x ^ x >> 29) | 0x0101010101010101ull;
}

static void pattern_bytes(const struct fake_data *d, uint64_t offset, uint8_t *ret, size_t size)
{
	while (size) {
		uint64_t word = pattern(d->seed, offset / 8);
		uint8_t bytes[8];
		size_t skip = offset & 7, n = 8 - skip < size ? 8 - skip : size;

		for (int i = 0; i < 8; i++)
			bytes[i] = (uint8_t)(word >> 8 * i);
		memcpy(ret, bytes + skip, n);
		ret += n;
		offset += n;
		size -= n;
	}
}

/* What the source has at @physical. */
static void stored_bytes(uint64_t physical, uint8_t *ret, size_t size)
{
	const struct fake_data all = { .seed = 77 };

	pattern_bytes(&all, physical % FAKE_PERIOD, ret, size);
}

static const struct erofs_extent *piece_at(const struct fake_data *d, uint64_t offset)
{
	const struct erofs_extent *piece = d->pieces;

	while (offset >= piece->logical + piece->length)
		piece++;
	return piece;
}

static void carried_bytes(const struct fake_data *d, uint64_t offset, uint8_t *ret, size_t size)
{
	while (size) {
		const struct erofs_extent *piece = piece_at(d, offset);
		uint64_t skip = offset - piece->logical, n = piece->length - skip;

		if (n > size)
			n = size;
		stored_bytes(piece->physical + d->moved + skip, ret, (size_t)n);
		ret += n;
		offset += n;
		size -= (size_t)n;
	}
}

void fake_bytes(const struct fake_data *d, uint64_t offset, uint8_t *ret, size_t size)
{
	if (d->pieces) {
		carried_bytes(d, offset, ret, size);
		return;
	}
	uint64_t start = offset > d->data_start ? offset : d->data_start;
	uint64_t end = offset + size < d->data_end ? offset + size : d->data_end;

	memset(ret, 0, size);
	if (start < end)
		pattern_bytes(d, start, ret + (start - offset), (size_t)(end - start));
}

/* ---- content ---- */

static int content_read(struct erofs_content *content, uint64_t offset, void *buffer, size_t size)
{
	struct fake_data *d = ((struct fake_content *)content)->data;

	if (d->read_error)
		return d->read_error;
	atomic_fetch_add(&d->read_bytes, size);
	assert_true(offset <= d->size && size <= d->size - offset);
	fake_bytes(d, offset, buffer, size);
	return 0;
}

static int content_next_data(struct erofs_content *content, uint64_t offset, uint64_t *ret_start,
	uint64_t *ret_end)
{
	const struct fake_data *d = ((struct fake_content *)content)->data;
	uint64_t start = d->hole ? d->data_start : 0, end = d->hole ? d->data_end : d->size;

	if (offset >= end)
		return 0;
	*ret_start = offset > start ? offset : start;
	*ret_end = end;
	return 1;
}

static int content_map(struct erofs_content *content, uint64_t offset, struct erofs_extent *ret)
{
	*ret = *piece_at(((struct fake_content *)content)->data, offset);
	return 0;
}

static int content_fetch(struct erofs_content *content, const struct erofs_extent *extent, void *buffer)
{
	const struct fake_data *d = ((struct fake_content *)content)->data;

	stored_bytes(extent->physical + d->moved, buffer, (size_t)extent->physical_bytes);
	return 0;
}

static int content_decode(struct erofs_content *content, const struct erofs_extent *extent, const void *stored,
	void *buffer)
{
	(void)content;
	memcpy(buffer, stored, (size_t)extent->length);
	return 0;
}

static int content_finish(struct erofs_content *content)
{
	return ((struct fake_content *)content)->data->finish_error;
}

static void content_close(struct erofs_content *content)
{
	free(content);
}

static int content_open(struct erofs_content_source *source, const struct erofs_node *node,
	const struct erofs_report *report, struct erofs_content **ret);

static void source_free(struct erofs_content_source *source)
{
	free(source);
}

static const struct erofs_content_ops ops = {
	.open = content_open,
	.read = content_read,
	.next_data = content_next_data,
	.map = content_map,
	.fetch = content_fetch,
	.decode = content_decode,
	.finish = content_finish,
	.close = content_close,
	.free = source_free,
};

static int content_open(struct erofs_content_source *source, const struct erofs_node *node,
	const struct erofs_report *report, struct erofs_content **ret)
{
	struct fake_tree *f = ((struct fake_source *)source)->f;
	struct fake_content *content = calloc(1, sizeof(*content));
	struct fake_data *data;

	(void)report;
	assert_non_null(content);
	content->base.ops = &ops;
	data = fake_data_of(f, node);
	content->data = data;
	if (atomic_fetch_add(&data->opened, 1) >= data->change_after && data->change_after) {
		content->changed = (struct fake_data){ .size = data->size, .data_start = data->data_start,
			.data_end = data->data_end, .seed = data->seed + 1 };
		content->data = &content->changed;
	}
	*ret = &content->base;
	return 0;
}

/* ---- nodes ---- */

static struct erofs_node *new_node(struct fake_tree *f, uint32_t mode)
{
	struct erofs_node *node = erofs_arena_alloc(&f->tree->arena, sizeof(*node));

	assert_non_null(node);
	node->mode = (uint16_t)mode;
	node->mtime_seconds = 1000000000;
	f->tree->node_count++;
	return node;
}

void fake_init(struct fake_tree *f)
{
	struct fake_source *source = calloc(1, sizeof(*source));

	*f = (struct fake_tree){ .tree = calloc(1, sizeof(*f->tree)) };
	assert_non_null(source);
	assert_non_null(f->tree);
	*source = (struct fake_source){ { &ops }, f };
	f->tree->source = &source->base;
	erofs_arena_init(&f->tree->arena);
	erofs_xattr_sets_init(&f->sets, &f->tree->arena);
	erofs_xattr_draft_init(&f->draft);
	f->tree->root = new_node(f, S_IFDIR | 0755);
	f->tree->root->parent = f->tree->root;
	f->tree->root->name = "";
}

void fake_fini(struct fake_tree *f)
{
	erofs_xattr_sets_fini(&f->sets);
	erofs_xattr_draft_fini(&f->draft);
	erofs_tree_free(f->tree);
	free(f->data);
}

void fake_link(struct fake_tree *f, struct erofs_node *parent, const char *name,
	struct erofs_node *node)
{
	uint32_t n = parent->edge_count;
	const char *copy = erofs_arena_string(&f->tree->arena, name, strlen(name));

	assert_non_null(copy);
	if ((n & (n - 1)) == 0) {
		struct erofs_edge *edges = erofs_arena_alloc(&f->tree->arena,
			(n ? 2 * (size_t)n : 1) * sizeof(*edges));

		assert_non_null(edges);
		if (n)
			memcpy(edges, parent->edges, n * sizeof(*edges));
		parent->edges = edges;
	}
	parent->edges[parent->edge_count++] = (struct erofs_edge){ .name = copy, .node = node,
		.name_bytes = (uint32_t)strlen(name) };
}

struct erofs_node *fake_add(struct fake_tree *f, struct erofs_node *parent, const char *name,
	uint32_t mode)
{
	struct erofs_node *node = new_node(f, mode);

	fake_link(f, parent, name, node);
	node->parent = parent;
	node->name = parent->edges[parent->edge_count - 1].name;
	return node;
}

struct erofs_node *fake_sparse(struct fake_tree *f, struct erofs_node *parent, const char *name,
	uint64_t size, uint64_t start, uint64_t end)
{
	struct erofs_node *node = fake_add(f, parent, name, S_IFREG | 0644);

	if (f->data_count == f->data_capacity) {
		f->data_capacity = f->data_capacity ? 2 * f->data_capacity : 64;
		f->data = realloc(f->data, f->data_capacity * sizeof(*f->data));
		assert_non_null(f->data);
	}
	node->size_bytes = size;
	node->source_inode = f->data_count;
	f->data[f->data_count++] = (struct fake_data){ .size = size, .data_start = start,
		.data_end = end, .hole = true };
	return node;
}

struct erofs_node *fake_file(struct fake_tree *f, struct erofs_node *parent, const char *name,
	uint64_t size, uint32_t seed)
{
	struct erofs_node *node = fake_sparse(f, parent, name, size, 0, size);

	fake_data_of(f, node)->seed = seed;
	fake_data_of(f, node)->hole = false;
	return node;
}

struct erofs_node *fake_carried(struct fake_tree *f, const char *name, enum erofs_carried_form form,
	const struct erofs_extent *pieces, size_t count)
{
	const struct erofs_extent *last = &pieces[count - 1];
	struct erofs_node *node = fake_file(f, f->tree->root, name, last->logical + last->length, 0);
	struct fake_data *data = fake_data_of(f, node);

	f->tree->carried.block_bits = 12;
	f->tree->carried.trusted = true;
	node->source_device = 1;
	node->carried = (uint8_t)form;
	node->carried_tail = (uint32_t)last->length;
	data->pieces = pieces;
	data->piece_count = count;
	for (size_t i = 0; i < count; i++) {
		node->carried_total += (uint32_t)pieces[i].physical_bytes;
		if (node->carried_bytes < pieces[i].physical_bytes)
			node->carried_bytes = (uint32_t)pieces[i].physical_bytes;
		if (node->carried_beyond < pieces[i].length)
			node->carried_beyond = (uint32_t)pieces[i].length;
	}
	return node;
}

struct erofs_node *fake_symlink(struct fake_tree *f, struct erofs_node *parent, const char *name,
	const char *target)
{
	struct erofs_node *node = fake_add(f, parent, name, S_IFLNK | 0777);

	node->size_bytes = strlen(target);
	node->target = erofs_arena_string(&f->tree->arena, target, strlen(target));
	assert_non_null(node->target);
	return node;
}

void fake_xattr_bytes(struct fake_tree *f, struct erofs_node *node, const char *name,
	const void *value, size_t size)
{
	assert_int_equal(erofs_xattr_draft_load(&f->draft, node->xattrs), 0);
	assert_int_equal(erofs_xattr_draft_set(&f->draft, name, value, (uint32_t)size), 0);
	assert_int_equal(erofs_xattr_sets_intern(&f->sets, &f->draft, &node->xattrs), 0);
}

void fake_xattr(struct fake_tree *f, struct erofs_node *node, const char *name, const char *value)
{
	fake_xattr_bytes(f, node, name, value, strlen(value));
}

struct fake_data *fake_data_of(struct fake_tree *f, const struct erofs_node *node)
{
	return &f->data[node->source_inode];
}

static void sort_below(struct erofs_node *dir)
{
	erofs_edges_sort(dir->edges, dir->edge_count);
	for (uint32_t i = 0; i < dir->edge_count; i++)
		if (S_ISDIR(dir->edges[i].node->mode))
			sort_below(dir->edges[i].node);
}

void fake_finish(struct fake_tree *f)
{
	sort_below(f->tree->root);
	assert_int_equal(erofs_tree_order(f->tree), 0);
}

/* ---- surroundings ---- */

static void keep_message(void *user, enum erofs_level level, const char *text)
{
	struct fake_report *r = user;

	if (level == EROFS_LEVEL_WARNING)
		r->warnings++;
	if (level != EROFS_LEVEL_ERROR)
		return;
	r->errors++;
	snprintf(r->error, sizeof(r->error), "%s", text);
}

static void keep_progress(void *user, const char *phase, uint64_t done, uint64_t total)
{
	struct fake_report *r = user;

	(void)phase;
	r->progress++;
	r->done = done > r->done ? done : r->done;
	r->total = total;
}

void fake_report_init(struct fake_report *r)
{
	*r = (struct fake_report){ .report = { .user = r, .message = keep_message, .progress = keep_progress } };
}

struct erofs_build_options fake_options(void)
{
	return (struct erofs_build_options){ .struct_size = sizeof(struct erofs_build_options),
		.block_bits = 12, .xattr_tolerance = 2, .build_time_seconds = 1700000000 };
}

void fake_workdir_init(char *ret, size_t size)
{
	const char *base = getenv("TMPDIR");

	snprintf(ret, size, "%s/erofs-build.XXXXXX", base ? base : "/tmp");
	assert_non_null(mkdtemp(ret));
}

void fake_workdir_fini(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *ent;

	assert_non_null(dir);
	while ((ent = readdir(dir)))
		if (strcmp(ent->d_name, ".") && strcmp(ent->d_name, ".."))
			unlinkat(dirfd(dir), ent->d_name, 0);
	closedir(dir);
	rmdir(path);
}
