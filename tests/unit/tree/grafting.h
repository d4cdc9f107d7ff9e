/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tests of grafting share: short ways to put files, and to see what came of it. */
#ifndef TESTS_TREE_GRAFTING_H
#define TESTS_TREE_GRAFTING_H

#include "fixture.h"

#include <errno.h>

#include "tree/graft.h"

struct scene {
	struct fixture f;
	struct erofs_loader loader;
	struct erofs_graft graft;
};

/* Starts over with the options as they are now. */
static inline void begin(struct scene *s, enum erofs_graft_marks marks)
{
	struct erofs_entry root = { .mode = S_IFDIR | 0777, .uid = 7, .gid = 8, .mtime_seconds = 9 };

	erofs_graft_fini(&s->graft);
	erofs_loader_fini(&s->loader);
	erofs_tree_free(s->f.tree);
	s->f.tree = NULL;
	s->f.errors[0] = s->f.warnings[0] = '\0';
	assert_int_equal(erofs_loader_init(&s->loader, &s->f.options, &s->f.report), 0);
	assert_int_equal(erofs_graft_init(&s->graft, &s->loader, marks, &root), 0);
}

static inline int setup_scene(void **state)
{
	struct scene *s = calloc(1, sizeof(*s));

	s->f.report = (struct erofs_report){ .user = &s->f, .message = keep_message };
	s->f.options.struct_size = sizeof(s->f.options);
	begin(s, EROFS_GRAFT_MARKS_PLAIN);
	*state = s;
	return 0;
}

static inline int teardown_scene(void **state)
{
	struct scene *s = *state;

	erofs_graft_fini(&s->graft);
	erofs_loader_fini(&s->loader);
	erofs_tree_free(s->f.tree);
	free(s);
	return 0;
}

/* @mark_seconds tells nodes apart. */
static inline int put(struct scene *s, const char *path, uint32_t mode, int64_t mark_seconds)
{
	struct erofs_entry entry = { .mode = mode, .uid = 1, .gid = 2, .size_bytes = 5,
		.mtime_seconds = mark_seconds };
	struct erofs_node *node;
	int r = erofs_graft_put(&s->graft, path, &entry, S_ISLNK(mode) ? "there" : NULL, &node);

	erofs_xattr_draft_reset(&s->loader.draft);
	return r;
}

static inline void put_file(struct scene *s, const char *path, int64_t mark_seconds)
{
	assert_int_equal(put(s, path, S_IFREG | 0644, mark_seconds), 0);
}

static inline void put_dir(struct scene *s, const char *path, int64_t mark_seconds)
{
	assert_int_equal(put(s, path, S_IFDIR | 0750, mark_seconds), 0);
}

static inline void end_layer(struct scene *s)
{
	assert_int_equal(erofs_graft_end_layer(&s->graft), 0);
}

static inline void finish(struct scene *s)
{
	end_layer(s);
	assert_int_equal(erofs_graft_finish(&s->graft), 0);
	assert_int_equal(erofs_loader_finish(&s->loader, &s->f.tree), 0);
}

/* The paths of all names, hard links included, in order: "a a/b c". */
static inline void list_names(const struct erofs_node *directory, const char *prefix, char *out,
	size_t size)
{
	for (uint32_t i = 0; i < directory->edge_count; i++) {
		const struct erofs_edge *edge = &directory->edges[i];
		char path[512];

		snprintf(path, sizeof(path), "%s%s", prefix, edge->name);
		snprintf(out + strlen(out), size - strlen(out), "%s%s", *out ? " " : "", path);
		snprintf(path + strlen(path), sizeof(path) - strlen(path), "/");
		list_names(edge->node, path, out, size);
	}
}

static inline void assert_names(struct scene *s, const char *expected)
{
	char names[4096] = "";

	finish(s);
	list_names(s->f.tree->root, "", names, sizeof(names));
	assert_string_equal(names, expected);
}

static inline int64_t mark_of(const struct scene *s, const char *path)
{
	const struct erofs_node *node = find(&s->f, path);

	return node ? node->mtime_seconds : -1;
}

#define SCENE_TEST(f) cmocka_unit_test_setup_teardown(f, setup_scene, teardown_scene)

#endif
