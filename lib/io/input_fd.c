/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Inputs that end the chain: a descriptor or memory. */
#include "io/input.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/report.h"

#define BUFFER_BYTES (256u << 10)
#define PIPE_BYTES (1 << 20)

struct fd_input {
	struct erofs_input base;
	int fd;
	uint8_t buffer[BUFFER_BYTES];
};

static int fail_read(struct erofs_input *input, int error)
{
	return erofs_fail_errno(input->report, error, "%s: cannot read", input->name);
}

/* Whoever writes to a pipe may take for ever. */
static bool is_wanted(const struct fd_input *input)
{
	struct pollfd fds[2] = { { .fd = input->fd, .events = POLLIN } };
	int r;

	if (!input->base.wake)
		return true;
	fds[1] = (struct pollfd){ .fd = *input->base.wake, .events = POLLIN };
	do
		r = poll(fds, 2, -1);
	while (r < 0 && errno == EINTR);
	return r < 0 || !fds[1].revents;
}

static int fd_read(struct erofs_input *base, uint8_t *to, size_t room, size_t *ret_size)
{
	const struct fd_input *input = (const struct fd_input *)base;
	ssize_t got;

	if (!is_wanted(input))
		return -ECANCELED;
	do
		got = read(input->fd, to, room);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return fail_read(base, -errno);
	*ret_size = (size_t)got;
	return 0;
}

static int fd_fetch(struct erofs_input *base, const uint8_t **ret, size_t *ret_size)
{
	struct fd_input *input = (struct fd_input *)base;

	*ret = input->buffer;
	return fd_read(base, input->buffer, sizeof(input->buffer), ret_size);
}

/* What is passed over in a file need not be read; but the file may end before. */
static int file_skip(struct erofs_input *base, uint64_t size)
{
	struct fd_input *input = (struct fd_input *)base;
	off_t at = lseek(input->fd, 0, SEEK_CUR);
	struct stat st;

	if (at < 0 || fstat(input->fd, &st) < 0)
		return fail_read(base, -errno);
	if (st.st_size < at || size > (uint64_t)(st.st_size - at))
		return -ENODATA;
	return lseek(input->fd, (off_t)size, SEEK_CUR) < 0 ? fail_read(base, -errno) : 0;
}

static void fd_close(struct erofs_input *base)
{
	struct fd_input *input = (struct fd_input *)base;

	close(input->fd);
	free(input);
}

static const struct erofs_input_ops fd_ops = { fd_fetch, NULL, fd_read, fd_close };
static const struct erofs_input_ops file_ops = { fd_fetch, file_skip, fd_read, fd_close };

int erofs_input_open_fd(int fd, const char *name, const struct erofs_report *report,
	struct erofs_input **ret)
{
	struct fd_input *input = malloc(sizeof(*input));
	struct stat st;
	bool is_file = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);

	if (!input) {
		close(fd);
		return -ENOMEM;
	}
	input->base = (struct erofs_input){ .ops = is_file ? &file_ops : &fd_ops, .report = report,
		.name = name };
	input->fd = fd;
	/* Fewer switches between us and who writes; without it, it works as well. */
	if (!is_file)
		(void)fcntl(fd, F_SETPIPE_SZ, PIPE_BYTES);
	*ret = &input->base;
	return 0;
}

/* ---- memory ---- */

static int memory_fetch(struct erofs_input *input, const uint8_t **ret, size_t *ret_size)
{
	*ret = input->bytes;
	*ret_size = 0;
	return 0;
}

static void memory_close(struct erofs_input *input)
{
	free(input);
}

static const struct erofs_input_ops memory_ops = { memory_fetch, NULL, NULL, memory_close };

int erofs_input_open_memory(const void *bytes, size_t size, const struct erofs_report *report,
	struct erofs_input **ret)
{
	struct erofs_input *input = malloc(sizeof(*input));

	if (!input)
		return -ENOMEM;
	*input = (struct erofs_input){ .ops = &memory_ops, .report = report, .name = "memory",
		.bytes = bytes, .left = size };
	*ret = input;
	return 0;
}
