/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the command lines of read.erofs and of its other name, erofsfuse, share. */
#ifndef READER_OPTIONS_H
#define READER_OPTIONS_H

#include "reader.h"

enum {
	OPT_CACHE_SIZE = 0x100,
	OPT_DBGLEVEL,
	OPT_DEVICE,
	OPT_DOMAIN_ID,
	OPT_JSON,
	OPT_NO_VERIFY,
	OPT_OFFSET,
	OPT_QUIET,
	OPT_RULES,
	OPT_SENDFILE,
	OPT_THREADS,
	OPT_TRACE,
	OPT_VERIFY,
};

/* One option; -1 to go on, else the exit status. Usage errors are told under the name of options->program. */
int options_apply(struct reader_options *options, const char *argv0, int code, const char *value);

/* The last operand is the mount point, those before it are images. At least two. */
void options_take_mount_point(struct reader_options *options, char **operands, int count);

/* As reader_options_parse, by erofsfuse's rules; @ret is initialised. */
int erofsfuse_parse(int argc, char **argv, struct reader_options *ret);

#endif
