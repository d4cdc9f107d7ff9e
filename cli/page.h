/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a program writes beside its main work: a file that appears whole or not at all, also when a signal comes
 * (signals.h), as erofs/file.h has it. */
#ifndef EROFS_CLI_PAGE_H
#define EROFS_CLI_PAGE_H

#include <stdio.h>
#include <erofs/file.h>

struct cli_page {
	FILE *out;
	struct erofs_file *file;
	int error;		/* of a write */
};

/* The page is not to be moved while it is open. Says nothing. */
int cli_page_open(struct cli_page *page, const char *path);
/* Gives the file its name when @error is 0 and all was written; else nothing is left of it. Returns @error or the
 * first error of its own. */
int cli_page_close(struct cli_page *page, int error);

#endif
