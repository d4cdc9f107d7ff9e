/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* The limit is far above what names that people give come to. */
#include "ishare/paths.h"

#include <errno.h>
#include <inttypes.h>

#include "image/reader.h"

#define FREE_BYTES ((uint64_t)64 << 20)
#define FACTOR 64u

struct erofs_paths erofs_paths_start(struct erofs_arena *arena, struct erofs_reader *rd)
{
	uint64_t size = erofs_image_size_bytes(erofs_reader_image(rd));
	bool huge = size > (UINT64_MAX - FREE_BYTES) / FACTOR;

	return (struct erofs_paths){ arena, rd, huge ? UINT64_MAX : FREE_BYTES + FACTOR * size, 0 };
}

int erofs_paths_keep(struct erofs_paths *paths, const struct erofs_walk_entry *entry, const char **ret)
{
	if (entry->path_bytes > paths->limit_bytes - paths->bytes)
		return erofs_nid_fail(paths->rd, entry->nid, -EFBIG, "the paths of files have more than %"
			PRIu64 " bytes, in an image of %" PRIu64, paths->limit_bytes,
			erofs_image_size_bytes(erofs_reader_image(paths->rd)));
	paths->bytes += entry->path_bytes;
	*ret = erofs_arena_string(paths->arena, entry->path, entry->path_bytes);
	return *ret ? 0 : -ENOMEM;
}
