/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Messages, findings and progress on their way to the caller's callbacks. */
#include "base/report.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"

/* Of a line too long to be read, what is kept: names come first, and what is wrong with them last. */
#define HEAD_BYTES 1500
#define TAIL_BYTES 500
#define LINE_SIZE (4 * (HEAD_BYTES + TAIL_BYTES) + sizeof("..."))

/* Takes over @raw, NULL when memory ran out. Returns the end of the line. */
static char *make_line(char line[LINE_SIZE], char *raw)
{
	size_t bytes = raw ? strlen(raw) : 0;
	char *end;

	if (!raw) {
		end = stpcpy(line, "out of memory");
	} else if (bytes <= HEAD_BYTES + TAIL_BYTES) {
		end = erofs_text_put(line, raw, bytes);
	} else {
		end = stpcpy(erofs_text_put(line, raw, HEAD_BYTES), "...");
		end = erofs_text_put(end, raw + bytes - TAIL_BYTES, TAIL_BYTES);
	}
	*end = '\0';
	free(raw);
	return end;
}

EROFS_PRINTF(1, 0)
static char *format_raw(const char *format, va_list args)
{
	char *raw;

	return vasprintf(&raw, format, args) < 0 ? NULL : raw;
}

/* Takes over @raw. */
static void say(const struct erofs_report *report, enum erofs_level level, char *raw)
{
	char line[LINE_SIZE];

	make_line(line, raw);
	report->message(report->user, level, line);
}

int erofs_fail(const struct erofs_report *report, int error, const char *format, ...)
{
	va_list args;

	if (!report || !report->message)
		return error;
	va_start(args, format);
	say(report, EROFS_LEVEL_ERROR, format_raw(format, args));
	va_end(args);
	return error;
}

int erofs_fail_errno(const struct erofs_report *report, int error, const char *format, ...)
{
	char line[LINE_SIZE + 256], *end;
	va_list args;

	if (!report || !report->message)
		return error;
	va_start(args, format);
	end = make_line(line, format_raw(format, args));
	va_end(args);
	/* In the caller's language and encoding. */
	snprintf(end, (size_t)(line + sizeof(line) - end), ": %s", strerror(-error));
	report->message(report->user, EROFS_LEVEL_ERROR, line);
	return error;
}

int erofs_fail_within(const struct erofs_report *report, int error, const char *format, va_list args,
	const char *place, ...)
{
	auto_free char *where = NULL, *what = NULL;
	va_list place_args;
	char *raw;

	if (!report || !report->message)
		return error;
	what = format_raw(format, args);
	va_start(place_args, place);
	where = format_raw(place, place_args);
	va_end(place_args);
	say(report, EROFS_LEVEL_ERROR,
		where && what && asprintf(&raw, "%s: %s", where, what) >= 0 ? raw : NULL);
	return error;
}

void erofs_say(const struct erofs_report *report, enum erofs_level level, const char *format, ...)
{
	va_list args;

	if (!report || !report->message)
		return;
	va_start(args, format);
	say(report, level, format_raw(format, args));
	va_end(args);
}

void erofs_progress(const struct erofs_report *report, const char *phase, uint64_t done,
	uint64_t total)
{
	if (report && report->progress)
		report->progress(report->user, phase, done, total);
}

void erofs_found_v(const struct erofs_report *report, const struct erofs_finding *finding,
	const char *format, va_list args)
{
	struct erofs_finding told = *finding;
	char line[LINE_SIZE];

	if (!report || !report->finding)
		return;
	make_line(line, format_raw(format, args));
	told.text = line;
	report->finding(report->user, &told);
}

void erofs_found(const struct erofs_report *report, const struct erofs_finding *finding,
	const char *format, ...)
{
	va_list args;

	va_start(args, format);
	erofs_found_v(report, finding, format, args);
	va_end(args);
}

struct erofs_shared_report_state {
	pthread_mutex_t lock;
	const struct erofs_report *inner;
};

static void shared_message(void *user, enum erofs_level level, const char *text)
{
	struct erofs_shared_report_state *s = user;

	pthread_mutex_lock(&s->lock);
	s->inner->message(s->inner->user, level, text);
	pthread_mutex_unlock(&s->lock);
}

static void shared_finding(void *user, const struct erofs_finding *finding)
{
	struct erofs_shared_report_state *s = user;

	pthread_mutex_lock(&s->lock);
	s->inner->finding(s->inner->user, finding);
	pthread_mutex_unlock(&s->lock);
}

static void shared_progress(void *user, const char *phase, uint64_t done, uint64_t total)
{
	struct erofs_shared_report_state *s = user;

	pthread_mutex_lock(&s->lock);
	s->inner->progress(s->inner->user, phase, done, total);
	pthread_mutex_unlock(&s->lock);
}

int erofs_shared_report_init(struct erofs_shared_report *shared,
	const struct erofs_report *inner)
{
	static const struct erofs_report silent;

	if (!inner)
		inner = &silent;
	shared->state = calloc(1, sizeof(*shared->state));
	if (!shared->state)
		return -ENOMEM;
	pthread_mutex_init(&shared->state->lock, NULL);
	shared->state->inner = inner;
	shared->report = (struct erofs_report){
		.user = shared->state,
		.message = inner->message ? shared_message : NULL,
		.finding = inner->finding ? shared_finding : NULL,
		.progress = inner->progress ? shared_progress : NULL,
	};
	return 0;
}

void erofs_shared_report_fini(struct erofs_shared_report *shared)
{
	if (!shared->state)
		return;
	pthread_mutex_destroy(&shared->state->lock);
	free(shared->state);
	shared->state = NULL;
}
