/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Saying what happened, through the caller's report. Thread-safe: the report's callbacks are entered
 * by one thread at a time if every thread of an operation uses one erofs_shared_report. */
#ifndef EROFS_BASE_REPORT_H
#define EROFS_BASE_REPORT_H

#include <stdarg.h>
#include <stddef.h>
#include <erofs/report.h>

#define EROFS_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

/* What is sent to a report is one line: erofs_text_escape (erofs/text.h) has been applied to all of it, so that names
 * and paths go into messages as they are, and hostile ones cannot drive a terminal. Of an overlong line the
 * middle is cut out. */

/* Sends an error message and returns @error, so that `return erofs_fail(...)` reads as one step.
 * The message starts in lower case, has no newline, and names file, path or nid and the value. */
int erofs_fail(const struct erofs_report *report, int error, const char *format, ...)
	EROFS_PRINTF(3, 4);

/* As erofs_fail, with ": " and the text of errno value -@error appended. */
int erofs_fail_errno(const struct erofs_report *report, int error, const char *format, ...)
	EROFS_PRINTF(3, 4);

/* For functions that put the place in front of what their caller says: in one whose last named parameter is
 * @format, sends that sentence behind ": " and the words that follow @format here. The value is @error. */
#define erofs_fail_in(report, error, format, ...) \
	(__extension__({ \
		va_list args_; \
		int error_; \
		va_start(args_, format); \
		error_ = erofs_fail_within(report, error, format, args_, __VA_ARGS__); \
		va_end(args_); \
		error_; \
	}))
int erofs_fail_within(const struct erofs_report *report, int error, const char *format, va_list args,
	const char *place, ...) EROFS_PRINTF(3, 0) EROFS_PRINTF(5, 6);

void erofs_say(const struct erofs_report *report, enum erofs_level level, const char *format, ...)
	EROFS_PRINTF(3, 4);

void erofs_progress(const struct erofs_report *report, const char *phase, uint64_t done,
	uint64_t total);

/* Sends @finding with this text. */
void erofs_found(const struct erofs_report *report, const struct erofs_finding *finding,
	const char *format, ...) EROFS_PRINTF(3, 4);
void erofs_found_v(const struct erofs_report *report, const struct erofs_finding *finding,
	const char *format, va_list args) EROFS_PRINTF(3, 0);

/* A report that may be used by many threads: it enters @inner under a lock. Borrow @shared->report.
 * For the duration of one operation; fini before @inner goes. */
struct erofs_shared_report {
	struct erofs_report report;
	struct erofs_shared_report_state *state;
};
int erofs_shared_report_init(struct erofs_shared_report *shared,
	const struct erofs_report *inner);
void erofs_shared_report_fini(struct erofs_shared_report *shared);

#endif
