/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* What was appended last stays in a buffer, so that small pieces cost no system call each. */
#include "io/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/report.h"

#define BUFFER_BYTES (256u << 10)
#define DIRECT_BYTES (64u << 10) /* worth a system call of their own rather than a copy */

struct erofs_spool {
	const struct erofs_report *report;
	char *directory;	/* for messages */
	int fd;
	uint64_t written;	/* bytes in the file; those of the buffer follow */
	size_t buffered;
	uint8_t buffer[BUFFER_BYTES];
};

static int fail(const struct erofs_spool *spool, int error, const char *what)
{
	return erofs_fail_errno(spool->report, error, "temporary file in %s: %s", spool->directory, what);
}

/* ---- opening ---- */

/* Where there are no nameless files, one whose name goes at once. */
static int open_named(const char *directory)
{
	auto_free char *name = NULL;
	int fd;

	if (asprintf(&name, "%s/tmp." "XX" "XX" "XX", directory) < 0) {
		name = NULL;
		return -ENOMEM;
	}
	fd = mkostemp(name, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	unlink(name);
	return fd;
}

static int open_nameless(const char *directory)
{
	int fd = open(directory, O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600);

	return fd >= 0 ? fd : open_named(directory);
}

int erofs_spool_open(const char *directory, const struct erofs_report *report, struct erofs_spool **ret)
{
	struct erofs_spool *spool = malloc(sizeof(*spool));

	if (!spool)
		return erofs_fail_errno(report, -ENOMEM, "temporary file in %s", directory);
	spool->report = report;
	spool->written = spool->buffered = 0;
	spool->directory = strdup(directory);
	spool->fd = spool->directory ? open_nameless(directory) : -ENOMEM;
	if (spool->fd < 0) {
		int r = erofs_fail_errno(report, spool->fd, "cannot create a temporary file in %s", directory);

		erofs_spool_close(spool);
		return r;
	}
	*ret = spool;
	return 0;
}

void erofs_spool_close(struct erofs_spool *spool)
{
	if (!spool)
		return;
	if (spool->fd >= 0)
		close(spool->fd);
	free(spool->directory);
	free(spool);
}

/* ---- writing ---- */

uint64_t erofs_spool_size(const struct erofs_spool *spool)
{
	return spool->written + spool->buffered;
}

static int write_all(const struct erofs_spool *spool, uint64_t at, const void *bytes, size_t size)
{
	const uint8_t *p = bytes;

	while (size) {
		ssize_t n = pwrite(spool->fd, p, size, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return fail(spool, n < 0 ? -errno : -EIO, "cannot write");
		p += n;
		at += (uint64_t)n;
		size -= (size_t)n;
	}
	return 0;
}

int erofs_spool_flush(struct erofs_spool *spool)
{
	int r = write_all(spool, spool->written, spool->buffer, spool->buffered);

	if (r < 0)
		return r;
	spool->written += spool->buffered;
	spool->buffered = 0;
	return 0;
}

int erofs_spool_append(struct erofs_spool *spool, const void *bytes, size_t size)
{
	int r = 0;

	if (size > INT64_MAX - erofs_spool_size(spool))
		return fail(spool, -EFBIG, "cannot write");
	if (size >= DIRECT_BYTES || size > BUFFER_BYTES - spool->buffered)
		r = erofs_spool_flush(spool);
	if (r < 0)
		return r;
	if (size < DIRECT_BYTES) {
		if (size)
			memcpy(spool->buffer + spool->buffered, bytes, size);
		spool->buffered += size;
		return 0;
	}
	r = write_all(spool, spool->written, bytes, size);
	if (r == 0)
		spool->written += size;
	return r;
}

int erofs_spool_write(struct erofs_spool *spool, uint64_t at, const void *bytes, size_t size)
{
	if (at > spool->written || size > spool->written - at)
		return fail(spool, -EINVAL, "written beyond its end");
	return write_all(spool, at, bytes, size);
}

int erofs_spool_resize(struct erofs_spool *spool, uint64_t size)
{
	int r = erofs_spool_flush(spool);

	if (r == 0 && size > INT64_MAX)
		r = fail(spool, -EFBIG, "cannot set the size");
	if (r == 0 && ftruncate(spool->fd, (off_t)size) < 0)
		r = fail(spool, -errno, "cannot set the size");
	if (r == 0)
		spool->written = size;
	return r;
}

/* ---- reading ---- */

static int read_file(const struct erofs_spool *spool, uint64_t at, void *buffer, size_t size)
{
	uint8_t *p = buffer;

	while (size) {
		ssize_t n = pread(spool->fd, p, size, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return fail(spool, n < 0 ? -errno : -EIO, "cannot read back");
		p += n;
		at += (uint64_t)n;
		size -= (size_t)n;
	}
	return 0;
}

int erofs_spool_read(const struct erofs_spool *spool, uint64_t at, void *buffer, size_t size)
{
	size_t stored = 0;
	int r = 0;

	if (at > erofs_spool_size(spool) || size > erofs_spool_size(spool) - at)
		return fail(spool, -EINVAL, "read beyond its end");
	if (at < spool->written)
		stored = spool->written - at < size ? (size_t)(spool->written - at) : size;
	if (stored)
		r = read_file(spool, at, buffer, stored);
	if (r == 0 && size > stored)
		memcpy((uint8_t *)buffer + stored, spool->buffer + (at + stored - spool->written),
			size - stored);
	return r;
}
