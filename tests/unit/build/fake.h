/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Trees made by hand, in memory, and the content of their files. */
#ifndef TESTS_BUILD_FAKE_H
#define TESTS_BUILD_FAKE_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>
#include <erofs/build.h>
#include "tree/content.h"
#include "tree/node.h"
#include "tree/xattrs.h"

/* What a file holds: a pattern that depends on @seed in one range, zeros around it, of which @hole tells
 * whether the source knows them to be holes. */
struct fake_data {
	uint64_t size, data_start, data_end;
	uint32_t seed;
	bool hole;
	int read_error;		/* negative errno that every read returns */
	int finish_error;
	/* Whoever opens it when it has been opened so often sees another pattern; 0 = never. */
	unsigned int change_after;
	atomic_uint opened;
	atomic_ullong read_bytes;
	/* How the source has it compressed, in pieces that are stored as they are: NULL = it has not. */
	const struct erofs_extent *pieces;
	size_t piece_count;
	uint64_t moved;		/* whoever opens it finds what was so far behind in its pieces' places */
};

struct fake_tree {
	struct erofs_tree *tree;
	struct erofs_xattr_sets sets;
	struct erofs_xattr_draft draft;
	struct fake_data *data;	/* by source_inode */
	size_t data_count, data_capacity;
};

/* An empty tree: the root, mode 0755, mtime 1000000000. */
void fake_init(struct fake_tree *f);
void fake_fini(struct fake_tree *f);

/* A node of any type; regular files are empty. Attributes can be changed until fake_finish. */
struct erofs_node *fake_add(struct fake_tree *f, struct erofs_node *parent, const char *name,
	uint32_t mode);
/* A file of @size bytes of the pattern @seed. */
struct erofs_node *fake_file(struct fake_tree *f, struct erofs_node *parent, const char *name,
	uint64_t size, uint32_t seed);
/* The same with data in [start, end) only, a hole elsewhere. */
struct erofs_node *fake_sparse(struct fake_tree *f, struct erofs_node *parent, const char *name,
	uint64_t size, uint64_t start, uint64_t end);
/* One that can be carried over: raw pieces, one behind the other, that the source has at their physical places.
 * Places of a distance of FAKE_PERIOD hold the same bytes. */
#define FAKE_PERIOD ((uint64_t)1 << 40)
struct erofs_node *fake_carried(struct fake_tree *f, const char *name, enum erofs_carried_form form,
	const struct erofs_extent *pieces, size_t count);
struct erofs_node *fake_symlink(struct fake_tree *f, struct erofs_node *parent, const char *name,
	const char *target);
/* Another name of @node. */
void fake_link(struct fake_tree *f, struct erofs_node *parent, const char *name,
	struct erofs_node *node);
void fake_xattr_bytes(struct fake_tree *f, struct erofs_node *node, const char *name,
	const void *value, size_t size);
void fake_xattr(struct fake_tree *f, struct erofs_node *node, const char *name, const char *value);
struct fake_data *fake_data_of(struct fake_tree *f, const struct erofs_node *node);
/* Sorts and numbers: the tree is ready to be built. */
void fake_finish(struct fake_tree *f);

/* @size bytes at @offset of the content of @node. */
void fake_bytes(const struct fake_data *d, uint64_t offset, uint8_t *ret, size_t size);

/* A report that keeps the last error. */
struct fake_report {
	struct erofs_report report;
	char error[4096];
	unsigned int errors, warnings, progress;
	uint64_t done, total;	/* of the last progress */
};
void fake_report_init(struct fake_report *r);

/* Options with every field 0 but the size of the struct, 12 block bits, xattr tolerance 2, and a build
 * time of 1700000000. */
struct erofs_build_options fake_options(void);

/* A directory for the test's files, removed by fake_workdir_fini. */
void fake_workdir_init(char *ret, size_t size);
void fake_workdir_fini(const char *path);

/* Reads the image back and asserts that it is the tree, node for node, byte for byte. */
void fake_expect_image(struct fake_tree *f, const char *path, const struct erofs_build_options *opt);

#endif
