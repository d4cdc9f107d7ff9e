/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Saying what happened, through the caller's report. Thread-safe: the report's callbacks are entered
 * by one thread at a time if every thread of an operation uses one erofs_reporter. */
#ifndef EROFS_BASE_REPORT_H
#define EROFS_BASE_REPORT_H

#include <stddef.h>
#include <erofs/report.h>

#define EROFS_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

/* Sends an error message and returns @error, so that `return erofs_fail(...)` reads as one step.
 * The message starts in lower case, has no newline, and names file, path or nid and the value. */
int erofs_fail(const struct erofs_report *report, int error, const char *format, ...)
	EROFS_PRINTF(3, 4);

/* As erofs_fail, with ": " and the text of errno value -@error appended. */
int erofs_fail_errno(const struct erofs_report *report, int error, const char *format, ...)
	EROFS_PRINTF(3, 4);

void erofs_say(const struct erofs_report *report, enum erofs_level level, const char *format, ...)
	EROFS_PRINTF(3, 4);

void erofs_progress(const struct erofs_report *report, const char *phase, uint64_t done,
	uint64_t total);

/* Sends a finding; @path may be NULL. */
void erofs_found(const struct erofs_report *report, const char *rule,
	enum erofs_severity severity, uint64_t nid, const char *path, const char *format, ...)
	EROFS_PRINTF(6, 7);

/* A report that may be used by many threads: it enters @inner under a lock. Borrow @shared->report.
 * For the duration of one operation; fini before @inner goes. */
struct erofs_shared_report {
	struct erofs_report report;
	struct erofs_shared_report_state *state;
};
int erofs_shared_report_init(struct erofs_shared_report *shared,
	const struct erofs_report *inner);
void erofs_shared_report_fini(struct erofs_shared_report *shared);

/* Writes @bytes as printable text: bytes outside 0x20..0x7e and '\\' as \xHH. Names and paths in
 * messages go through this, so that hostile ones cannot drive a terminal. Returns @buffer. Truncated
 * with "..." when @size is too small. */
const char *erofs_printable(const char *bytes, size_t count, char *buffer, size_t size);
#define EROFS_PRINTABLE_SIZE 1100

#endif
