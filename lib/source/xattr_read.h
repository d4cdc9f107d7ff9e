/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Reading extended attributes of a directory's entries without following symbolic links. */
#ifndef EROFS_SOURCE_XATTR_READ_H
#define EROFS_SOURCE_XATTR_READ_H

#include <sys/types.h>

/* How the kernel is asked: the *xattrat calls of Linux 6.13, else through the descriptor's link in
 * /proc, else by path. */
enum erofs_xattr_method {
	EROFS_XATTR_BY_CALL = 0,
	EROFS_XATTR_BY_PROC,
	EROFS_XATTR_BY_PATH,
};

struct erofs_xattr_reader {
	enum erofs_xattr_method method;
	char *names;		/* of the last list, each with its NUL */
	char *value;		/* the last value */
};

/* One file: @name in the open directory @dir, "" for @dir itself; @path leads there from the current directory. */
struct erofs_xattr_site {
	int dir;
	const char *name;
	const char *path;
};

/* Finds out, with the directory @dir, which method works. 0 or -ENOMEM. */
int erofs_xattr_reader_init(struct erofs_xattr_reader *reader, int dir);
void erofs_xattr_reader_fini(struct erofs_xattr_reader *reader);
/* Bytes in reader->names, or -errno. A file system without attributes has none. */
ssize_t erofs_xattr_reader_list(struct erofs_xattr_reader *reader,
	const struct erofs_xattr_site *site);
/* Bytes in reader->value, or -errno. */
ssize_t erofs_xattr_reader_get(struct erofs_xattr_reader *reader,
	const struct erofs_xattr_site *site, const char *attribute);

#endif
