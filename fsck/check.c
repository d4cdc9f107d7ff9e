/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Everything that is done to one image: superblock, structure, fingerprints, extraction. */
#include "fsck.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <erofs/codec.h>

static void add_summary(struct erofs_check_summary *to, const struct erofs_check_summary *from)
{
	uint64_t errors = to->errors + from->errors, warnings = to->warnings + from->warnings;

	*to = *from;
	to->errors = errors;
	to->warnings = warnings;
}

/* In hundredths of a percent, as erofs-utils prints it. */
static void print_ratio(const struct fsck_output *out, const struct erofs_check_summary *s)
{
	double ratio = s->logical_blocks ?
			       100.0 * (double)s->physical_blocks / (double)s->logical_blocks : 0.0;

	fprintf(stderr, "<I> %s: Compression ratio: %.2f(%%)\n", out->reporter.tag, ratio);
}

/* The nid to begin at; 0 for the whole image. */
static int find_start(struct fsck_output *out, const struct fsck_options *o,
	struct erofs_image *img, uint64_t *ret)
{
	struct erofs_reader *rd;
	int r;

	*ret = o->nid;
	if (!o->path)
		return 0;
	if (erofs_reader_new(img, &rd) < 0)
		return -ENOMEM;
	r = erofs_path_lookup(rd, o->path, ret);
	erofs_reader_free(rd);
	if (r == -ENOENT || r == -ENOTDIR)
		cli_say(&out->report, EROFS_LEVEL_ERROR, "%s: failed to lookup %s: %s", out->image, o->path,
			strerror(-r));
	return r;
}

static int check_structure(struct fsck_output *out, const struct fsck_options *o,
	struct erofs_image *img, uint64_t start, struct fsck_result *result)
{
	const struct erofs_check_options options = {
		.struct_size = sizeof(options),
		.start_nid = start,
		.decode_data = o->decode && !o->extract_dir,
		.workers = o->workers,
		.max_bytes = o->max_bytes,
	};
	struct erofs_check_summary summary;
	int r = erofs_check(img, &options, &out->report, &summary);

	if (r < 0) {
		cli_say(&out->report, EROFS_LEVEL_ERROR, "%s: the check stopped: %s", out->image,
			strerror(-r));
		return FSCK_FAILED;
	}
	add_summary(&result->check, &summary);
	result->checked = true;
	if (o->print_ratio)
		print_ratio(out, &result->check);
	return summary.errors ? FSCK_ERRORS : FSCK_OK;
}

/* What decoding the content would take that is not there. */
static bool tell_missing(const struct fsck_output *out, const struct erofs_check_summary *s)
{
	for (unsigned int i = 0; i < EROFS_ALGORITHM_COUNT; i++)
		if (s->missing_algorithms >> i & 1)
			cli_say(&out->report, EROFS_LEVEL_ERROR,
				"%s: this build cannot decode %s, by which files are compressed",
				out->image, erofs_algorithm_name(i));
	if (s->missing_devices)
		cli_say(&out->report, EROFS_LEVEL_ERROR,
			"%s: files are on extra devices, which --device did not give", out->image);
	return s->missing_algorithms || s->missing_devices;
}

/* Whether the content can and may be decoded; says why not. */
static bool may_decode(const struct fsck_output *out, const struct fsck_options *o,
	const struct erofs_check_summary *s)
{
	if (tell_missing(out, s))
		return false;
	if (!o->max_bytes || s->content_bytes <= o->max_bytes)
		return true;
	cli_say(&out->report, EROFS_LEVEL_ERROR,
		"%s: not decoded: its files hold %" PRIu64 " bytes, more than --max-size=%" PRIu64,
		out->image, s->content_bytes, o->max_bytes);
	return false;
}

static int check_opened(struct fsck_output *out, const struct fsck_options *o,
	struct erofs_image *img, struct fsck_result *result)
{
	uint64_t start;
	int status;

	if (find_start(out, o, img, &start) < 0)
		return FSCK_FAILED;
	status = check_structure(out, o, img, start, result);
	/* What is endless is neither hashed nor extracted. */
	if (result->check.gave_up || !result->checked)
		return status;
	if ((o->decode || o->check_ishare) && !may_decode(out, o, &result->check))
		return status | FSCK_FAILED;
	if (o->check_ishare)
		status |= fsck_check_ishare(out, o, img, result);
	if (o->extract_dir)
		status |= fsck_extract(out, o, img,
			o->start_given ? start : erofs_image_super(img)->root_nid);
	return status;
}

/* What was held, without the name of the image, which findings of the whole image begin with anyway. */
static const char *held_text(const struct fsck_output *out)
{
	size_t n = strlen(out->shown);

	if (!strncmp(out->held, out->shown, n) && !strncmp(out->held + n, ": ", 2))
		return out->held + n + 2;
	return out->held;
}

/* After a superblock without findings, what makes the image impossible to open is a finding in the
 * opener's words; after one with findings it has been said. */
static int open_image(struct fsck_output *out, const struct fsck_options *o, bool said,
	struct erofs_image **ret)
{
	struct erofs_image_options options = o->image;
	int r;

	/* A wrong checksum has been found, if it was to be looked at. */
	options.ignore_checksum = true;
	out->holding = true;
	r = erofs_image_open(out->image, &options, &out->report, ret);
	out->holding = false;
	if (r == 0 || said)
		return r;
	if (r == -EUCLEAN)
		out->report.finding(out->report.user, &(struct erofs_finding){
			.rule = "super-open", .severity = EROFS_SEVERITY_ERROR,
			.text = held_text(out) });
	else
		out->report.message(out->report.user, EROFS_LEVEL_ERROR, out->held);
	return r;
}

static int check_file(struct fsck_output *out, const struct fsck_options *o, const char *path,
	struct fsck_result *result)
{
	struct erofs_image *img;
	int status, r;

	if (erofs_check_super(path, &o->image, &out->report, &result->check) < 0)
		return FSCK_FAILED;
	status = result->check.errors ? FSCK_ERRORS : FSCK_OK;
	if (result->check.gave_up)
		return status;
	r = open_image(out, o, status, &img);
	if (r < 0)
		return status ? status : r == -EUCLEAN ? FSCK_ERRORS : FSCK_FAILED;
	status |= check_opened(out, o, img, result);
	erofs_image_close(img);
	return status;
}

void fsck_image(struct fsck_output *out, const struct fsck_options *o, const char *path,
	struct fsck_result *ret)
{
	struct fsck_result result = { .image = path, .status = FSCK_FAILED };
	char *shown = erofs_text_escape(path);

	out->image = path;
	out->shown = shown;
	if (shown)
		result.status = check_file(out, o, path, &result);
	else
		cli_out_of_memory();
	free(shown);
	*ret = result;
}
