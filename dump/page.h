/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file that appears whole or not at all. */
#ifndef DUMP_PAGE_H
#define DUMP_PAGE_H

#include <stdio.h>

struct dump_page {
	FILE *out;
	const char *path;  /* borrowed */
	char *temporary;   /* NULL: written in place, as for a device or pipe */
};

int dump_page_open(struct dump_page *page, const char *path);
/* Renames the file into place when @error is 0 and all was written; else removes it. Returns @error or
 * the first error of its own. */
int dump_page_close(struct dump_page *page, int error);

#endif
