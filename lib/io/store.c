/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Random-access bytes over pread or over memory. Nothing is mapped: a file that is truncated while it
 * is read gives an error, not a signal. */
#include "io/store.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/cleanup.h"
#include "base/report.h"

struct erofs_store {
	int fd;			/* -1 for memory */
	const uint8_t *bytes;	/* borrowed, memory only */
	uint64_t offset;	/* of the first byte in the file */
	uint64_t size;
	char *name;
};

DEFINE_AUTO(store, struct erofs_store *, erofs_store_close)

static struct erofs_store *new_store(const char *name)
{
	struct erofs_store *store = calloc(1, sizeof(*store));

	if (!store)
		return NULL;
	store->fd = -1;
	store->name = strdup(name);
	if (!store->name) {
		free(store);
		return NULL;
	}
	return store;
}

/* How many bytes are behind @fd; -EINVAL when it is neither a file nor a block device. */
static int measure(int fd, uint64_t *ret)
{
	struct stat st;
	off_t end;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (S_ISREG(st.st_mode)) {
		*ret = (uint64_t)st.st_size;
		return 0;
	}
	if (!S_ISBLK(st.st_mode))
		return -EINVAL;
	end = lseek(fd, 0, SEEK_END);
	if (end < 0)
		return -errno;
	*ret = (uint64_t)end;
	return 0;
}

int erofs_store_open_file(const char *path, uint64_t offset_bytes,
	const struct erofs_report *report, struct erofs_store **ret)
{
	auto_of(store) struct erofs_store *store = new_store(path);
	uint64_t size = 0;
	int r;

	if (!store)
		return -ENOMEM;
	/* O_NONBLOCK: opening a FIFO must not wait for a writer. */
	store->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (store->fd < 0)
		return erofs_fail_errno(report, -errno, "%s: cannot open", path);
	r = measure(store->fd, &size);
	if (r == -EINVAL)
		return erofs_fail(report, r, "%s: neither a regular file nor a block device", path);
	if (r < 0)
		return erofs_fail_errno(report, r, "%s: cannot find its size", path);
	if (offset_bytes > size)
		return erofs_fail(report, -EINVAL,
			"%s: offset %" PRIu64 " is past the end at %" PRIu64, path, offset_bytes,
			size);
	store->offset = offset_bytes;
	store->size = size - offset_bytes;
	*ret = take(&store);
	return 0;
}

int erofs_store_open_memory(const void *bytes, size_t size, struct erofs_store **ret)
{
	struct erofs_store *store = new_store("memory");

	if (!store)
		return -ENOMEM;
	store->bytes = bytes;
	store->size = size;
	*ret = store;
	return 0;
}

void erofs_store_close(struct erofs_store *store)
{
	if (!store)
		return;
	if (store->fd >= 0)
		close(store->fd);
	free(store->name);
	free(store);
}

uint64_t erofs_store_size(const struct erofs_store *store)
{
	return store->size;
}

const char *erofs_store_name(const struct erofs_store *store)
{
	return store->name;
}

static int read_file(int fd, uint64_t offset, uint8_t *buffer, size_t size)
{
	while (size) {
		ssize_t n = pread(fd, buffer, size, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (!n) /* shorter than when it was opened */
			return -ERANGE;
		buffer += n;
		offset += (uint64_t)n;
		size -= (size_t)n;
	}
	return 0;
}

int erofs_store_read(const struct erofs_store *store, uint64_t offset, void *buffer, size_t size)
{
	if (offset > store->size || size > store->size - offset)
		return -ERANGE;
	if (store->fd >= 0)
		return read_file(store->fd, store->offset + offset, buffer, size);
	if (size)
		memcpy(buffer, store->bytes + offset, size);
	return 0;
}
