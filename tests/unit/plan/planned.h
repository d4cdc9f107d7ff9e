/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A tree, options and the plan made of them: for tests that write nothing. */
#ifndef TESTS_BUILD_PLANNED_H
#define TESTS_BUILD_PLANNED_H

#include "tests/unit/build/fake.h"

#include "plan/plan.h"

struct fixture {
	struct fake_tree f;
	struct erofs_build_options opt;
	struct erofs_plan plan;
	struct fake_report report;
};

int set_up(void **state);
int tear_down(void **state);

/* Plans the tree as it is now; a plan made before is given back. */
int make_plan(struct fixture *x);
void must_plan(struct fixture *x);
/* It must be refused with @error and one message that says @text. */
void must_fail(struct fixture *x, int error, const char *text);

#endif
