/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzz target: the structural check of a whole image, whatever its checksum says. Content is not decoded:
 * that is the business of the target "image", and may rightly take long. */
#include <stdlib.h>
#include <string.h>
#include <erofs/check.h>
#include "tests/fuzz/fuzz.h"

/* What a finding must be like, whoever made the image. */
static void see_finding(void *user, const struct erofs_finding *finding)
{
	uint64_t *errors = user;

	*errors += finding->severity == EROFS_SEVERITY_ERROR;
	if (!strlen(finding->rule) || !strlen(finding->text) || strchr(finding->text, '\n') ||
	    (finding->path && finding->path[0] != '/' && !strlen(finding->path)))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	const struct erofs_image_options options = { .struct_size = sizeof(options),
		.ignore_checksum = true };
	uint64_t errors = 0;
	const struct erofs_report report = { .user = &errors, .finding = see_finding };
	struct erofs_check_summary summary;
	struct erofs_image *img;

	if (erofs_image_open_memory(bytes, size, &options, NULL, &img) < 0)
		return 0;
	if (erofs_check(img, NULL, &report, &summary) == 0 && summary.errors < errors)
		abort();
	erofs_image_close(img);
	return 0;
}
