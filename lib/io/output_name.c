/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Names of outputs: what a destination means behind its symbolic links, and names until it is there. */
#include "io/output_state.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"

#define LINKS_MAX 40	     /* symbolic links followed, as the kernel does */
#define NAME_ATTEMPTS 10000u

char *erofs_output_directory(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return strdup(".");
	return strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

/* What the symbolic link @path points to, relative to where @path is. */
static int follow_once(const char *path, char **ret)
{
	char text[PATH_MAX];
	ssize_t n = readlink(path, text, sizeof(text) - 1);
	auto_free char *directory = NULL;

	if (n < 0)
		return -errno;
	text[n] = '\0';
	if (text[0] == '/') {
		*ret = strdup(text);
		return *ret ? 0 : -ENOMEM;
	}
	directory = erofs_output_directory(path);
	if (!directory || asprintf(ret, "%s/%s", directory, text) < 0)
		return -ENOMEM;
	return 0;
}

int erofs_output_resolve(const char *path, char **ret)
{
	char *at = strdup(path);
	struct stat st;

	for (int i = 0; at && i < LINKS_MAX; i++) {
		char *next;
		int r;

		if (lstat(at, &st) < 0 || !S_ISLNK(st.st_mode)) {
			*ret = at;
			return 0;
		}
		r = follow_once(at, &next);
		free(at);
		if (r < 0)
			return r;
		at = next;
	}
	free(at);
	return at ? -ELOOP : -ENOMEM;
}

/* ---- temporary names ---- */

/* A temporary name can be derived from any other: the directory, a dot, our number, a counter. */
static int next_name(const struct erofs_output *out, unsigned int attempt, char **ret)
{
	auto_free char *directory = erofs_output_directory(out->target);

	if (!directory)
		return -ENOMEM;
	if (asprintf(ret, "%s/.mkfs.erofs.%ld.%u", directory, (long)getpid(), attempt) < 0) {
		*ret = NULL;
		return -ENOMEM;
	}
	return 0;
}

void erofs_output_tell(const struct erofs_output *out, const char *name, enum erofs_temporary_state state)
{
	if (out->watcher.notice)
		out->watcher.notice(out->watcher.user, name, state);
}

int erofs_output_make_temporary(struct erofs_output *out,
	int (*make)(struct erofs_output *out, const char *name), const char *what)
{
	for (unsigned int i = 0; i < NAME_ATTEMPTS; i++) {
		auto_free char *name = NULL;
		int r = next_name(out, i, &name);

		if (r < 0)
			return erofs_output_fail(out, r, what);
		erofs_output_tell(out, name, EROFS_TEMPORARY_COMING);
		r = make(out, name);
		erofs_output_tell(out, name, r == 0 ? EROFS_TEMPORARY_MADE : EROFS_TEMPORARY_GONE);
		if (r == 0) {
			out->temporary = take(&name);
			return 0;
		}
		if (r != -EEXIST)
			return erofs_output_fail(out, r, what);
	}
	return erofs_output_fail(out, -EEXIST, what);
}

void erofs_output_descriptor_path(const struct erofs_output *out, char *buffer, size_t size)
{
	snprintf(buffer, size, "/proc/self/fd/%d", out->fd);
}

int erofs_output_give_name(struct erofs_output *out, const char *name)
{
	char path[64];

	erofs_output_descriptor_path(out, path, sizeof(path));
	return linkat(AT_FDCWD, path, AT_FDCWD, name, AT_SYMLINK_FOLLOW) < 0 ? -errno : 0;
}

/* ---- one file by two names ---- */

bool erofs_output_same_file(const struct stat *a, const struct stat *b)
{
	if (S_ISBLK(a->st_mode) && S_ISBLK(b->st_mode))
		return a->st_rdev == b->st_rdev;
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

bool erofs_output_same(const struct erofs_output *a, const struct erofs_output *b)
{
	auto_free char *directory_a = erofs_output_directory(a->target);
	auto_free char *directory_b = erofs_output_directory(b->target);
	const char *slash_a = strrchr(a->target, '/'), *slash_b = strrchr(b->target, '/');
	struct stat st_a, st_b;
	bool there = stat(a->target, &st_a) == 0;

	if (there != (stat(b->target, &st_b) == 0))
		return false;
	if (there)
		return erofs_output_same_file(&st_a, &st_b);
	/* New files: one directory, however it is spelled, and one name. */
	return directory_a && directory_b && stat(directory_a, &st_a) == 0 &&
		stat(directory_b, &st_b) == 0 && erofs_output_same_file(&st_a, &st_b) &&
		!strcmp(slash_a ? slash_a + 1 : a->target, slash_b ? slash_b + 1 : b->target);
}
