/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Library reports on stderr, in the form and for the levels of erofs-utils' -d#. */
#include "cli/cli.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

struct level_text {
	const char *mark;
	int shown_from; /* the -d# from which this level is printed */
};

/* Indexed by enum erofs_level. */
static const struct level_text levels[] = {
	[EROFS_LEVEL_ERROR] = { "<E>", 0 },
	[EROFS_LEVEL_WARNING] = { "<W>", 2 },
	[EROFS_LEVEL_INFO] = { "<I>", 3 },
	[EROFS_LEVEL_DEBUG] = { "<D>", 7 },
};

static void clear_progress(struct cli_reporter *r)
{
	if (r->drawn)
		fputs("\r\033[K", stderr);
	r->drawn = false;
}

static void show_message(void *user, enum erofs_level level, const char *text)
{
	struct cli_reporter *r = user;

	if (r->level < levels[level].shown_from)
		return;
	clear_progress(r);
	fprintf(stderr, "%s %s: %s\n", levels[level].mark, r->tag, text);
}

static void show_progress(void *user, const char *phase, uint64_t done, uint64_t total)
{
	struct cli_reporter *r = user;
	uint64_t permille = total ? (uint64_t)((double)done * 1000 / (double)total) : done;

	if (!r->progress || (r->drawn && permille == r->shown))
		return;
	r->shown = permille;
	if (total)
		fprintf(stderr, "\r\033[K%s: %3" PRIu64 ".%" PRIu64 " %%", phase, permille / 10,
			permille % 10);
	else
		fprintf(stderr, "\r\033[K%s: %" PRIu64, phase, done);
	r->drawn = true;
	if (total && done >= total)
		clear_progress(r);
	fflush(stderr);
}

void cli_reporter_init(struct cli_reporter *reporter)
{
	memset(reporter, 0, sizeof(*reporter));
	reporter->tag = "erofs";
	reporter->level = 2;
	reporter->progress = isatty(STDERR_FILENO);
	reporter->report.user = reporter;
	reporter->report.message = show_message;
	reporter->report.progress = show_progress;
}

void cli_reporter_finish(struct cli_reporter *reporter)
{
	clear_progress(reporter);
	fflush(stderr);
}
