/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Parts as files below a directory, and what directory and archive have in common. */
#include "oci/layout.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/cleanup.h"
#include "base/report.h"

DEFINE_AUTO(layout, struct erofs_oci_layout *, erofs_oci_layout_close)

#define COMPONENT_MAX 256

/* The part of @name before the next slash, which is skipped. False for what is no plain name. */
static bool next_component(const char **name, char ret[COMPONENT_MAX])
{
	size_t length = strcspn(*name, "/");

	if (!length || length >= COMPONENT_MAX)
		return false;
	memcpy(ret, *name, length);
	ret[length] = '\0';
	*name += length + ((*name)[length] == '/');
	return strcmp(ret, ".") && strcmp(ret, "..");
}

/* Walks @name below @root without following links. The descriptor of the file, or a negative errno. */
static int open_beneath(int root, const char *name)
{
	char component[COMPONENT_MAX];
	int directory = dup(root), next;

	while (directory >= 0) {
		bool last;

		if (!next_component(&name, component)) {
			close(directory);
			return -ENOENT;
		}
		last = !*name;
		next = openat(directory, component, O_RDONLY | O_NOFOLLOW | O_CLOEXEC |
			(last ? O_NONBLOCK | O_NOCTTY : O_DIRECTORY));
		if (next < 0)
			next = -errno;
		close(directory);
		if (last || next < 0)
			return next;
		directory = next;
	}
	return -errno;
}

static int fail_part(const struct erofs_oci_layout *layout, const char *name, int error)
{
	if (error == -ELOOP)
		return erofs_fail(layout->report, -EINVAL, "%s: %s is a symbolic link, which is not followed",
			layout->path, name);
	return erofs_fail_errno(layout->report, error, "%s: cannot read %s", layout->path, name);
}

static int open_file(struct erofs_oci_layout *layout, const char *name, struct erofs_oci_part *ret)
{
	auto_fd int fd = open_beneath(layout->fd, name);
	struct stat st;

	if (fd == -ENOENT)
		return -ENOENT;
	if (fd < 0)
		return fail_part(layout, name, fd);
	if (fstat(fd, &st) < 0)
		return fail_part(layout, name, -errno);
	if (!S_ISREG(st.st_mode))
		return erofs_fail(layout->report, -EINVAL, "%s: %s is not a regular file", layout->path,
			name);
	*ret = (struct erofs_oci_part){ fd, true, 0, (uint64_t)st.st_size };
	fd = -1;
	return 0;
}

int erofs_oci_part_open(struct erofs_oci_layout *layout, const char *name,
	struct erofs_oci_part *ret)
{
	return layout->is_archive ? erofs_oci_archive_find(layout, name, ret) :
				    open_file(layout, name, ret);
}

void erofs_oci_part_close(struct erofs_oci_part *part)
{
	if (part->owned)
		close(part->fd);
	*part = (struct erofs_oci_part){ .fd = -1 };
}

int erofs_oci_part_read(const struct erofs_oci_layout *layout, const struct erofs_oci_part *part,
	const char *name, uint64_t offset, void *buffer, size_t size)
{
	char *at = buffer;

	while (size) {
		ssize_t n = pread(part->fd, at, size, (off_t)(part->offset + offset));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return fail_part(layout, name, n < 0 ? -errno : -EIO);
		at += n;
		offset += (uint64_t)n;
		size -= (size_t)n;
	}
	return 0;
}

int erofs_oci_layout_load(struct erofs_oci_layout *layout, const char *name, uint64_t max_bytes,
	void **ret, size_t *ret_size)
{
	struct erofs_oci_part part;
	auto_free char *bytes = NULL;
	int r = erofs_oci_part_open(layout, name, &part);

	if (r < 0)
		return r;
	if (part.size_bytes > max_bytes)
		r = erofs_fail(layout->report, -EFBIG, "%s: %s has %" PRIu64
			" bytes, the limit for a document is %" PRIu64, layout->path, name,
			part.size_bytes, max_bytes);
	if (r == 0) {
		bytes = malloc((size_t)part.size_bytes + 1);
		r = bytes ? erofs_oci_part_read(layout, &part, name, 0, bytes,
			(size_t)part.size_bytes) : -ENOMEM;
	}
	*ret_size = (size_t)part.size_bytes;
	erofs_oci_part_close(&part);
	if (r == 0)
		*ret = take(&bytes);
	return r;
}

/* ---- opening ---- */

static struct erofs_oci_layout *new_layout(const char *path, const struct erofs_report *report)
{
	struct erofs_oci_layout *layout = calloc(1, sizeof(*layout));

	if (!layout)
		return NULL;
	layout->fd = -1;
	layout->report = report;
	erofs_arena_init(&layout->arena);
	layout->path = strdup(path);
	if (!layout->path) {
		free(layout);
		return NULL;
	}
	return layout;
}

int erofs_oci_layout_open(const char *path, const struct erofs_report *report,
	struct erofs_oci_layout **ret)
{
	auto_of(layout) struct erofs_oci_layout *layout = new_layout(path, report);
	struct stat st;
	int r = 0;

	if (!layout)
		return -ENOMEM;
	layout->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (layout->fd < 0 || fstat(layout->fd, &st) < 0)
		return erofs_fail_errno(report, -errno, "%s: cannot open image", layout->path);
	layout->is_archive = !S_ISDIR(st.st_mode);
	if (layout->is_archive && !S_ISREG(st.st_mode))
		return erofs_fail(report, -EINVAL,
			"%s: neither a directory nor a regular file: an image cannot be read from it",
			layout->path);
	if (layout->is_archive)
		r = erofs_oci_archive_list(layout);
	if (r == 0)
		*ret = take(&layout);
	return r;
}

void erofs_oci_layout_close(struct erofs_oci_layout *layout)
{
	if (!layout)
		return;
	if (layout->fd >= 0)
		close(layout->fd);
	if (layout->is_archive)
		erofs_table_fini(&layout->members);
	erofs_arena_fini(&layout->arena);
	free((char *)layout->path);
	free(layout);
}
