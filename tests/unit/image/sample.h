/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hand-made images in memory for unit tests: a superblock, and helpers that put inodes, directories
 * and xattrs where a test wants them. Nothing here validates anything: tests break what they like. */
#ifndef TESTS_SAMPLE_H
#define TESTS_SAMPLE_H

#include <erofs/data.h>
#include <erofs/walk.h>
#include <erofs/xattr.h>
#include "format/erofs_fs.h"

#define SAMPLE_BLOCK 4096u
#define SAMPLE_EPOCH 1700000000
#define SAMPLE_ROOT 64u /* nid: byte 2048 */

struct sample {
	uint8_t *bytes;
	size_t size;
	char message[512]; /* the last one */
	unsigned int messages;
	struct erofs_report report;
	struct erofs_image *img;
	struct erofs_reader *rd;
};

struct sample_entry {
	const char *name;
	uint64_t nid;
	uint8_t type;
};

/* @blocks blocks of zeros and a plain superblock whose root is SAMPLE_ROOT. */
void sample_init(struct sample *s, size_t blocks);
/* Closes what sample_open opened and frees the bytes. */
void sample_fini(struct sample *s);
struct erofs_super_block *sample_super(struct sample *s);

/* A compact inode at @nid; @u is i_u. nlink is 1. */
struct erofs_inode_compact *sample_compact(struct sample *s, uint64_t nid, uint16_t mode,
	enum erofs_layout layout, uint32_t size, uint32_t u);
struct erofs_inode_extended *sample_extended(struct sample *s, uint64_t nid, uint16_t mode,
	enum erofs_layout layout, uint64_t size, uint32_t u);

/* Writes a directory block with @entries (as they are, in this order) at byte @at; returns the bytes
 * used. */
size_t sample_dir_block(struct sample *s, size_t at, const struct sample_entry *entries,
	size_t count);
/* A directory at @nid whose only block is @block. */
void sample_dir(struct sample *s, uint64_t nid, uint32_t block, const struct sample_entry *entries,
	size_t count);

/* Writes an xattr entry at byte @at; returns the bytes it takes. */
size_t sample_xattr(struct sample *s, size_t at, uint8_t index, const char *suffix,
	const char *value);

/* Opens the image (asserts that this works) and a reader. */
void sample_open(struct sample *s);
/* Tries to open; what erofs_image_open_memory said. The image is closed again. */
int sample_try(struct sample *s);
/* The inode at @nid (asserts that it can be read). */
struct erofs_inode sample_read(struct sample *s, uint64_t nid);

#endif
