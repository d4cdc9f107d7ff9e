/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Paths that are kept, one for each file. In an image a deep directory costs a few bytes, and the path of each
 * file in it megabytes: an image may ask for so many times its size and no more. */
#ifndef EROFS_ISHARE_PATHS_H
#define EROFS_ISHARE_PATHS_H

#include <erofs/walk.h>
#include "base/arena.h"

struct erofs_paths {
	struct erofs_arena *arena;	/* where they go */
	struct erofs_reader *rd;	/* through which errors are reported */
	uint64_t limit_bytes, bytes;
};

/* All that @rd's image may ask for. Both are borrowed. */
struct erofs_paths erofs_paths_start(struct erofs_arena *arena, struct erofs_reader *rd);
/* A copy of the path of @entry. -EFBIG with a message past the limit. */
int erofs_paths_keep(struct erofs_paths *paths, const struct erofs_walk_entry *entry, const char **ret);

#endif
