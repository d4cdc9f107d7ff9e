/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The fixture of the tests of planning and encoding. */

#include "tests/unit/plan/planned.h"

int set_up(void **state)
{
	struct fixture *x = calloc(1, sizeof(*x));

	fake_init(&x->f);
	fake_report_init(&x->report);
	x->opt = fake_options();
	*state = x;
	return 0;
}

int tear_down(void **state)
{
	struct fixture *x = *state;

	erofs_plan_fini(&x->plan);
	fake_fini(&x->f);
	free(x);
	return 0;
}

int make_plan(struct fixture *x)
{
	erofs_plan_fini(&x->plan);
	return erofs_plan_init(&x->plan, x->f.tree, &x->opt, &x->report.report);
}

void must_plan(struct fixture *x)
{
	if (make_plan(x) < 0)
		fail_msg("%s", x->report.error);
}

void must_fail(struct fixture *x, int error, const char *text)
{
	x->report.errors = 0;
	assert_int_equal(make_plan(x), error);
	assert_int_equal(x->report.errors, 1);
	if (!strstr(x->report.error, text))
		fail_msg("\"%s\" does not say \"%s\"", x->report.error, text);
}
