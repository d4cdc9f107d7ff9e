/* SPDX-License-Identifier: GPL-2.0-or-later */
/* read.erofs mount where there is no libfuse. */
#include "reader.h"

int reader_mount(const struct reader_options *options, const struct erofs_report *report)
{
	(void)report;
	return cli_error("%s: cannot mount: built without libfuse3", options->operands[0]);
}
