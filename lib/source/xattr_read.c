/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Three ways to read an attribute of a directory's entry. A file cannot simply be opened for it:
 * devices and fifos act on being opened, and symbolic links cannot be. */
#include "source/xattr_read.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

/* New system calls have one number everywhere except on alpha; older kernel headers lack them. */
#if !defined(SYS_listxattrat) && !defined(__alpha__)
#define SYS_getxattrat 464
#define SYS_listxattrat 465
#endif

/* "/proc/self/fd/", a number, '/', a name. */
#define PROC_PATH_SIZE (32 + 4 * NAME_MAX)

struct getxattr_arguments {
	_Alignas(8) uint64_t value;
	uint32_t size;
	uint32_t flags;
};

static ssize_t result(ssize_t r)
{
	return r < 0 ? -errno : r;
}

#ifdef SYS_listxattrat
static ssize_t list_by_call(int dir, const char *name, char *buffer, size_t size)
{
	int flags = AT_SYMLINK_NOFOLLOW | (*name ? 0 : AT_EMPTY_PATH);

	return result(syscall(SYS_listxattrat, dir, name, flags, buffer, size));
}

static ssize_t get_by_call(const struct erofs_xattr_site *site, const char *attribute, char *buffer,
	size_t size)
{
	struct getxattr_arguments arguments = { (uintptr_t)buffer, (uint32_t)size, 0 };
	int flags = AT_SYMLINK_NOFOLLOW | (*site->name ? 0 : AT_EMPTY_PATH);

	return result(syscall(SYS_getxattrat, site->dir, site->name, flags, attribute, &arguments,
		sizeof(arguments)));
}
#else
static ssize_t list_by_call(int dir, const char *name, char *buffer, size_t size)
{
	(void)dir, (void)name, (void)buffer, (void)size;
	return -ENOSYS;
}

static ssize_t get_by_call(const struct erofs_xattr_site *site, const char *attribute, char *buffer,
	size_t size)
{
	(void)site, (void)attribute, (void)buffer, (void)size;
	return -ENOSYS;
}
#endif

static bool proc_path(int dir, const char *name, char path[PROC_PATH_SIZE])
{
	int length = snprintf(path, PROC_PATH_SIZE, "/proc/self/fd/%d/%s", dir, name);

	return length > 0 && length < PROC_PATH_SIZE;
}

static enum erofs_xattr_method find_method(int dir, char *buffer)
{
	ssize_t r = list_by_call(dir, "", buffer, XATTR_LIST_MAX);
	char path[PROC_PATH_SIZE];

	if (r >= 0 || r == -EOPNOTSUPP || r == -E2BIG)
		return EROFS_XATTR_BY_CALL;
	if (proc_path(dir, "", path) && !access(path, F_OK))
		return EROFS_XATTR_BY_PROC;
	return EROFS_XATTR_BY_PATH;
}

int erofs_xattr_reader_init(struct erofs_xattr_reader *reader, int dir)
{
	*reader = (struct erofs_xattr_reader){
		.names = malloc(XATTR_LIST_MAX),
		.value = malloc(XATTR_SIZE_MAX),
	};
	if (!reader->names || !reader->value) {
		erofs_xattr_reader_fini(reader);
		return -ENOMEM;
	}
	reader->method = find_method(dir, reader->names);
	return 0;
}

void erofs_xattr_reader_fini(struct erofs_xattr_reader *reader)
{
	free(reader->names);
	free(reader->value);
	reader->names = reader->value = NULL;
}

/* The text to hand to l*xattr, in @buffer or borrowed from @site. */
static const char *path_of(const struct erofs_xattr_reader *reader,
	const struct erofs_xattr_site *site, char buffer[PROC_PATH_SIZE])
{
	if (reader->method == EROFS_XATTR_BY_PROC && proc_path(site->dir, site->name, buffer))
		return buffer;
	return site->path;
}

ssize_t erofs_xattr_reader_list(struct erofs_xattr_reader *reader,
	const struct erofs_xattr_site *site)
{
	char path[PROC_PATH_SIZE];
	ssize_t r;

	if (reader->method == EROFS_XATTR_BY_CALL)
		r = list_by_call(site->dir, site->name, reader->names, XATTR_LIST_MAX);
	else
		r = result(llistxattr(path_of(reader, site, path), reader->names, XATTR_LIST_MAX));
	return r == -EOPNOTSUPP ? 0 : r;
}

ssize_t erofs_xattr_reader_get(struct erofs_xattr_reader *reader,
	const struct erofs_xattr_site *site, const char *attribute)
{
	char path[PROC_PATH_SIZE];

	if (reader->method == EROFS_XATTR_BY_CALL)
		return get_by_call(site, attribute, reader->value, XATTR_SIZE_MAX);
	return result(lgetxattr(path_of(reader, site, path), attribute, reader->value,
		XATTR_SIZE_MAX));
}
