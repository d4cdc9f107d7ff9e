/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* From a path as a source writes it to the name it means. */
#include "tree/graft_name.h"

#include <errno.h>
#include <string.h>

#include "base/report.h"

int erofs_graft_fail(const struct erofs_graft *graft, const char *path, int error, const char *what)
{
	return erofs_fail(graft->loader->tree->report, error, "%s: %s", *path ? path : "/", what);
}

/* Cuts the last name off a clean path of @bytes bytes. */
static size_t cut_last(const char *path, size_t bytes)
{
	while (bytes && path[bytes - 1] != '/')
		bytes--;
	return bytes ? bytes - 1 : 0;
}

/* "a/../b" is "b" even where "a" is a symbolic link: a source names its own files. */
int erofs_graft_clean(struct erofs_graft *graft, const char *path, char *ret)
{
	const char *part = path;
	size_t bytes = 0, depth = 0;

	while (*part) {
		size_t length = strcspn(part, "/");

		if (length == 2 && part[0] == '.' && part[1] == '.') {
			bytes = cut_last(ret, bytes);
			depth -= depth > 0;
		} else if (length && !(length == 1 && *part == '.')) {
			if (bytes + 1 + length > EROFS_GRAFT_PATH_MAX_BYTES ||
			    ++depth > EROFS_GRAFT_PATH_MAX_DEPTH)
				return erofs_graft_fail(graft, path, -ENAMETOOLONG,
					"longer or deeper than a path can be");
			if (bytes)
				ret[bytes++] = '/';
			memcpy(ret + bytes, part, length);
			bytes += length;
		}
		part += length + (part[length] == '/');
	}
	ret[bytes] = '\0';
	return 0;
}

struct erofs_graft_name *erofs_graft_lookup(const struct erofs_graft *graft, const char *path)
{
	struct erofs_graft_name *name = graft->root;

	while (*path && name) {
		size_t length = strcspn(path, "/");

		name = erofs_graft_name_find(graft, name, path, length);
		path += length + (path[length] == '/');
	}
	return name;
}

int erofs_graft_name_get(struct erofs_graft *graft, struct erofs_graft_name *parent,
	const char *name, const char *path, struct erofs_graft_name **ret)
{
	size_t bytes = strlen(name);
	struct erofs_graft_name *got = erofs_graft_name_find(graft, parent, name, bytes);
	int r;

	if (!got) {
		r = erofs_loader_check_name(graft->loader, name, path);
		if (r < 0)
			return r;
		got = erofs_graft_name_add(graft, parent, name, bytes);
	}
	if (!got)
		return -ENOMEM;
	*ret = got;
	return 0;
}

/* A directory that no entry names is like its parent, but writable by no more than that is. */
static int imply(struct erofs_graft *graft, struct erofs_graft_name *name, const char *path)
{
	const struct erofs_node *model = name->parent->node;
	struct erofs_entry entry = {
		.mode = S_IFDIR | 0755 | (model->mode & 0022),
		.uid = model->uid,
		.gid = model->gid,
		.mtime_seconds = model->mtime_seconds,
		.mtime_nsec = model->mtime_nsec,
	};
	struct erofs_node *node;
	int r;

	if (++graft->implied > EROFS_GRAFT_IMPLIED_MAX + EROFS_GRAFT_IMPLIED_MAX_PER_ENTRY * graft->entries)
		return erofs_graft_fail(graft, path, -E2BIG,
			"too many directories that no member of its own stands for");
	r = erofs_loader_implied(graft->loader, &entry, path, &node);
	if (r == 0)
		erofs_graft_name_set(graft, name, node, NULL);
	return r;
}

/* The directory @part of @parent as this layer needs it. @path ends with it here. */
static int enter(struct erofs_graft *graft, struct erofs_graft_name *parent, const char *part,
	const char *path, struct erofs_graft_name **ret)
{
	struct erofs_graft_name *name;
	int r = erofs_graft_name_get(graft, parent, part, path, &name);

	if (r < 0)
		return r;
	if (!erofs_graft_is_directory(name)) {
		if (!erofs_graft_is_dead(name) && name->layer == graft->layer && !name->whiteout)
			return erofs_graft_fail(graft, path, -ENOTDIR,
				"files below it, but it is not a directory");
		r = imply(graft, name, path);
	}
	name->layer = graft->layer;
	*ret = name;
	return r;
}

static void remember(struct erofs_graft *graft, const char *path, size_t bytes,
	struct erofs_graft_name *directory)
{
	memcpy(graft->last_path, path, bytes);
	graft->last_bytes = bytes;
	graft->last_directory = directory;
}

static bool is_last(const struct erofs_graft *graft, const char *path, size_t bytes)
{
	const struct erofs_graft_name *last = graft->last_directory;

	return last && bytes == graft->last_bytes && !memcmp(path, graft->last_path, bytes) &&
	       erofs_graft_is_directory(last) && last->layer == graft->layer;
}

int erofs_graft_parent(struct erofs_graft *graft, char *path, struct erofs_graft_name **ret_parent,
	const char **ret_name)
{
	size_t end = cut_last(path, strlen(path));
	struct erofs_graft_name *parent = graft->root;
	char *part = path;
	int r = 0;

	graft->entries++;
	parent->layer = graft->layer;
	*ret_name = path + end + (path[end] == '/');
	if (is_last(graft, path, end)) {
		*ret_parent = graft->last_directory;
		return 0;
	}
	while (r == 0 && part < path + end) {
		char *slash = strchr(part, '/');

		*slash = '\0';
		r = enter(graft, parent, part, path, &parent);
		*slash = '/';
		part = slash + 1;
	}
	if (r < 0)
		return r;
	remember(graft, path, end, parent);
	*ret_parent = parent;
	return 0;
}
