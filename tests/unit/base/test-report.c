/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages, findings and progress on their way to the caller; names made printable. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "base/report.h"
#include "base/workers.h"

struct heard {
	unsigned int messages, findings, progress;
	enum erofs_level level;
	char text[8192];
	uint64_t nid;
	int inside; /* callbacks running now: never more than one */
};

static void hear_message(void *user, enum erofs_level level, const char *text)
{
	struct heard *h = user;

	assert_int_equal(h->inside++, 0);
	h->messages++;
	h->level = level;
	snprintf(h->text, sizeof(h->text), "%s", text);
	h->inside--;
}

static void hear_finding(void *user, const struct erofs_finding *finding)
{
	struct heard *h = user;

	assert_int_equal(h->inside++, 0);
	h->findings++;
	h->nid = finding->nid;
	snprintf(h->text, sizeof(h->text), "%s %d %s %s", finding->rule, finding->severity,
		finding->path ? finding->path : "(none)", finding->text);
	h->inside--;
}

static void hear_progress(void *user, const char *phase, uint64_t done, uint64_t total)
{
	struct heard *h = user;

	assert_int_equal(h->inside++, 0);
	h->progress++;
	snprintf(h->text, sizeof(h->text), "%s %u/%u", phase, (unsigned int)done,
		(unsigned int)total);
	h->inside--;
}

static struct erofs_report listen_to(struct heard *h)
{
	memset(h, 0, sizeof(*h));
	return (struct erofs_report){ .user = h, .message = hear_message,
		.finding = hear_finding, .progress = hear_progress };
}

static void errors_are_said_once_and_returned(void **state)
{
	struct heard h;
	struct erofs_report report = listen_to(&h);

	(void)state;
	assert_int_equal(erofs_fail(&report, -EUCLEAN, "nid %d: bad %s", 7, "mode"), -EUCLEAN);
	assert_int_equal(h.messages, 1);
	assert_int_equal(h.level, EROFS_LEVEL_ERROR);
	assert_string_equal(h.text, "nid 7: bad mode");
	assert_int_equal(erofs_fail_errno(&report, -ENOENT, "%s", "/a"), -ENOENT);
	assert_string_equal(h.text, "/a: No such file or directory");
	erofs_say(&report, EROFS_LEVEL_INFO, "done");
	assert_int_equal(h.level, EROFS_LEVEL_INFO);
	assert_int_equal(h.messages, 3);
}

static void findings_and_progress_arrive_whole(void **state)
{
	struct heard h;
	struct erofs_report report = listen_to(&h);

	(void)state;
	erofs_found(&report, "dir-order", EROFS_SEVERITY_WARNING, 36, "/etc", "entry %u", 3u);
	assert_string_equal(h.text, "dir-order 1 /etc entry 3");
	assert_int_equal(h.nid, 36);
	erofs_found(&report, "super-magic", EROFS_SEVERITY_ERROR, 0, NULL, "no magic");
	assert_string_equal(h.text, "super-magic 2 (none) no magic");
	erofs_progress(&report, "hash", 3, 4);
	assert_string_equal(h.text, "hash 3/4");
	assert_int_equal(h.findings, 2);
	assert_int_equal(h.progress, 1);
}

static void silence_is_allowed(void **state)
{
	const struct erofs_report none = { 0 };

	(void)state;
	assert_int_equal(erofs_fail(NULL, -EIO, "unheard"), -EIO);
	assert_int_equal(erofs_fail(&none, -EIO, "unheard"), -EIO);
	erofs_say(&none, EROFS_LEVEL_INFO, "unheard");
	erofs_found(&none, "rule", EROFS_SEVERITY_NOTE, 1, NULL, "unheard");
	erofs_found(NULL, "rule", EROFS_SEVERITY_NOTE, 1, NULL, "unheard");
	erofs_progress(&none, "phase", 1, 2);
	erofs_progress(NULL, "phase", 1, 2);
}

static void overlong_messages_are_cut(void **state)
{
	static char name[100000];
	struct heard h;
	struct erofs_report report = listen_to(&h);

	(void)state;
	memset(name, 'x', sizeof(name) - 1);
	erofs_fail(&report, -EINVAL, "%s", name);
	assert_in_range(strlen(h.text), 1000, 4095);
	erofs_fail_errno(&report, -ENOENT, "%s", name);
	assert_non_null(strstr(h.text, ": No such file or directory"));
}

static int say_all(void *user, void *scratch, uint64_t item)
{
	const struct erofs_report *report = user;

	(void)scratch;
	erofs_say(report, EROFS_LEVEL_INFO, "item %u", (unsigned int)item);
	erofs_found(report, "rule", EROFS_SEVERITY_NOTE, item, NULL, "item");
	erofs_progress(report, "items", item, 500);
	return 0;
}

/* The callbacks themselves assert that no two of them run at once. */
static void shared_report_lets_one_thread_in(void **state)
{
	struct heard h;
	struct erofs_report report = listen_to(&h);
	struct erofs_shared_report shared;
	struct erofs_workers_job job = { .prepare = say_all };

	(void)state;
	assert_int_equal(erofs_shared_report_init(&shared, &report), 0);
	job.user = &shared.report;
	assert_int_equal(erofs_workers_run(&job, 500, 8), 0);
	erofs_shared_report_fini(&shared);
	assert_int_equal(h.messages, 500);
	assert_int_equal(h.findings, 500);
	assert_int_equal(h.progress, 500);
}

static void shared_report_of_nobody_is_silent(void **state)
{
	struct erofs_shared_report shared;

	(void)state;
	assert_int_equal(erofs_shared_report_init(&shared, NULL), 0);
	assert_int_equal(say_all(&shared.report, NULL, 1), 0);
	erofs_shared_report_fini(&shared);
	erofs_shared_report_fini(&shared);
}

static void names_cannot_drive_a_terminal(void **state)
{
	static const struct {
		const char *bytes;
		size_t count, size;
		const char *expected;
	} cases[] = {
		{ "plain name", 10, 100, "plain name" },
		{ "", 0, 100, "" },
		{ "a\nb\033[31m", 8, 100, "a\\x0ab\\x1b[31m" },
		{ "nul\0in", 6, 100, "nul\\x00in" },
		{ "back\\slash", 10, 100, "back\\x5cslash" },
		{ "\xc3\xa9\xff\x7f", 4, 100, "\\xc3\\xa9\\xff\\x7f" },
		{ "0123456789", 10, 9, "01234..." },
		{ "01234\x01", 6, 10, "01234..." },
		{ "0123456789", 10, 4, "..." },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char buffer[101];

		memset(buffer, '#', sizeof(buffer));
		assert_ptr_equal(erofs_printable(cases[i].bytes, cases[i].count, buffer,
			cases[i].size), buffer);
		assert_string_equal(buffer, cases[i].expected);
		assert_int_equal(buffer[cases[i].size], '#');
	}
}

/* EROFS_PRINTABLE_SIZE has room for the longest name in its longest form. */
static void longest_name_fits(void **state)
{
	char name[255], buffer[EROFS_PRINTABLE_SIZE];

	(void)state;
	memset(name, '\a', sizeof(name));
	erofs_printable(name, sizeof(name), buffer, sizeof(buffer));
	assert_int_equal(strlen(buffer), 4 * sizeof(name));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(errors_are_said_once_and_returned),
		cmocka_unit_test(findings_and_progress_arrive_whole),
		cmocka_unit_test(silence_is_allowed),
		cmocka_unit_test(overlong_messages_are_cut),
		cmocka_unit_test(shared_report_lets_one_thread_in),
		cmocka_unit_test(shared_report_of_nobody_is_silent),
		cmocka_unit_test(names_cannot_drive_a_terminal),
		cmocka_unit_test(longest_name_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
