/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hand-made images. */
#include "tests/unit/image/sample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>

static void remember(void *user, enum erofs_level level, const char *text)
{
	struct sample *s = user;

	(void)level;
	s->messages++;
	snprintf(s->message, sizeof(s->message), "%s", text);
}

void sample_init(struct sample *s, size_t blocks)
{
	struct erofs_super_block *raw;

	*s = (struct sample){ .size = blocks * SAMPLE_BLOCK };
	s->report = (struct erofs_report){ .user = s, .message = remember };
	s->bytes = calloc(1, s->size);
	assert_non_null(s->bytes);
	raw = sample_super(s);
	raw->magic = erofs_put32(EROFS_SUPER_MAGIC);
	raw->blkszbits = 12;
	raw->rootnid_2b = erofs_put16(SAMPLE_ROOT);
	raw->epoch = erofs_put64(SAMPLE_EPOCH);
	raw->blocks_lo = erofs_put32((uint32_t)blocks);
}

static void close_sample(struct sample *s)
{
	erofs_reader_free(s->rd);
	erofs_image_close(s->img);
	s->rd = NULL;
	s->img = NULL;
}

void sample_fini(struct sample *s)
{
	close_sample(s);
	free(s->bytes);
	s->bytes = NULL;
}

struct erofs_super_block *sample_super(struct sample *s)
{
	return (struct erofs_super_block *)(s->bytes + EROFS_SUPER_OFFSET);
}

static void *slot(struct sample *s, uint64_t nid, size_t size)
{
	assert_true(nid * EROFS_SLOT_SIZE + size <= s->size);
	return s->bytes + nid * EROFS_SLOT_SIZE;
}

struct erofs_inode_compact *sample_compact(struct sample *s, uint64_t nid, uint16_t mode,
	enum erofs_layout layout, uint32_t size, uint32_t u)
{
	struct erofs_inode_compact *raw = slot(s, nid, sizeof(*raw));

	*raw = (struct erofs_inode_compact){
		.i_format = erofs_put16((uint16_t)(layout << EROFS_I_LAYOUT_SHIFT)),
		.i_mode = erofs_put16(mode),
		.i_nb = erofs_put16(1),
		.i_size = erofs_put32(size),
		.i_u = erofs_put32(u),
	};
	return raw;
}

struct erofs_inode_extended *sample_extended(struct sample *s, uint64_t nid, uint16_t mode,
	enum erofs_layout layout, uint64_t size, uint32_t u)
{
	struct erofs_inode_extended *raw = slot(s, nid, sizeof(*raw));

	*raw = (struct erofs_inode_extended){
		.i_format = erofs_put16(
			(uint16_t)(layout << EROFS_I_LAYOUT_SHIFT | EROFS_I_EXTENDED)),
		.i_mode = erofs_put16(mode),
		.i_size = erofs_put64(size),
		.i_u = erofs_put32(u),
		.i_nlink = erofs_put32(1),
	};
	return raw;
}

size_t sample_dir_block(struct sample *s, size_t at, const struct sample_entry *entries,
	size_t count)
{
	struct erofs_dirent *raw = (struct erofs_dirent *)(s->bytes + at);
	size_t end = count * sizeof(*raw);

	for (size_t i = 0; i < count; i++) {
		size_t n = strlen(entries[i].name);

		assert_true(end + n <= SAMPLE_BLOCK);
		raw[i] = (struct erofs_dirent){
			.nid = erofs_put64(entries[i].nid),
			.nameoff = erofs_put16((uint16_t)end),
			.file_type = entries[i].type,
		};
		memcpy(s->bytes + at + end, entries[i].name, n);
		end += n;
	}
	return end;
}

void sample_dir(struct sample *s, uint64_t nid, uint32_t block, const struct sample_entry *entries,
	size_t count)
{
	size_t size = sample_dir_block(s, (size_t)block * SAMPLE_BLOCK, entries, count);

	sample_compact(s, nid, S_IFDIR | 0755, EROFS_LAYOUT_FLAT_PLAIN, (uint32_t)size, block);
}

size_t sample_xattr(struct sample *s, size_t at, uint8_t index, const char *suffix,
	const char *value)
{
	size_t name_bytes = strlen(suffix), value_bytes = strlen(value);
	struct erofs_xattr_entry raw = {
		.e_name_len = (uint8_t)name_bytes,
		.e_name_index = index,
		.e_value_size = erofs_put16((uint16_t)value_bytes),
	};

	memcpy(s->bytes + at, &raw, sizeof(raw));
	memcpy(s->bytes + at + sizeof(raw), suffix, name_bytes);
	memcpy(s->bytes + at + sizeof(raw) + name_bytes, value, value_bytes);
	return (sizeof(raw) + name_bytes + value_bytes + 3) / 4 * 4;
}

void sample_open(struct sample *s)
{
	close_sample(s);
	assert_int_equal(
		erofs_image_open_memory(s->bytes, s->size, NULL, &s->report, &s->img), 0);
	assert_int_equal(erofs_reader_new(s->img, &s->rd), 0);
}

int sample_try(struct sample *s)
{
	struct erofs_image *img = NULL;
	int r = erofs_image_open_memory(s->bytes, s->size, NULL, &s->report, &img);

	erofs_image_close(img);
	return r;
}

struct erofs_inode sample_read(struct sample *s, uint64_t nid)
{
	struct erofs_inode inode;

	assert_int_equal(erofs_inode_read(s->rd, nid, &inode), 0);
	return inode;
}
