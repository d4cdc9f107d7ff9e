/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writing beside the target, then renaming: a failed run leaves the old page. */
#include "cli/page.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int open_temporary(struct cli_page *page)
{
	size_t size = strlen(page->path) + 32;
	int fd;

	page->temporary = malloc(size);
	if (!page->temporary)
		return -ENOMEM;
	snprintf(page->temporary, size, "%s.%ld.tmp", page->path, (long)getpid());
	fd = open(page->temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
	return fd < 0 ? -errno : fd;
}

int cli_page_open(struct cli_page *page, const char *path)
{
	struct stat st;
	int fd, r;

	*page = (struct cli_page){ .path = path };
	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
		fd = open(path, O_WRONLY | O_CLOEXEC);
		if (fd < 0)
			return -errno;
	} else {
		fd = open_temporary(page);
	}
	page->out = fd < 0 ? NULL : fdopen(fd, "w");
	if (page->out)
		return 0;
	r = fd < 0 ? fd : -errno;
	if (fd >= 0) {
		close(fd);
		if (page->temporary)
			unlink(page->temporary);
	}
	free(page->temporary);
	return r;
}

int cli_page_close(struct cli_page *page, int error)
{
	if (!error && ferror(page->out))
		error = -EIO;
	if (fclose(page->out) && !error)
		error = -errno;
	if (page->temporary && !error && rename(page->temporary, page->path))
		error = -errno;
	if (page->temporary && error)
		unlink(page->temporary);
	free(page->temporary);
	return error;
}
