/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Findings as lines on stderr or as members of a JSON document, messages on stderr. */
#include "fsck.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const struct severity_text {
	const char *name;
	enum erofs_level level;
} severities[] = {
	[EROFS_SEVERITY_NOTE] = { "note", EROFS_LEVEL_INFO },
	[EROFS_SEVERITY_WARNING] = { "warning", EROFS_LEVEL_WARNING },
	[EROFS_SEVERITY_ERROR] = { "error", EROFS_LEVEL_ERROR },
};

/* The finding as a line, to be freed. Its text is printable already. */
static char *finding_line(const struct fsck_output *out, const struct erofs_finding *f)
{
	const char *image = out->name_image ? out->shown : "", *colon = out->name_image ? ": " : "";
	char *path = f->path ? erofs_text_escape(f->path) : NULL;
	char *line;
	int n;

	if (path)
		n = asprintf(&line, "%s%s%s (nid %" PRIu64 "): %s [%s]", image, colon, path, f->nid, f->text,
			f->rule);
	else if (f->nid)
		n = asprintf(&line, "%s%snid %" PRIu64 ": %s [%s]", image, colon, f->nid, f->text, f->rule);
	else
		n = asprintf(&line, "%s: %s [%s]", out->shown, f->text, f->rule);
	free(path);
	return n < 0 ? NULL : line;
}

static void print_finding(struct fsck_output *out, const struct erofs_finding *f)
{
	char *line = finding_line(out, f);

	out->report.message(out->report.user, severities[f->severity].level, line ? line : "out of memory");
	free(line);
}

static void add_finding(struct fsck_output *out, const struct erofs_finding *f)
{
	struct cli_json *j = out->json;

	cli_json_open_object(j, NULL);
	cli_json_text(j, "image", out->image);
	cli_json_text(j, "rule", f->rule);
	cli_json_text(j, "severity", severities[f->severity].name);
	cli_json_u64(j, "nid", f->nid);
	cli_json_text(j, "path", f->path);
	cli_json_text(j, "text", f->text);
	cli_json_close(j);
}

static void take_finding(void *user, const struct erofs_finding *finding)
{
	struct fsck_output *out = user;

	out->errors += finding->severity == EROFS_SEVERITY_ERROR;
	out->warnings += finding->severity == EROFS_SEVERITY_WARNING;
	if (out->json)
		add_finding(out, finding);
	else
		print_finding(out, finding);
}

static void pass_message(void *user, enum erofs_level level, const char *text)
{
	struct fsck_output *out = user;

	if (out->holding && level == EROFS_LEVEL_ERROR)
		snprintf(out->held, sizeof(out->held), "%s", text);
	else
		out->reporter.report.message(out->reporter.report.user, level, text);
}

static void pass_progress(void *user, const char *phase, uint64_t done, uint64_t total)
{
	struct fsck_output *out = user;

	out->reporter.report.progress(out->reporter.report.user, phase, done, total);
}

void fsck_output_init(struct fsck_output *out, const struct fsck_options *o)
{
	memset(out, 0, sizeof(*out));
	cli_reporter_init(&out->reporter);
	out->reporter.level = o->level;
	out->name_image = o->image_count > 1;
	out->report = (struct erofs_report){ out, pass_message, take_finding, pass_progress };
}
