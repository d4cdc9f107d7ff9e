/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Directory blocks (format section 5). */
#include "image/dirblock.h"

#include <string.h>
#include "format/erofs_fs.h"

const char *erofs_dirblock_init(struct erofs_span span, size_t block_size,
	struct erofs_dirblock *ret)
{
	const struct erofs_dirent *first = erofs_span_at(span, 0, sizeof(*first));
	size_t names;

	if (!first)
		return "too short for an entry";
	names = erofs_get16(first->nameoff);
	if (names < sizeof(*first) || names % sizeof(*first))
		return "names start at an impossible offset";
	if (names >= block_size || names > span.size)
		return "names start past the end";
	*ret = (struct erofs_dirblock){ span, (uint32_t)(names / sizeof(*first)) };
	return NULL;
}

static const struct erofs_dirent *record(const struct erofs_dirblock *block, uint32_t index)
{
	return (const struct erofs_dirent *)block->span.data + index;
}

/* Where the name of @index ends: where the next one starts or, for the last one, at a NUL or the end. */
static size_t name_end(const struct erofs_dirblock *block, uint32_t index, size_t start)
{
	const uint8_t *nul;

	if (index + 1 < block->count)
		return erofs_get16(record(block, index + 1)->nameoff);
	nul = memchr(block->span.data + start, '\0', block->span.size - start);
	return nul ? (size_t)(nul - block->span.data) : block->span.size;
}

const char *erofs_dirblock_entry(const struct erofs_dirblock *block, uint32_t index,
	struct erofs_dir_entry *ret)
{
	const struct erofs_dirent *raw = record(block, index);
	size_t names = block->count * sizeof(*raw);
	size_t start = erofs_get16(raw->nameoff);
	const char *name = (const char *)block->span.data + start;
	size_t end;

	if (start < names || start > block->span.size)
		return "name starts outside the names";
	end = name_end(block, index, start);
	if (end <= start || end > block->span.size)
		return "name ends before it starts or past the end";
	if (end - start > EROFS_NAME_MAX)
		return "name of more than 255 bytes";
	if (memchr(name, '\0', end - start) || memchr(name, '/', end - start))
		return "NUL or '/' in a name";
	if (raw->file_type > EROFS_TYPE_SYMLINK)
		return "unknown file type";
	*ret = (struct erofs_dir_entry){
		.nid = erofs_get64(raw->nid),
		.type = (enum erofs_file_type)raw->file_type,
		.name = name,
		.name_bytes = (uint32_t)(end - start),
	};
	return NULL;
}

int erofs_name_compare(const char *a, size_t a_bytes, const char *b, size_t b_bytes)
{
	size_t common = a_bytes < b_bytes ? a_bytes : b_bytes;
	int r = memcmp(a, b, common);

	if (r)
		return r;
	return (a_bytes > b_bytes) - (a_bytes < b_bytes);
}
