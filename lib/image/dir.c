/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Directories: iteration and look-up (format section 5). */
#include <erofs/dir.h>

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <erofs/data.h>
#include "base/cleanup.h"
#include "base/math.h"
#include "format/erofs_fs.h"
#include "image/dir_cursor.h"
#include "image/dirblock.h"
#include "image/reader.h"

/* An iteration ends after this many damaged blocks, so that a hostile size does not keep it busy. */
#define MAX_DAMAGED 64

struct erofs_dir {
	struct erofs_reader *rd;
	struct erofs_inode inode;
	struct erofs_dir_cursor at;
	bool loaded; /* @block holds the block at @at */
	struct erofs_dirblock block;
	char name[EROFS_NAME_MAX + 1];
	size_t buffer_size;
	uint8_t buffer[]; /* one block, or less when the directory is shorter */
};

uint64_t erofs_dir_limit_bytes(const struct erofs_image *img)
{
	const uint64_t floor = 64u << 20;
	const uint64_t ratio = 64;
	uint64_t bytes;

	if (erofs_mul_overflow(erofs_store_size(img->store), ratio, &bytes) ||
	    erofs_add_overflow(bytes, floor, &bytes))
		return UINT64_MAX;
	return bytes;
}

static int check_directory(struct erofs_reader *rd, const struct erofs_inode *inode)
{
	if (!S_ISDIR(inode->mode))
		return -ENOTDIR;
	if (inode->layout == EROFS_LAYOUT_CHUNK_BASED)
		return erofs_nid_fail(rd, inode->nid, -EUCLEAN, "directory with a chunk-based layout");
	if (inode->size_bytes > erofs_dir_limit_bytes(rd->img))
		return erofs_nid_fail(rd, inode->nid, -EUCLEAN,
			"directory of %" PRIu64 " bytes in an image of %" PRIu64, inode->size_bytes,
			erofs_image_size_bytes(rd->img));
	return 0;
}

int erofs_dir_reopen(struct erofs_reader *rd, const struct erofs_inode *inode,
	const struct erofs_dir_cursor *cursor, struct erofs_dir **ret)
{
	size_t size = rd->img->super.block_size_bytes;
	struct erofs_dir *dir;
	int r = check_directory(rd, inode);

	if (r < 0)
		return r;
	if (size > inode->size_bytes)
		size = (size_t)inode->size_bytes;
	dir = malloc(sizeof(*dir) + size);
	if (!dir)
		return -ENOMEM;
	dir->rd = rd;
	dir->inode = *inode;
	dir->at = *cursor;
	dir->loaded = false;
	dir->buffer_size = size;
	*ret = dir;
	return 0;
}

int erofs_dir_open(struct erofs_reader *rd, const struct erofs_inode *inode,
	struct erofs_dir **ret)
{
	static const struct erofs_dir_cursor start;

	return erofs_dir_reopen(rd, inode, &start, ret);
}

void erofs_dir_tell(const struct erofs_dir *dir, struct erofs_dir_cursor *ret)
{
	*ret = dir->at;
}

/* As the kernel counts: the offset of the next record. */
uint64_t erofs_dir_position(const struct erofs_dir *dir)
{
	return dir->at.block_start + dir->at.index * sizeof(struct erofs_dirent);
}

void erofs_dir_seek(struct erofs_dir *dir, uint64_t position)
{
	uint64_t in_block = position % dir->rd->img->super.block_size_bytes;

	dir->at = (struct erofs_dir_cursor){
		.block_start = position - in_block,
		.index = (uint32_t)(in_block / sizeof(struct erofs_dirent)),
	};
	dir->loaded = false;
}

void erofs_dir_close(struct erofs_dir *dir)
{
	free(dir);
}

/* Reads the block of @inode at @start into @buffer, which has room for it. */
static int fetch_block(struct erofs_reader *rd, const struct erofs_inode *inode, uint64_t start,
	uint8_t *buffer, struct erofs_span *ret)
{
	size_t block_size = rd->img->super.block_size_bytes;
	uint64_t left = inode->size_bytes - start;
	size_t size = left < block_size ? (size_t)left : block_size;
	ssize_t n = erofs_data_read(rd, inode, start, buffer, size);

	if (n < 0)
		return (int)n;
	*ret = (struct erofs_span){ buffer, (size_t)n };
	return 0;
}

static int parse_block(struct erofs_reader *rd, const struct erofs_inode *inode, uint64_t start,
	struct erofs_span span, struct erofs_dirblock *ret)
{
	const char *damage = erofs_dirblock_init(span, rd->img->super.block_size_bytes, ret);

	if (damage)
		return erofs_nid_fail(rd, inode->nid, -EUCLEAN,
			"directory block at %" PRIu64 ": %s", start, damage);
	return 0;
}

static int read_entry(struct erofs_reader *rd, const struct erofs_inode *inode, uint64_t start,
	const struct erofs_dirblock *block, uint32_t index, struct erofs_dir_entry *ret)
{
	const char *damage = erofs_dirblock_entry(block, index, ret);

	if (damage)
		return erofs_nid_fail(rd, inode->nid, -EUCLEAN,
			"directory block at %" PRIu64 ", entry %" PRIu32 ": %s", start, index,
			damage);
	return 0;
}

static void go_to_next_block(struct erofs_dir *dir)
{
	dir->at.block_start += dir->rd->img->super.block_size_bytes;
	dir->at.index = 0;
	dir->loaded = false;
}

/* The rest of a damaged block is given up. */
static int skip_damage(struct erofs_dir *dir, int error)
{
	go_to_next_block(dir);
	if (++dir->at.damaged > MAX_DAMAGED)
		dir->at.block_start = dir->inode.size_bytes;
	return error;
}

/* Makes the block of the cursor the current one: 1, or 0 at the end. */
static int load_block(struct erofs_dir *dir)
{
	struct erofs_span span;
	int r;

	if (dir->loaded && dir->at.index >= dir->block.count)
		go_to_next_block(dir);
	if (dir->loaded)
		return 1;
	if (dir->at.block_start >= dir->inode.size_bytes)
		return 0;
	r = fetch_block(dir->rd, &dir->inode, dir->at.block_start, dir->buffer, &span);
	if (r < 0) {
		dir->at.block_start = dir->inode.size_bytes; /* nor will the others be there */
		return r;
	}
	r = parse_block(dir->rd, &dir->inode, dir->at.block_start, span, &dir->block);
	if (r < 0)
		return skip_damage(dir, r);
	dir->loaded = true;
	return 1;
}

int erofs_dir_next(struct erofs_dir *dir, struct erofs_dir_entry *ret)
{
	struct erofs_dir_entry entry;
	int r;

	/* A cursor may stand at the end of its block, hence the loop. */
	do {
		r = load_block(dir);
		if (r <= 0)
			return r;
	} while (dir->at.index >= dir->block.count);
	r = read_entry(dir->rd, &dir->inode, dir->at.block_start, &dir->block, dir->at.index,
		&entry);
	if (r < 0)
		return skip_damage(dir, r);
	dir->at.index++;
	memcpy(dir->name, entry.name, entry.name_bytes);
	dir->name[entry.name_bytes] = '\0';
	entry.name = dir->name;
	*ret = entry;
	return 1;
}

/* What a look-up carries around. */
struct lookup {
	struct erofs_reader *rd;
	const struct erofs_inode *inode;
	const char *name;
	uint32_t name_bytes;
	uint8_t *buffer;
	uint64_t start; /* of the block in @buffer */
	struct erofs_dirblock block;
};

static int load_lookup_block(struct lookup *lk, uint64_t number)
{
	struct erofs_span span;
	int r;

	lk->start = number << lk->rd->img->super.block_bits;
	r = fetch_block(lk->rd, lk->inode, lk->start, lk->buffer, &span);
	if (r == 0)
		r = parse_block(lk->rd, lk->inode, lk->start, span, &lk->block);
	return r;
}

/* How the name looked for compares with entry @index of the current block. */
static int compare_entry(struct lookup *lk, uint32_t index, int *ret_order,
	struct erofs_dir_entry *ret)
{
	int r = read_entry(lk->rd, lk->inode, lk->start, &lk->block, index, ret);

	if (r == 0)
		*ret_order = erofs_name_compare(lk->name, lk->name_bytes, ret->name,
			ret->name_bytes);
	return r;
}

/* Loads the last block whose first name is not behind the one looked for. */
static int find_block(struct lookup *lk)
{
	uint64_t low = 0, high = erofs_ceil_div(lk->inode->size_bytes,
		lk->rd->img->super.block_size_bytes);
	uint64_t best = UINT64_MAX;
	struct erofs_dir_entry entry;
	int order = 0;
	int r;

	while (low < high) {
		uint64_t middle = low + (high - low) / 2;

		r = load_lookup_block(lk, middle);
		if (r == 0)
			r = compare_entry(lk, 0, &order, &entry);
		if (r < 0)
			return r;
		if (order < 0) {
			high = middle;
		} else {
			best = middle;
			low = middle + 1;
		}
	}
	if (best == UINT64_MAX)
		return -ENOENT;
	return lk->start == best << lk->rd->img->super.block_bits ? 0 : load_lookup_block(lk, best);
}

static int find_entry(struct lookup *lk, struct erofs_dir_entry *ret)
{
	uint32_t low = 0, high = lk->block.count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		int order = 0;
		int r = compare_entry(lk, middle, &order, ret);

		if (r < 0 || order == 0)
			return r;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return -ENOENT;
}

int erofs_dir_lookup(struct erofs_reader *rd, const struct erofs_inode *inode, const char *name,
	uint32_t name_bytes, struct erofs_dir_entry *ret)
{
	struct lookup lk = { .rd = rd, .inode = inode, .name = name, .name_bytes = name_bytes };
	auto_free uint8_t *buffer = NULL;
	struct erofs_dir_entry entry;
	int r = check_directory(rd, inode);

	if (r < 0)
		return r;
	lk.buffer = buffer = malloc(rd->img->super.block_size_bytes);
	if (!buffer)
		return -ENOMEM;
	r = find_block(&lk);
	if (r == 0)
		r = find_entry(&lk, &entry);
	if (r < 0)
		return r;
	memcpy(rd->name, entry.name, entry.name_bytes);
	rd->name[entry.name_bytes] = '\0';
	entry.name = rd->name;
	*ret = entry;
	return 0;
}
