/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* A path that grows and shrinks by one name as a walk goes down and up. */
#ifndef EROFS_TREE_PATH_H
#define EROFS_TREE_PATH_H

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct erofs_path {
	char *text; /* NUL-terminated */
	size_t bytes, room;
};

/* Appends "/@name", or just @name to an empty path or one that ends in a slash. */
static inline int erofs_path_push(struct erofs_path *path, const char *name)
{
	size_t length = strlen(name);

	if (path->room - path->bytes < length + 2) {
		size_t room = 2 * path->room + length + 256;
		char *text = realloc(path->text, room);

		if (!text)
			return -ENOMEM;
		path->text = text;
		path->room = room;
	}
	if (path->bytes && path->text[path->bytes - 1] != '/')
		path->text[path->bytes++] = '/';
	memcpy(path->text + path->bytes, name, length + 1);
	path->bytes += length;
	return 0;
}

/* Back to a length it had before. */
static inline void erofs_path_cut(struct erofs_path *path, size_t bytes)
{
	path->bytes = bytes;
	path->text[bytes] = '\0';
}

#endif
