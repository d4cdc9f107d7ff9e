/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Options that exist in this family of programs but not in this build. They are refused by name: a caller
 * who asks for something must not get an image without it. */
#include "mkfs/options.h"

struct refusal {
	int code;
	const char *option;
	const char *ability;	/* "this build cannot ..." */
};

static const struct refusal refusals[] = {
	{ OPT_OCI, "--oci", "fetch container images (--oci-layout reads those that are there)" },
	{ OPT_S3, "--s3", "read from object stores" },
	{ OPT_RANDOM_ALGORITHMS, "--random-algorithms", "choose at random (--compress-hints chooses)" },
	{ OPT_RANDOM_PCLUSTERBLKS, "--random-pclusterblks", "choose at random (--compress-hints chooses)" },
};

int refuse(const char *option, const char *value, const char *ability)
{
	return cli_refuse(&mkfs_program, "%s%s%s: this build cannot %s", option, value ? "=" : "",
		value ? value : "", ability);
}

int refuse_option(int code)
{
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
		if (refusals[i].code == code)
			return refuse(refusals[i].option, NULL, refusals[i].ability);
	return MKFS_USAGE;
}
