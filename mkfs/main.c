/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mkfs.erofs: makes an EROFS image of a directory and tags it for page cache sharing. */

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <erofs/version.h>
#include "mkfs/options.h"
#include "mkfs/run.h"
#include "cli/signals.h"

/* The first line names the program by the name it was called by. */
static void print_banner(const struct mkfs_options *options)
{
	const char *slash = strrchr(options->argv0, '/');

	if (!options->quiet && options->debug_level >= 2 && !options->stop)
		cli_print("%s %s", slash ? slash + 1 : options->argv0, erofs_version());
	fflush(stdout);
}

int main(int argc, char **argv)
{
	struct mkfs_options options;
	int status;

	/* A limit on file sizes is an error of write(2) then, reported like any other. */
	signal(SIGXFSZ, SIG_IGN);
	cli_signals_install();
	labels_listen();
	status = mkfs_options_read(&options, argc, argv);
	print_banner(&options);
	if (status == MKFS_GO_ON)
		status = mkfs_options_complete(&options);
	if (status == MKFS_GO_ON)
		status = mkfs_run(&options);
	mkfs_options_fini(&options);
	/* Help that does not arrive is a failure; an image that stands where it belongs is none. */
	return options.stop ? cli_flush_stdout(status) : status;
}
