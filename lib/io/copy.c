/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* An output that is only appended to, or a descriptor where there cannot be one. */
#include "io/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/report.h"

struct erofs_copy {
	const struct erofs_report *report;
	const char *path;
	struct erofs_output *out;	/* NULL: @fd */
	uint64_t written;
	int fd;
};

static bool is_stream(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode);
}

static int open_stream(struct erofs_copy *copy)
{
	copy->fd = open(copy->path, O_WRONLY | O_CLOEXEC);
	return copy->fd < 0 ? erofs_fail_errno(copy->report, -errno, "%s: cannot write", copy->path) : 0;
}

int erofs_copy_open(const char *path, const struct erofs_output_watcher *watcher,
	const struct erofs_report *report, struct erofs_copy **ret)
{
	struct erofs_copy *copy = calloc(1, sizeof(*copy));
	int r;

	if (!copy)
		return erofs_fail_errno(report, -ENOMEM, "%s", path);
	*copy = (struct erofs_copy){ .report = report, .path = path, .fd = -1 };
	if (is_stream(path))
		r = open_stream(copy);
	else
		r = erofs_output_open(path, 0, watcher, report, &copy->out);
	if (r < 0)
		free(copy);
	else
		*ret = copy;
	return r;
}

static int write_stream(const struct erofs_copy *copy, const uint8_t *bytes, size_t size)
{
	while (size) {
		ssize_t put = write(copy->fd, bytes, size);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return erofs_fail_errno(copy->report, -errno, "%s: cannot write", copy->path);
		bytes += put;
		size -= (size_t)put;
	}
	return 0;
}

static int append(struct erofs_copy *copy, const void *bytes, size_t size)
{
	int r = copy->out ? erofs_output_write(copy->out, copy->written, bytes, size) :
			    write_stream(copy, bytes, size);

	copy->written += size;
	return r;
}

int erofs_copy_commit(struct erofs_copy *copy)
{
	return copy->out ? erofs_output_commit(copy->out, copy->written, 0, NULL, 0) : 0;
}

void erofs_copy_close(struct erofs_copy *copy)
{
	if (!copy)
		return;
	erofs_output_close(copy->out);
	if (copy->fd >= 0)
		close(copy->fd);
	free(copy);
}

/* ---- an input that leaves a copy behind ---- */

struct copy_input {
	struct erofs_input base;
	struct erofs_input *inner;
	struct erofs_copy *copy;
};

static int copy_fetch(struct erofs_input *base, const uint8_t **ret, size_t *ret_size)
{
	struct copy_input *input = (struct copy_input *)base;
	int r = erofs_input_next(input->inner, UINT64_MAX, ret, ret_size);

	return r < 0 ? r : append(input->copy, *ret, *ret_size);
}

static void copy_close(struct erofs_input *base)
{
	struct copy_input *input = (struct copy_input *)base;

	erofs_input_close(input->inner);
	free(input);
}

static const struct erofs_input_ops copy_ops = { copy_fetch, NULL, NULL, copy_close };

int erofs_copy_open_input(struct erofs_input *inner, struct erofs_copy *copy, struct erofs_input **ret)
{
	struct copy_input *input = malloc(sizeof(*input));

	if (!input) {
		erofs_input_close(inner);
		return -ENOMEM;
	}
	*input = (struct copy_input){ .base = { .ops = &copy_ops, .report = inner->report,
		.name = inner->name }, .inner = inner, .copy = copy };
	*ret = &input->base;
	return 0;
}
