/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Paths resolved relative to a directory. openat2 (Linux 5.6) refuses symbolic links in every component
 * at the price of one call; elsewhere each component is opened on its own. */
#include "source/beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"

typedef int open_function(int dir, const char *path, int flags);

static int open_plain(int dir, const char *path, int flags)
{
	int fd = openat(dir, path, flags | O_CLOEXEC | O_NOFOLLOW);

	return fd < 0 ? -errno : fd;
}

static int open_resolved(int dir, const char *path, int flags)
{
	struct open_how how = {
		.flags = (uint64_t)(flags | O_CLOEXEC | O_NOFOLLOW),
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS,
	};
	long fd = syscall(SYS_openat2, dir, path, &how, sizeof(how));

	return fd < 0 ? -errno : (int)fd;
}

/* Reading must not change a source; but only the owner of a file may ask for that. */
static int open_quietly(open_function *open_one, int dir, const char *path, int flags)
{
	int fd;

	if (flags & O_PATH)
		return open_one(dir, path, flags);
	fd = open_one(dir, path, flags | O_NOATIME);
	return fd == -EPERM ? open_one(dir, path, flags) : fd;
}

int erofs_open_entry(int dir, const char *name, int flags)
{
	return open_quietly(open_plain, dir, name, flags);
}

/* Cuts the next piece off @path into @piece: as much as one system call takes, or one component.
 * Returns what is left, NULL when @piece is the last. */
static const char *cut(const char *path, bool one_component, char piece[PATH_MAX])
{
	size_t length = strnlen(path, PATH_MAX);
	const char *slash = one_component ? strchr(path, '/') : NULL;

	if (!one_component && length == PATH_MAX)
		slash = memrchr(path, '/', PATH_MAX);
	if (slash)
		length = (size_t)(slash - path);
	if (length >= PATH_MAX)
		length = PATH_MAX - 1; /* a component too long for any file system: the kernel says so */
	memcpy(piece, path, length);
	piece[length] = '\0';
	return slash ? slash + 1 : NULL;
}

static int open_pieces(int root, const char *path, int flags, open_function *open_one)
{
	auto_fd int dir = -1;
	char piece[PATH_MAX];
	int at = root;

	while ((path = cut(path, open_one == open_plain, piece))) {
		int next = open_one(at, piece, O_PATH | O_DIRECTORY);

		if (next < 0)
			return next;
		if (dir >= 0)
			close(dir);
		at = dir = next;
	}
	return open_quietly(open_one, at, piece[0] ? piece : ".", flags);
}

int erofs_open_beneath_stepwise(int root, const char *path, int flags)
{
	return open_pieces(root, path, flags, open_plain);
}

int erofs_open_beneath(int root, const char *path, int flags)
{
	int fd = open_pieces(root, path, flags, open_resolved);

	/* A container's system call filter may answer EPERM for a call it does not know. */
	if (fd == -ENOSYS || fd == -EPERM)
		return erofs_open_beneath_stepwise(root, path, flags);
	return fd;
}
