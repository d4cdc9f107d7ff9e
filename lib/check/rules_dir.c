/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Rules about directories (format section 5): records, names, their order, "." and "..". */
#include "check/rules.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <erofs/data.h>
#include "base/cleanup.h"
#include "base/span.h"
#include "format/erofs_fs.h"
#include "image/dirblock.h"

/* The smallest directory: a record and "..". */
#define DIR_MIN_BYTES (sizeof(struct erofs_dirent) + 2)

/* One directory while its entries go by. */
struct dir_check {
	struct check *chk;
	struct check_inode *dir;
	const struct erofs_inode *inode;
	struct erofs_span block;
	uint32_t count;			/* records of the block */
	uint32_t dots, dotdots;		/* met so far */
	bool any;			/* a name was met, and is in last */
	uint32_t last_bytes;
	char last[EROFS_NAME_MAX];
};

static uint32_t name_offset(const struct dir_check *d, uint32_t i)
{
	const struct erofs_dirent *raw =
		erofs_span_at(d->block, i * sizeof(*raw), sizeof(*raw));

	return erofs_get16(raw->nameoff);
}

/* Where name @i ends: at the next one or, for the last of the block, at a NUL or the block's end. */
static uint32_t name_end(const struct dir_check *d, uint32_t i, uint32_t start)
{
	const uint8_t *nul;

	if (i + 1 < d->count)
		return name_offset(d, i + 1);
	nul = memchr(d->block.data + start, '\0', d->block.size - start);
	return (uint32_t)(nul ? (size_t)(nul - d->block.data) : d->block.size);
}

/* Section 5.2: strictly ascending over the whole directory. */
static void check_order(struct dir_check *d, const char *name, uint32_t bytes)
{
	int order = d->any ? erofs_name_compare(d->last, d->last_bytes, name, bytes) : -1;

	if (!order)
		erofs_check_found(d->chk, RULE_DIR_DUPLICATE, "the name occurs twice");
	else if (order > 0)
		erofs_check_found(d->chk, RULE_DIR_ORDER, "name \"%.*s\" comes after \"%.*s\"",
			(int)bytes, name, (int)d->last_bytes, d->last);
	d->any = true;
	d->last_bytes = bytes;
	memcpy(d->last, name, bytes);
}

static void check_dot_type(struct dir_check *d, enum check_rule rule, unsigned int type)
{
	if (type != EROFS_TYPE_DIRECTORY && type != EROFS_TYPE_UNKNOWN)
		erofs_check_found(d->chk, rule, "its file type is %u", type);
}

static void check_dot(struct dir_check *d, uint64_t nid, unsigned int type)
{
	d->dots++;
	if (d->dots > 1)
		erofs_check_found(d->chk, RULE_DIR_DOT, "\".\" occurs twice");
	else if (d->inode->dot_omitted)
		erofs_check_found(d->chk, RULE_DIR_DOT, "\".\" is there although it is omitted");
	if (nid != d->dir->nid)
		erofs_check_found(d->chk, RULE_DIR_DOT,
			"\".\" leads to nid %" PRIu64 ", not %" PRIu64, nid, d->dir->nid);
	check_dot_type(d, RULE_DIR_DOT, type);
}

/* The parent of a subtree's start is unknown: only the root is its own. */
static void check_dotdot(struct dir_check *d, uint64_t nid, unsigned int type)
{
	bool start = d->dir->parent == d->dir && d->dir->nid != d->chk->super->root_nid;

	d->dotdots++;
	if (d->dotdots > 1)
		erofs_check_found(d->chk, RULE_DIR_DOTDOT, "\"..\" occurs twice");
	if (!start && nid != d->dir->parent->nid)
		erofs_check_found(d->chk, RULE_DIR_DOTDOT,
			"\"..\" leads to nid %" PRIu64 ", not %" PRIu64, nid, d->dir->parent->nid);
	check_dot_type(d, RULE_DIR_DOTDOT, type);
}

static const char *judge_name(const char *name, uint32_t bytes)
{
	if (!bytes)
		return "is empty";
	if (bytes > EROFS_NAME_MAX)
		return "is longer than 255 bytes";
	if (memchr(name, '\0', bytes))
		return "holds a NUL";
	return memchr(name, '/', bytes) ? "holds a '/'" : NULL;
}

/* An entry whose name lies inside the block. */
static int check_entry(struct dir_check *d, uint32_t i, const char *name, uint32_t bytes)
{
	const struct erofs_dirent *raw = erofs_span_at(d->block, i * sizeof(*raw), sizeof(*raw));
	uint64_t nid = erofs_get64(raw->nid);
	const char *wrong = judge_name(name, bytes);
	unsigned int type = raw->file_type;

	d->chk->at = (struct check_place){ .nid = d->dir->nid, .dir = d->dir };
	if (wrong) {
		d->dir->incomplete = true;
		erofs_check_found(d->chk, RULE_DIR_NAME, "entry name \"%.*s\" %s",
			(int)(bytes < 512 ? bytes : 512), name, wrong);
		return 0;
	}
	if (bytes > 2 || name[0] != '.' || (bytes == 2 && name[1] != '.'))
		d->chk->at = (struct check_place){ nid, d->dir, name, bytes };
	check_order(d, name, bytes);
	if (bytes == 1 && name[0] == '.') {
		check_dot(d, nid, type);
		return 0;
	}
	if (bytes == 2 && name[0] == '.' && name[1] == '.') {
		check_dotdot(d, nid, type);
		return 0;
	}
	if (type > EROFS_TYPE_SYMLINK) {
		erofs_check_found(d->chk, RULE_DIR_TYPE, "unknown file type %u", type);
		type = EROFS_TYPE_UNKNOWN;
	}
	return erofs_check_meet(d->chk, d->dir, nid, (enum erofs_file_type)type);
}

/* Names must follow each other without gap or overlap; after one that does not, no boundary in the
 * block can be trusted. */
static int check_block(struct dir_check *d, uint64_t at)
{
	uint32_t start = name_offset(d, 0);

	for (uint32_t i = 0; i < d->count && !erofs_check_exhausted(d->chk); i++) {
		uint32_t end = name_end(d, i, start);
		int r;

		if (end < start || end > d->block.size) {
			d->dir->incomplete = true;
			d->chk->at = (struct check_place){ .nid = d->dir->nid, .dir = d->dir };
			erofs_check_found(d->chk, RULE_DIR_BLOCK,
				"in the block at byte %" PRIu64 ", name %u spans %u to %u of %zu",
				at, (unsigned int)i, (unsigned int)start, (unsigned int)end,
				d->block.size);
			return 0;
		}
		r = check_entry(d, i, (const char *)d->block.data + start, end - start);
		if (r < 0)
			return r;
		start = end;
	}
	return 0;
}

static int read_block(struct dir_check *d, uint64_t at, uint8_t *buffer, size_t size)
{
	struct erofs_dirblock head;
	const char *wrong;
	ssize_t n;

	d->chk->at = (struct check_place){ .nid = d->dir->nid, .dir = d->dir };
	if (!erofs_check_spend(d->chk, size))
		return 0;
	n = erofs_data_read(d->chk->rd, d->inode, at, buffer, size);
	if (n < 0 || (size_t)n != size) {
		d->dir->incomplete = true;
		erofs_check_found(d->chk, RULE_DIR_BLOCK,
			"the block at byte %" PRIu64 " cannot be had: %s", at,
			erofs_check_last_words(d->chk));
		return 0;
	}
	d->block = (struct erofs_span){ buffer, size };
	wrong = erofs_dirblock_init(d->block, d->chk->super->block_size_bytes, &head);
	if (wrong) {
		d->dir->incomplete = true;
		erofs_check_found(d->chk, RULE_DIR_BLOCK, "the block at byte %" PRIu64 " is %s", at,
			wrong);
		return 0;
	}
	d->count = head.count;
	return check_block(d, at);
}

static void check_dots(struct dir_check *d)
{
	d->dir->incomplete = d->dir->incomplete || erofs_check_exhausted(d->chk);
	if (d->dir->incomplete)
		return; /* they may be in what was not seen */
	d->chk->at = (struct check_place){ .nid = d->dir->nid, .dir = d->dir };
	if (!d->dots && !d->inode->dot_omitted)
		erofs_check_found(d->chk, RULE_DIR_DOT, "there is no \".\"");
	if (!d->dotdots)
		erofs_check_found(d->chk, RULE_DIR_DOTDOT, "there is no \"..\"");
}

int erofs_check_directory(struct check *chk, struct check_inode *dir,
	const struct erofs_inode *inode)
{
	struct dir_check d = { .chk = chk, .dir = dir, .inode = inode };
	size_t block_size = chk->super->block_size_bytes;
	auto_free uint8_t *buffer = malloc(block_size);
	int r = 0;

	if (!buffer)
		return -ENOMEM;
	if (inode->size_bytes < DIR_MIN_BYTES) {
		dir->incomplete = true;
		erofs_check_found(chk, RULE_DIR_SIZE, "the directory has %" PRIu64 " bytes",
			inode->size_bytes);
		return 0;
	}
	for (uint64_t at = 0; r == 0 && at < inode->size_bytes && !erofs_check_exhausted(chk);
		at += block_size) {
		uint64_t left = inode->size_bytes - at;

		r = read_block(&d, at, buffer, left < block_size ? left : block_size);
	}
	if (r == 0)
		check_dots(&d);
	return r;
}
