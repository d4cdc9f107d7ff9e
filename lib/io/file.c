/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* An output that is only appended to, or a descriptor where there cannot be one. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <erofs/file.h>

#include "base/options.h"
#include "base/report.h"
#include "io/output.h"

struct erofs_file {
	const struct erofs_report *report;
	char *path;
	struct erofs_output *out;	/* NULL: @fd */
	uint64_t written;
	int fd;
};

static bool is_stream(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode);
}

static int open_stream(struct erofs_file *file)
{
	file->fd = open(file->path, O_WRONLY | O_CLOEXEC);
	return file->fd < 0 ? erofs_fail_errno(file->report, -errno, "%s: cannot write", file->path) : 0;
}

int erofs_file_open(const char *path, const struct erofs_file_options *options,
	const struct erofs_report *report, struct erofs_file **ret)
{
	struct erofs_file_options o;
	struct erofs_output_watcher watcher;
	struct erofs_file *file;
	int r = erofs_options_take(options, EROFS_OPTIONS_BYTES(o), "file options", report, &o);

	if (r < 0)
		return r;
	watcher = (struct erofs_output_watcher){ o.temporary, o.temporary_user };
	file = calloc(1, sizeof(*file));
	if (!file)
		return erofs_fail_errno(report, -ENOMEM, "%s", path);
	*file = (struct erofs_file){ .report = report, .path = strdup(path), .fd = -1 };
	if (!file->path)
		r = erofs_fail_errno(report, -ENOMEM, "%s", path);
	else if (is_stream(path))
		r = open_stream(file);
	else
		r = erofs_output_open(path, 0, &watcher, report, &file->out);
	if (r < 0)
		erofs_file_close(file);
	else
		*ret = file;
	return r;
}

static int write_stream(const struct erofs_file *file, const uint8_t *bytes, size_t size)
{
	while (size) {
		ssize_t put = write(file->fd, bytes, size);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return erofs_fail_errno(file->report, -errno, "%s: cannot write", file->path);
		bytes += put;
		size -= (size_t)put;
	}
	return 0;
}

int erofs_file_write(struct erofs_file *file, const void *bytes, size_t size)
{
	int r = file->out ? erofs_output_write(file->out, file->written, bytes, size) :
			    write_stream(file, bytes, size);

	file->written += size;
	return r;
}

int erofs_file_commit(struct erofs_file *file)
{
	return file->out ? erofs_output_commit(file->out, file->written, 0, NULL, 0) : 0;
}

void erofs_file_close(struct erofs_file *file)
{
	if (!file)
		return;
	erofs_output_close(file->out);
	if (file->fd >= 0)
		close(file->fd);
	free(file->path);
	free(file);
}
