/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Maps of sparse files, in the four ways in which GNU tar has written them. */
#include "tar/member.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tar/number.h"

int erofs_tar_add_segment(struct erofs_tar_reader *reader, uint64_t offset, uint64_t bytes)
{
	if (reader->segment_count == EROFS_TAR_SEGMENTS_MAX)
		return erofs_tar_fail(reader, -E2BIG, "sparse file of more than %u pieces",
			EROFS_TAR_SEGMENTS_MAX);
	if (reader->segment_count == reader->segment_capacity) {
		size_t capacity = 2 * reader->segment_capacity + 64;
		void *list = reallocarray(reader->segments, capacity, sizeof(*reader->segments));

		if (!list)
			return -ENOMEM;
		reader->segments = list;
		reader->segment_capacity = capacity;
	}
	reader->segments[reader->segment_count++] = (struct erofs_tar_segment){ offset, bytes };
	return 0;
}

static int fail_map(const struct erofs_tar_reader *reader)
{
	return erofs_tar_fail(reader, -EUCLEAN, "malformed map of a sparse file");
}

/* The number up to the comma or end at *at, which is moved behind it. */
static bool next_number(const char **at, uint64_t *ret)
{
	size_t bytes = strcspn(*at, ",");
	bool good = erofs_tar_decimal(*at, bytes, ret);

	*at += bytes + ((*at)[bytes] == ',');
	return good;
}

int erofs_tar_map_text(struct erofs_tar_reader *reader, const char *text)
{
	uint64_t offset, bytes;
	int r = 0;

	while (r == 0 && *text) {
		if (!next_number(&text, &offset) || !next_number(&text, &bytes))
			return fail_map(reader);
		r = erofs_tar_add_segment(reader, offset, bytes);
	}
	return r;
}

/* Takes one block off the data. */
static int take_block(struct erofs_tar_reader *reader, const uint8_t **ret)
{
	int r = erofs_input_peek(reader->input, EROFS_TAR_BLOCK_BYTES, ret);

	if (r < 0)
		return r;
	if (r < (int)EROFS_TAR_BLOCK_BYTES)
		return erofs_tar_fail(reader, -EUCLEAN, "the archive ends in the map of a sparse file");
	erofs_input_take(reader->input, EROFS_TAR_BLOCK_BYTES);
	return 0;
}

/* ---- a map before the data: decimal numbers, a line each; the first says how many pairs follow ---- */

struct lines {
	struct erofs_tar_reader *reader;
	uint8_t block[EROFS_TAR_BLOCK_BYTES];
	size_t at;
};

static int next_line(struct lines *lines, uint64_t *ret)
{
	char digits[24];
	size_t count = 0;

	for (;;) {
		char c;

		if (lines->at == EROFS_TAR_BLOCK_BYTES) {
			const uint8_t *block;
			int r;

			if (lines->reader->member.stored < EROFS_TAR_BLOCK_BYTES)
				return fail_map(lines->reader);
			r = take_block(lines->reader, &block);
			if (r < 0)
				return r;
			lines->reader->member.stored -= EROFS_TAR_BLOCK_BYTES;
			memcpy(lines->block, block, sizeof(lines->block));
			lines->at = 0;
		}
		c = (char)lines->block[lines->at++];
		if (c == '\n')
			return erofs_tar_decimal(digits, count, ret) ? 0 : fail_map(lines->reader);
		if (count == sizeof(digits))
			return fail_map(lines->reader);
		digits[count++] = c;
	}
}

int erofs_tar_map_data(struct erofs_tar_reader *reader)
{
	struct lines lines = { .reader = reader, .at = EROFS_TAR_BLOCK_BYTES };
	uint64_t count, offset, bytes;
	int r = next_line(&lines, &count);

	reader->segment_count = 0;
	for (uint64_t i = 0; r == 0 && i < count; i++) {
		r = next_line(&lines, &offset);
		if (r == 0)
			r = next_line(&lines, &bytes);
		if (r == 0)
			r = erofs_tar_add_segment(reader, offset, bytes);
	}
	return r;
}

/* ---- a map in the header ---- */

static int take_old(struct erofs_tar_reader *reader, const struct erofs_tar_old_sparse *map)
{
	int r = 0;

	for (unsigned int i = 0; r == 0 && i < map->count; i++) {
		const uint8_t *entry = map->entries + 24 * (size_t)i;
		int64_t offset, bytes;

		/* The first empty one ends the list. */
		if (!entry[0] && !entry[12])
			return 0;
		if (!erofs_tar_field(entry, 12, &offset) || !erofs_tar_field(entry + 12, 12, &bytes) ||
		    offset < 0 || bytes < 0)
			return fail_map(reader);
		r = erofs_tar_add_segment(reader, (uint64_t)offset, (uint64_t)bytes);
	}
	return r;
}

int erofs_tar_map_old(struct erofs_tar_reader *reader, const uint8_t *block, uint64_t *ret_size)
{
	struct erofs_tar_old_sparse map = erofs_tar_sparse_header(block);
	int64_t size;
	int r;

	if (!erofs_tar_field(map.real_size, 12, &size) || size < 0)
		return fail_map(reader);
	*ret_size = (uint64_t)size;
	reader->segment_count = 0;
	r = take_old(reader, &map);
	while (r == 0 && map.more) {
		const uint8_t *more;

		r = take_block(reader, &more);
		if (r < 0)
			return r;
		map = erofs_tar_sparse_more(more);
		r = take_old(reader, &map);
	}
	return r;
}

int erofs_tar_check_map(struct erofs_tar_reader *reader)
{
	const struct erofs_tar_member *member = &reader->member;
	uint64_t end = 0, sum = 0;
	size_t kept = 0;

	for (size_t i = 0; i < reader->segment_count; i++) {
		struct erofs_tar_segment segment = reader->segments[i];

		if (segment.offset < end || segment.offset > member->size ||
		    segment.bytes > member->size - segment.offset)
			return erofs_tar_fail(reader, -EUCLEAN, "piece %zu of a sparse file of %" PRIu64
				" bytes is at %" PRIu64 ", %" PRIu64 " bytes long: overlaps, is out of "
				"order or ends behind the file", i, member->size, segment.offset,
				segment.bytes);
		end = segment.offset + segment.bytes;
		sum += segment.bytes;
		if (segment.bytes)
			reader->segments[kept++] = segment;
	}
	reader->segment_count = kept;
	if (sum != member->stored)
		return erofs_tar_fail(reader, -EUCLEAN, "pieces of a sparse file have %" PRIu64
			" bytes, but %" PRIu64 " are stored", sum, member->stored);
	return 0;
}
