/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Messages, findings and progress on their way to the caller's callbacks. */
#include "base/report.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Long enough for a full escaped path and a sentence around it. */
#define MESSAGE_SIZE 4096

static void say(const struct erofs_report *report, enum erofs_level level, const char *format,
	va_list args)
{
	char text[MESSAGE_SIZE];

	if (!report || !report->message)
		return;
	vsnprintf(text, sizeof(text), format, args);
	report->message(report->user, level, text);
}

int erofs_fail(const struct erofs_report *report, int error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(report, EROFS_LEVEL_ERROR, format, args);
	va_end(args);
	return error;
}

int erofs_fail_errno(const struct erofs_report *report, int error, const char *format, ...)
{
	char text[MESSAGE_SIZE - 128];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return erofs_fail(report, error, "%s: %s", text, strerror(-error));
}

void erofs_say(const struct erofs_report *report, enum erofs_level level, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(report, level, format, args);
	va_end(args);
}

void erofs_progress(const struct erofs_report *report, const char *phase, uint64_t done,
	uint64_t total)
{
	if (report && report->progress)
		report->progress(report->user, phase, done, total);
}

void erofs_found(const struct erofs_report *report, const char *rule,
	enum erofs_severity severity, uint64_t nid, const char *path, const char *format, ...)
{
	char text[MESSAGE_SIZE];
	struct erofs_finding finding = { .rule = rule, .severity = severity, .nid = nid,
		.path = path, .text = text };
	va_list args;

	if (!report || !report->finding)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	report->finding(report->user, &finding);
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

const char *erofs_printable(const char *bytes, size_t count, char *buffer, size_t size)
{
	static const char hex[] = "0123456789abcdef";
	size_t used = 0;

	for (size_t i = 0; i < count; i++) {
		unsigned char c = (unsigned char)bytes[i];
		bool plain = c >= 0x20 && c <= 0x7e && c != '\\';

		if (used + (plain ? 1 : 4) + sizeof("...") > size) {
			memcpy(buffer + used, "...", 3);
			used += 3;
			break;
		}
		if (plain) {
			buffer[used++] = (char)c;
			continue;
		}
		buffer[used++] = '\\';
		buffer[used++] = 'x';
		buffer[used++] = hex[c >> 4];
		buffer[used++] = hex[c & 15];
	}
	buffer[used] = '\0';
	return buffer;
}
