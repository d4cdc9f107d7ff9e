/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Directories under extraction: a stack of which only the first and the last levels are open. */
#include "extract.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OPEN_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

/* The destination itself always stays open; of the rest, this many nearest to the top. */
#define OPEN_LEVELS 64

static int grow(struct extract_dirs *dirs)
{
	size_t capacity = dirs->capacity ? 2 * dirs->capacity : 32;
	struct extract_level *levels;

	if (dirs->depth < dirs->capacity)
		return 0;
	levels = realloc(dirs->levels, capacity * sizeof(*levels));
	if (!levels)
		return -ENOMEM;
	dirs->levels = levels;
	dirs->capacity = capacity;
	return 0;
}

static void close_level(struct extract_level *level)
{
	if (level->fd >= 0)
		close(level->fd);
	level->fd = -1;
}

/* Closes what is now too far below the top. */
static void close_distant(struct extract_dirs *dirs, size_t top)
{
	if (top > OPEN_LEVELS)
		close_level(&dirs->levels[top - OPEN_LEVELS]);
}

int extract_dirs_push(struct extract_dirs *dirs, int fd, const char *name, const char *path,
	const struct erofs_inode *inode)
{
	struct extract_level level = { .inode = *inode, .fd = fd };
	int r = grow(dirs);

	if (r < 0)
		return r;
	level.name = strdup(name);
	level.path = strdup(path);
	if (!level.name || !level.path) {
		free(level.name);
		free(level.path);
		return -ENOMEM;
	}
	dirs->levels[dirs->depth++] = level;
	close_distant(dirs, dirs->depth - 1);
	return 0;
}

int extract_dirs_top(struct extract_dirs *dirs)
{
	size_t top = dirs->depth - 1, level = top;

	while (dirs->levels[level].fd < 0)
		level--;
	for (; level < top; level++) {
		int fd = openat(dirs->levels[level].fd, dirs->levels[level + 1].name, OPEN_FLAGS);

		if (fd < 0)
			return -errno;
		dirs->levels[level + 1].fd = fd;
		close_distant(dirs, level + 1);
	}
	return dirs->levels[top].fd;
}

void extract_dirs_pop(struct extract_dirs *dirs)
{
	struct extract_level *level = &dirs->levels[--dirs->depth];

	close_level(level);
	free(level->name);
	free(level->path);
	if (!dirs->depth) {
		free(dirs->levels);
		*dirs = (struct extract_dirs){ 0 };
	}
}

int extract_dirs_open_parent(struct extract_dirs *dirs, const char *path, const char **ret_name)
{
	int fd = fcntl(dirs->levels[0].fd, F_DUPFD_CLOEXEC, 0);
	const char *slash;

	for (path++; fd >= 0 && (slash = strchr(path, '/')); path = slash + 1) {
		char name[256];
		int next;

		if ((size_t)(slash - path) >= sizeof(name)) {
			close(fd);
			return -ENAMETOOLONG;
		}
		memcpy(name, path, (size_t)(slash - path));
		name[slash - path] = '\0';
		next = openat(fd, name, OPEN_FLAGS);
		if (next < 0)
			next = -errno;
		close(fd);
		fd = next;
		errno = next < 0 ? -next : 0;
	}
	*ret_name = path;
	return fd < 0 ? -errno : fd;
}
