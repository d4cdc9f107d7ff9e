/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fsck.erofs --check-ishare: are the fingerprints of an image there, and are they true? */
#include "fsck.h"

#include <inttypes.h>

static void print_count(const char *what, uint64_t count)
{
	if (count)
		printf(", %" PRIu64 " %s", count, what);
}

/* One line per image: what a node operator wants to see before mounting. */
static void print_coverage(const struct fsck_output *out,
	const struct erofs_ishare_verify_summary *s)
{
	printf("%s: %" PRIu64 " of %" PRIu64 " files tagged, %" PRIu64 " verified",
		out->shown, s->tagged, s->files, s->verified);
	print_count("forged", s->forged);
	print_count("missing", s->missing);
	print_count("duplicate", s->duplicate);
	print_count("malformed", s->malformed);
	print_count("misplaced", s->misplaced);
	print_count("unreadable", s->unreadable);
	print_count("too large to verify", s->oversized);
	print_count("of unknown form", s->unknown);
	print_count("in hex form", s->hex);
	putchar('\n');
}

int fsck_check_ishare(struct fsck_output *out, const struct fsck_options *o,
	struct erofs_image *img, struct fsck_result *result)
{
	const struct erofs_ishare_verify_options options = {
		.struct_size = sizeof(options),
		.workers = o->workers,
	};
	uint64_t errors = out->errors;

	if (erofs_ishare_verify(img, &options, &out->report, &result->ishare) < 0)
		return FSCK_FAILED;
	result->verified = true;
	out->ishare_errors += out->errors - errors;
	if (!out->json)
		print_coverage(out, &result->ishare);
	return out->errors > errors ? FSCK_ERRORS : FSCK_OK;
}
