/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Files are opened by path when their turn comes. Between the scan and the last byte anything may
 * happen to them, so they are compared with what the scan saw before and after reading. */
#include "source/content_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/report.h"
#include "source/beneath.h"

/* From here on the kernel is told that a file will be read to its end. */
#define LARGE_BYTES (1u << 20)

struct dir_source {
	struct erofs_content_source base;
	int root;
	char path[]; /* without trailing slashes */
};

struct dir_content {
	struct erofs_content base;
	const struct dir_source *source;
	const struct erofs_node *node;
	const struct erofs_report *report;
	int fd;
};

DEFINE_AUTO(content, struct dir_content *, free)

static int fail_content(const struct dir_content *content, int error, const char *what)
{
	char path[EROFS_NODE_PATH_SHOWN];

	return erofs_fail_errno(content->report, error, "%s%s: %s", content->source->path,
		erofs_node_path(content->node, path, sizeof(path)), what);
}

static int fail_changed(const struct dir_content *content, const char *how)
{
	char path[EROFS_NODE_PATH_SHOWN];

	return erofs_fail(content->report, -ESTALE, "%s%s: changed while being read: %s",
		content->source->path, erofs_node_path(content->node, path, sizeof(path)), how);
}

static int check_size(const struct dir_content *content, uint64_t now)
{
	char how[80];

	if (now == content->node->size_bytes)
		return 0;
	snprintf(how, sizeof(how), "%" PRIu64 " bytes became %" PRIu64,
		content->node->size_bytes, now);
	return fail_changed(content, how);
}

/* Whether the open file is the one that was scanned, in the state that was scanned. */
static int check(const struct dir_content *content)
{
	const struct erofs_node *node = content->node;
	struct stat st;
	int r;

	if (fstat(content->fd, &st) < 0)
		return fail_content(content, -errno, "cannot stat");
	if (st.st_ino != node->source_inode || st.st_dev != node->source_device ||
	    !S_ISREG(st.st_mode))
		return fail_changed(content, "it is another file now");
	r = check_size(content, (uint64_t)st.st_size);
	if (r < 0)
		return r;
	if (st.st_mtim.tv_sec != node->source_mtime_seconds ||
	    (uint32_t)st.st_mtim.tv_nsec != node->source_mtime_nsec)
		return fail_changed(content, "it was written to");
	return 0;
}

/* O_NONBLOCK: a fifo that took the place of the file must not stop us. */
static int open_node(const struct dir_source *source, const struct erofs_node *node)
{
	size_t size = erofs_node_path_bytes(node) + 1;
	auto_free char *long_path = size > PATH_MAX ? malloc(size) : NULL;
	char short_path[PATH_MAX];
	char *path = size > PATH_MAX ? long_path : short_path;

	if (!path)
		return -ENOMEM;
	erofs_node_path(node, path, size);
	return erofs_open_beneath(source->root, path + 1, O_RDONLY | O_NONBLOCK);
}

static int dir_open(struct erofs_content_source *base, const struct erofs_node *node,
	const struct erofs_report *report, struct erofs_content **ret);

static int dir_read(struct erofs_content *base, uint64_t offset, void *buffer, size_t size)
{
	const struct dir_content *content = (const struct dir_content *)base;
	char *to = buffer;

	while (size) {
		ssize_t got = pread(content->fd, to, size, (off_t)offset);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail_content(content, -errno, "cannot read");
		if (got == 0)
			return check_size(content, offset);
		to += got;
		offset += (uint64_t)got;
		size -= (size_t)got;
	}
	return 0;
}

/* File systems that know no holes present a file as one range of data; so do we when one cannot say. */
static int dir_next_data(struct erofs_content *base, uint64_t offset, uint64_t *ret_start,
	uint64_t *ret_end)
{
	const struct dir_content *content = (const struct dir_content *)base;
	uint64_t size = content->node->size_bytes;
	off_t start, end;

	if (offset >= size)
		return 0;
	start = lseek(content->fd, (off_t)offset, SEEK_DATA);
	if (start < 0 && errno == ENXIO)
		return 0;
	end = start < 0 ? -1 : lseek(content->fd, start, SEEK_HOLE);
	if (start >= 0 && (uint64_t)start >= size)
		return 0;
	*ret_start = start < 0 ? offset : (uint64_t)start;
	/* A range that became a hole in between has no end behind its start: then it is read as data. */
	*ret_end = end <= start || (uint64_t)end > size ? size : (uint64_t)end;
	return 1;
}

static int dir_finish(struct erofs_content *base)
{
	return check((const struct dir_content *)base);
}

static void dir_close(struct erofs_content *base)
{
	struct dir_content *content = (struct dir_content *)base;

	close(content->fd);
	free(content);
}

static void dir_free(struct erofs_content_source *base)
{
	struct dir_source *source = (struct dir_source *)base;

	close(source->root);
	free(source);
}

static const struct erofs_content_ops dir_ops = {
	.open = dir_open,
	.read = dir_read,
	.next_data = dir_next_data,
	.finish = dir_finish,
	.close = dir_close,
	.free = dir_free,
};

static int dir_open(struct erofs_content_source *base, const struct erofs_node *node,
	const struct erofs_report *report, struct erofs_content **ret)
{
	auto_of(content) struct dir_content *content = malloc(sizeof(*content));
	int r;

	if (!content)
		return -ENOMEM;
	*content = (struct dir_content){
		.base = { &dir_ops },
		.source = (const struct dir_source *)base,
		.node = node,
		.report = report,
	};
	content->fd = open_node(content->source, node);
	if (content->fd == -ENOENT || content->fd == -ELOOP || content->fd == -ENOTDIR)
		return fail_changed(content, strerror(-content->fd));
	if (content->fd < 0)
		return fail_content(content, content->fd, "cannot open");
	r = check(content);
	if (r < 0) {
		close(content->fd);
		return r;
	}
	if (node->size_bytes >= LARGE_BYTES)
		posix_fadvise(content->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	*ret = &take(&content)->base;
	return 0;
}

int erofs_content_dir_new(int root, const char *path, struct erofs_content_source **ret)
{
	auto_fd int owned = root;
	size_t bytes = strlen(path);
	struct dir_source *source;

	while (bytes && path[bytes - 1] == '/')
		bytes--;
	source = malloc(sizeof(*source) + bytes + 1);
	if (!source)
		return -ENOMEM;
	source->base.ops = &dir_ops;
	source->root = owned;
	memcpy(source->path, path, bytes);
	source->path[bytes] = '\0';
	owned = -1;
	*ret = &source->base;
	return 0;
}
