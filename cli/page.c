/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A stream in front of a file of the library. */
#include "cli/page.h"

#include <errno.h>
#include "cli/signals.h"

static ssize_t write_page(void *cookie, const char *bytes, size_t size)
{
	struct cli_page *page = cookie;

	if (!page->error)
		page->error = erofs_file_write(page->file, bytes, size);
	return page->error ? 0 : (ssize_t)size;
}

int cli_page_open(struct cli_page *page, const char *path)
{
	const struct erofs_file_options options = { .struct_size = sizeof(options),
		.temporary = cli_signals_temporary };
	int r;

	*page = (struct cli_page){ .out = NULL };
	r = erofs_file_open(path, &options, NULL, &page->file);
	if (r < 0)
		return r;
	page->out = fopencookie(page, "w", (cookie_io_functions_t){ .write = write_page });
	if (page->out)
		return 0;
	r = -errno;
	erofs_file_close(page->file);
	return r;
}

int cli_page_close(struct cli_page *page, int error)
{
	if (error)
		page->error = error;
	if (fclose(page->out) && !error)
		error = -errno;
	if (page->error && !error)
		error = page->error;
	if (!error)
		error = erofs_file_commit(page->file);
	erofs_file_close(page->file);
	page->out = NULL;
	return error;
}
