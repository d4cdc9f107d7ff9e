/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* report.h -- how the library speaks. It never prints, exits or keeps state: the caller hands in a
 * struct of callbacks and decides about streams, prefixes and colours.
 *
 * Rules for all functions of this library: they return 0 (or a positive answer) on success and a
 * negative errno on failure; an error is described once, where the facts are, through the report;
 * outputs are written only on success. A NULL report is silent.
 *
 * Every text that a callback gets is one line of printable UTF-8 (erofs_text_escape), whatever names are in it.
 * Only the reason of a failed system call at its end is in the language and encoding of the caller's locale. */
#ifndef EROFS_REPORT_H
#define EROFS_REPORT_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum erofs_level {
	EROFS_LEVEL_ERROR = 0,
	EROFS_LEVEL_WARNING,
	EROFS_LEVEL_INFO,
	EROFS_LEVEL_DEBUG,
};

enum erofs_severity {
	EROFS_SEVERITY_NOTE = 0, /* legal, worth knowing */
	EROFS_SEVERITY_WARNING,	 /* odd, every reader copes */
	EROFS_SEVERITY_ERROR,	 /* the image is not sound */
};

/* One fact that a check found. Pointers are borrowed for the duration of the callback. */
struct erofs_finding {
	const char *rule;  /* stable id, e.g. "dir-order" or "ishare-forged" */
	enum erofs_severity severity;
	uint64_t nid;	   /* 0 when the finding concerns the whole image */
	const char *path;  /* NULL when unknown; raw bytes, not escaped */
	const char *text;  /* lower case, one printable line, names the offending value */
};

/* Callbacks may be NULL. They are called from any thread, but never from two at once for one
 * operation: the library serialises them. */
struct erofs_report {
	void *user;
	void (*message)(void *user, enum erofs_level level, const char *text);
	void (*finding)(void *user, const struct erofs_finding *finding);
	/* @phase is what is going on. @done and @total are bytes of content where that is written, compressed or
	 * verified, else inodes; @total is 0 when unknown. */
	void (*progress)(void *user, const char *phase, uint64_t done, uint64_t total);
};

#ifdef __cplusplus
}
#endif

/* What happens to a temporary file beside an image being written. A signal handler that shall leave none
 * behind needs to know before there is one; between COMING and MADE it cannot tell, and should let the
 * thread that reports MADE do what it came for. */
enum erofs_temporary_state {
	EROFS_TEMPORARY_COMING = 0, /* the next step makes it, or fails: then GONE follows */
	EROFS_TEMPORARY_MADE,
	EROFS_TEMPORARY_GONE,
};

#endif
