/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line of erofsfuse, for callers that have it: another name of this program that mounts. */
#include "options.h"

#include <stdio.h>

static const struct cli_option table[] = {
	{ OPT_OFFSET, 0, "offset", CLI_REQUIRED, "#", "skip # bytes at the beginning of IMAGE" },
	{ OPT_DBGLEVEL, 0, "dbglevel", CLI_REQUIRED, "#", "set output message level to # (maximum 9)" },
	{ OPT_DEVICE, 0, "device", CLI_REQUIRED, "X", "an extra device; repeat in the order of the table" },
	{ 'h', 'h', "help", CLI_NONE, NULL, "print this help and exit" },
	{ 'V', 'V', "version", CLI_NONE, NULL, "print the version and exit" },
	{ 'd', 'd', NULL, CLI_NONE, NULL, "debug output (implies -f)" },
	{ 'f', 'f', NULL, CLI_NONE, NULL, "stay in the foreground" },
	{ 's', 's', NULL, CLI_NONE, NULL, "one thread only" },
	{ 'o', 'o', NULL, CLI_REQUIRED, "OPT[,OPT]",
	  "mount options: allow_other, fsname=, clone_fd, max_idle_threads=, max_threads= and so on" },
};

static const struct cli_program erofsfuse_program = {
	.name = "erofsfuse",
	.usage = "[options] IMAGE MOUNTPOINT",
	.options = table,
	.option_count = sizeof(table) / sizeof(table[0]),
	.usage_status = READER_FAILED,
};

static const char usage_line[] = "usage: [options] IMAGE MOUNTPOINT\n";

int erofsfuse_parse(int argc, char **argv, struct reader_options *ret)
{
	struct cli_parser *parser = cli_parser_new(&erofsfuse_program, argc, argv);
	const char *value;
	char **operands;
	int code, count, status = -1;

	if (!parser)
		return cli_out_of_memory();
	ret->program = &erofsfuse_program;
	ret->command = READER_MOUNT;
	ret->erofsfuse = true;
	/* erofsfuse does not look at the checksum. */
	ret->image.ignore_checksum = true;
	while (status < 0 && (code = cli_next(parser, &value)) != -1) {
		/* Callers that probe for it look there. */
		if (code == 'h')
			fputs(usage_line, stderr);
		status = options_apply(ret, argv[0], code, value);
	}
	operands = cli_operands(parser, &count);
	cli_parser_free(parser);
	if (status >= 0)
		return status;
	if (count != 2) {
		fputs(usage_line, stderr);
		return cli_usage_error(&erofsfuse_program, "%d operands", count);
	}
	options_take_mount_point(ret, operands, count);
	cli_print_version(&erofsfuse_program);
	return -1;
}
