/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages, findings and progress on their way to the caller, as printable lines. */
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
	char text[16384];
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
	erofs_found(&report, &(struct erofs_finding){ "dir-order", EROFS_SEVERITY_WARNING, 36, "/etc", NULL },
		"entry %u", 3u);
	assert_string_equal(h.text, "dir-order 1 /etc entry 3");
	assert_int_equal(h.nid, 36);
	erofs_found(&report, &(struct erofs_finding){ "super-magic", EROFS_SEVERITY_ERROR, 0, NULL, NULL },
		"no magic");
	assert_string_equal(h.text, "super-magic 2 (none) no magic");
	erofs_progress(&report, "hash", 3, 4);
	assert_string_equal(h.text, "hash 3/4");
	assert_int_equal(h.findings, 2);
	assert_int_equal(h.progress, 1);
}

static void silence_is_allowed(void **state)
{
	const struct erofs_finding finding = { .rule = "rule", .severity = EROFS_SEVERITY_NOTE };
	const struct erofs_report none = { 0 };

	(void)state;
	assert_int_equal(erofs_fail(NULL, -EIO, "unheard"), -EIO);
	assert_int_equal(erofs_fail(&none, -EIO, "unheard"), -EIO);
	erofs_say(&none, EROFS_LEVEL_INFO, "unheard");
	erofs_found(&none, &finding, "unheard");
	erofs_found(NULL, &finding, "unheard");
	erofs_progress(&none, "phase", 1, 2);
	erofs_progress(NULL, "phase", 1, 2);
}

static int say_all(void *user, void *scratch, uint64_t item)
{
	const struct erofs_finding finding = { "rule", EROFS_SEVERITY_NOTE, item, NULL, NULL };
	const struct erofs_report *report = user;

	(void)scratch;
	erofs_say(report, EROFS_LEVEL_INFO, "item %u", (unsigned int)item);
	erofs_found(report, &finding, "item");
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

__attribute__((format(printf, 3, 4)))
static int fail_at_byte(const struct erofs_report *report, unsigned int at, const char *format, ...)
{
	return erofs_fail_in(report, -EUCLEAN, format, "%s: byte %u", "a\nb", at);
}

static void places_go_before_sentences(void **state)
{
	struct heard h;
	struct erofs_report report = listen_to(&h);

	(void)state;
	assert_int_equal(fail_at_byte(&report, 7, "%s of %u", "\033[31m", 3u), -EUCLEAN);
	assert_string_equal(h.text, "a\\x0ab: byte 7: \\x1b[31m of 3");
	assert_int_equal(fail_at_byte(NULL, 7, "unheard"), -EUCLEAN);
	assert_int_equal(h.messages, 1);
}

static void every_way_out_gives_one_printable_line(void **state)
{
	static const struct erofs_finding finding = { "rule", EROFS_SEVERITY_NOTE, 1, "/", NULL };
	struct heard h;
	struct erofs_report report = listen_to(&h);
	const char *hostile = "\r\n\xff";

	(void)state;
	erofs_fail(&report, -EIO, "%s", hostile);
	assert_string_equal(h.text, "\\x0d\\x0a\\xff");
	erofs_say(&report, EROFS_LEVEL_INFO, "%s", hostile);
	assert_string_equal(h.text, "\\x0d\\x0a\\xff");
	erofs_fail_errno(&report, -ENOENT, "%s", hostile);
	assert_string_equal(h.text, "\\x0d\\x0a\\xff: No such file or directory");
	erofs_found(&report, &finding, "%s", hostile);
	assert_string_equal(h.text, "rule 0 / \\x0d\\x0a\\xff");
}

/* Names come first and what is wrong with them last: neither may be lost. */
static void of_overlong_messages_the_middle_goes(void **state)
{
	static char name[100000];
	struct heard h;
	struct erofs_report report = listen_to(&h);

	(void)state;
	memset(name, '\a', sizeof(name) - 1);
	erofs_fail(&report, -EINVAL, "first %s last", name);
	assert_in_range(strlen(h.text), 7000, 8300);
	assert_int_equal(strncmp(h.text, "first \\x07\\x07", 14), 0);
	assert_non_null(strstr(h.text, "\\x07...\\x07"));
	assert_string_equal(h.text + strlen(h.text) - 9, "\\x07 last");
	memset(name, 'x', sizeof(name) - 1);
	erofs_fail_errno(&report, -ENOENT, "%s", name);
	assert_non_null(strstr(h.text, "x: No such file or directory"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(errors_are_said_once_and_returned),
		cmocka_unit_test(findings_and_progress_arrive_whole),
		cmocka_unit_test(silence_is_allowed),
		cmocka_unit_test(shared_report_lets_one_thread_in),
		cmocka_unit_test(shared_report_of_nobody_is_silent),
		cmocka_unit_test(places_go_before_sentences),
		cmocka_unit_test(every_way_out_gives_one_printable_line),
		cmocka_unit_test(of_overlong_messages_the_middle_goes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
