/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file that appears whole or not at all. */
#ifndef EROFS_CLI_PAGE_H
#define EROFS_CLI_PAGE_H

#include <stdio.h>

struct cli_page {
	FILE *out;
	const char *path;  /* borrowed */
	char *temporary;   /* NULL: written in place, as for a device or pipe */
};

int cli_page_open(struct cli_page *page, const char *path);
/* Renames the file into place when @error is 0 and all was written; else removes it. Returns @error or
 * the first error of its own. */
int cli_page_close(struct cli_page *page, int error);

#endif
