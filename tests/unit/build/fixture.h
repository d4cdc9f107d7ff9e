/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A tree, options and a place to build to. */
#ifndef TESTS_BUILD_FIXTURE_H
#define TESTS_BUILD_FIXTURE_H

#include <erofs/erofs.h>
#include "tests/unit/build/fake.h"

#define HUGE_HOLE (16ull << 20)

struct fixture {
	struct fake_tree f;
	struct erofs_build_options opt;
	struct fake_report report;
	struct erofs_build_summary sum;
	char dir[4096], path[8192], blob[8192];
};

int fixture_set_up(void **state);
int fixture_tear_down(void **state);
#define WITH_TREE(test) cmocka_unit_test_setup_teardown(test, fixture_set_up, fixture_tear_down)

/* Builds; builds and has the reading library compare. */
void must_build(struct fixture *x);
void build_and_compare(struct fixture *x);

/* What was built, opened anew with a reader: release it. */
struct fixture_image {
	struct erofs_image *img;
	struct erofs_reader *rd;
};
struct fixture_image fixture_open(const struct fixture *x);
void fixture_close(struct fixture_image *built);
/* Its superblock; the inode at @path. */
struct erofs_super fixture_super(const struct fixture *x);
struct erofs_inode fixture_inode(const struct fixture *x, const char *path);

/* A tree with a bit of everything: names, types, attributes, sizes, copies, holes, links. */
void make_everything(struct fixture *x);

#endif
