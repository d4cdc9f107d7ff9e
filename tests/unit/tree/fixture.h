/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tests of trees share: a directory that goes away, and messages to look at. */
#ifndef TESTS_TREE_FIXTURE_H
#define TESTS_TREE_FIXTURE_H

#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "tree/content.h"

struct fixture {
	char root[64];
	int dir;
	char errors[4096], warnings[4096], infos[4096];
	struct erofs_report report;
	struct erofs_tree_options options;
	struct erofs_tree *tree;
};

static inline void keep_message(void *user, enum erofs_level level, const char *text)
{
	struct fixture *f = user;
	char *to = level == EROFS_LEVEL_ERROR ? f->errors :
		level == EROFS_LEVEL_WARNING ? f->warnings : f->infos;
	size_t used = strlen(to);

	snprintf(to + used, sizeof(f->errors) - used, "%s\n", text);
}

static inline int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	const char *base = getenv("TMPDIR");

	snprintf(f->root, sizeof(f->root), "%.40s/erofs-tree.XXXXXX", base ? base : "/tmp");
	assert_non_null(mkdtemp(f->root));
	f->dir = open(f->root, O_RDONLY | O_DIRECTORY);
	f->report = (struct erofs_report){ .user = f, .message = keep_message };
	f->options.struct_size = sizeof(f->options);
	*state = f;
	return f->dir < 0;
}

/* By descriptors, since trees here may be deeper than a path is long. */
static inline void empty_directory(int parent)
{
	char command[64];

	snprintf(command, sizeof(command), "cd /proc/self/fd/%d/ && rm -rf -- * .[!.]*", parent);
	assert_int_equal(system(command), 0);
}

static inline int teardown(void **state)
{
	struct fixture *f = *state;

	erofs_tree_free(f->tree);
	empty_directory(f->dir);
	close(f->dir);
	rmdir(f->root);
	free(f);
	return 0;
}

static inline void write_file(const struct fixture *f, const char *name, const char *text)
{
	int fd = openat(f->dir, name, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

static inline int load(struct fixture *f)
{
	erofs_tree_free(f->tree);
	f->tree = NULL;
	f->errors[0] = f->warnings[0] = f->infos[0] = '\0';
	return erofs_tree_load_directory(f->root, &f->options, &f->report, &f->tree);
}

#define assert_loads(f)                                                  \
	do {                                                             \
		int loaded_ = load(f);                                   \
		if (loaded_)                                             \
			fail_msg("load: %d %s", loaded_, (f)->errors);   \
	} while (0)

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

/* The node at @path ("a/b"), NULL when there is none. */
static inline struct erofs_node *find(const struct fixture *f, const char *path)
{
	struct erofs_node *node = f->tree->root;

	while (*path) {
		size_t length = strcspn(path, "/");
		struct erofs_node *next = NULL;

		for (uint32_t i = 0; i < node->edge_count; i++)
			if (node->edges[i].name_bytes == length &&
			    !memcmp(node->edges[i].name, path, length))
				next = node->edges[i].node;
		if (!next)
			return NULL;
		node = next;
		path += length + (path[length] == '/');
	}
	return node;
}

static inline const struct erofs_node_xattr *find_xattr(const struct erofs_node *node,
	const char *name)
{
	for (uint32_t i = 0; node->xattrs && i < node->xattrs->count; i++)
		if (!strcmp(node->xattrs->list[i].name, name))
			return &node->xattrs->list[i];
	return NULL;
}

#endif
