/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fsck.erofs: checks images, verifies their fingerprints, extracts them. */
#include "fsck.h"

#include <stdlib.h>

static void add_ishare(struct cli_json *j, const struct erofs_ishare_verify_summary *s)
{
	cli_json_open_object(j, "ishare");
	cli_json_u64(j, "files", s->files);
	cli_json_u64(j, "tagged", s->tagged);
	cli_json_u64(j, "verified", s->verified);
	cli_json_u64(j, "forged", s->forged);
	cli_json_u64(j, "missing", s->missing);
	cli_json_u64(j, "duplicate", s->duplicate);
	cli_json_u64(j, "malformed", s->malformed);
	cli_json_u64(j, "misplaced", s->misplaced);
	cli_json_u64(j, "unreadable", s->unreadable);
	cli_json_u64(j, "oversized", s->oversized);
	cli_json_u64(j, "unknown", s->unknown);
	cli_json_u64(j, "hex", s->hex);
	cli_json_u64(j, "bytes", s->bytes);
	cli_json_close(j);
}

static void add_result(struct cli_json *j, const struct fsck_result *r)
{
	cli_json_open_object(j, NULL);
	cli_json_text(j, "path", r->image);
	cli_json_u64(j, "status", (uint64_t)r->status);
	if (r->checked) {
		cli_json_u64(j, "inodes", r->check.inodes);
		cli_json_u64(j, "regular_files", r->check.regular_files);
		cli_json_u64(j, "logical_blocks", r->check.logical_blocks);
		cli_json_u64(j, "physical_blocks", r->check.physical_blocks);
	}
	if (r->verified)
		add_ishare(j, &r->ishare);
	cli_json_close(j);
}

/* {"findings":[...],"images":[...],"summary":{...}}: findings come first as they are met. */
static int end_json(struct fsck_output *out, const struct fsck_result *results, int count,
	int status)
{
	struct cli_json *j = out->json;

	cli_json_close(j);
	cli_json_open_array(j, "images");
	for (int i = 0; i < count; i++)
		add_result(j, &results[i]);
	cli_json_close(j);
	cli_json_open_object(j, "summary");
	cli_json_u64(j, "errors", out->errors);
	cli_json_u64(j, "warnings", out->warnings);
	cli_json_u64(j, "status", (uint64_t)status);
	cli_json_close(j);
	cli_json_close(j);
	out->json = NULL;
	return cli_json_finish(j);
}

static bool begin_json(struct fsck_output *out)
{
	out->json = cli_json_new(stdout);
	if (!out->json)
		return false;
	cli_json_open_object(out->json, NULL);
	cli_json_open_array(out->json, "findings");
	return true;
}

/* The last line on stderr, by which scripts tell the outcome. */
static void say_verdict(const struct fsck_output *out, const struct fsck_options *o, int status)
{
	if (status & FSCK_ERRORS && out->errors && out->errors == out->ishare_errors)
		cli_say(&out->report, EROFS_LEVEL_ERROR, "Found fingerprints that are missing or wrong");
	else if (status & FSCK_ERRORS)
		cli_say(&out->report, EROFS_LEVEL_ERROR, "Found some filesystem corruption");
	else if (status && o->extract_dir)
		cli_say(&out->report, EROFS_LEVEL_ERROR, "Failed to extract filesystem");
	else if (!status && o->extract_dir)
		cli_say(&out->report, EROFS_LEVEL_INFO, "Extracted filesystem successfully");
	else if (!status)
		cli_say(&out->report, EROFS_LEVEL_INFO, "No errors found");
}

static int run(const struct fsck_options *o)
{
	struct fsck_result *results = calloc((size_t)o->image_count, sizeof(*results));
	struct fsck_output out;
	int status = FSCK_OK;

	fsck_output_init(&out, o);
	if (!results) {
		cli_out_of_memory();
		return FSCK_FAILED;
	}
	if (o->json && !begin_json(&out)) {
		free(results);
		return FSCK_FAILED;
	}
	for (int i = 0; i < o->image_count; i++) {
		fsck_image(&out, o, o->images[i], &results[i]);
		status |= results[i].status;
	}
	if (o->json && end_json(&out, results, o->image_count, status) < 0)
		status |= FSCK_FAILED;
	say_verdict(&out, o, status);
	free(results);
	return status;
}

int main(int argc, char **argv)
{
	struct fsck_options o;
	int status = fsck_options_read(&o, argc, argv);

	if (status == FSCK_OK && !o.done)
		status = run(&o);
	fsck_options_fini(&o);
	if (cli_flush_stdout(CLI_OK) != CLI_OK)
		status |= FSCK_FAILED;
	return status;
}
