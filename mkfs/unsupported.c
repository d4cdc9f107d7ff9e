/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Options that exist in this family of programs but not in this build. They are refused by name: a caller
 * who asks for compression must not get an image without. */
#include "mkfs/options.h"

#include <string.h>

struct refusal {
	int code;
	const char *option;
	const char *ability;	/* "this build cannot ..." */
	const char *harmless;	/* a value that asks for nothing, NULL = none */
};

static const struct refusal refusals[] = {
	{ OPT_OCI, "--oci", "fetch container images (--oci-layout reads those that are there)", NULL },
	{ OPT_S3, "--s3", "read from object stores", NULL },
};

int refuse_option(int code, const char *value)
{
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		const struct refusal *refusal = &refusals[i];

		if (refusal->code != code)
			continue;
		if (refusal->harmless && value && !strcmp(value, refusal->harmless))
			return MKFS_GO_ON;
		fprintf(stderr, "mkfs.erofs: %s: this build cannot %s\n", refusal->option,
			refusal->ability);
		return MKFS_FAILED;
	}
	return MKFS_USAGE;
}
