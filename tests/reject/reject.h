/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tiny images, built byte by byte: a sound one, and cases that each break it in one way. */
#ifndef TESTS_REJECT_H
#define TESTS_REJECT_H

#include <stddef.h>
#include <stdint.h>
#include <erofs/features.h>
#include <erofs/ishare.h>
#include "format/erofs_fs.h"

/* The sound image: 512-byte blocks, superblock and tables in blocks 2 to 3, inodes in blocks 4 to 7, a
 * wide gap between them, data behind. Without a checksum, so that a case may break anything. */
#define BLOCK 512u
#define BLOCKS 16u
#define TABLES 1280u		/* byte where a case may put a table */
#define SLOT(block) ((block) * BLOCK / EROFS_SLOT_SIZE)

enum {
	ROOT = SLOT(4),
	DIR = ROOT + 4,		/* /dir */
	FILE_ = ROOT + 8,	/* /file, two blocks less a bit */
	LINK = ROOT + 12,	/* /link -> file, inline */
	DEVICE = ROOT + 16,	/* /null, character device 1:3 */
	EMPTY = ROOT + 20,	/* /empty */
	TWICE = ROOT + 24,	/* /twice and /dir/twice */
	TAGGED = ROOT + 28,	/* /xattrs, extended: room for xattrs behind it */
	ROOT_BLOCK = 8,
	DIR_BLOCK = 9,
	FILE_BLOCK = 10,	/* and 11 */
	FREE_BLOCK = 12,	/* to 15 */
};
#define FILE_BYTES 1000u

struct image {
	uint8_t *bytes;
	size_t size;
};

struct entry {
	uint64_t nid;
	const char *name;	/* NULL ends an array */
	uint8_t type;
};

/* How a case differs from the sound image. */
struct reject_case {
	const char *expected;	/* rule ids that must be found and no others, space-separated */
	const char *variant;	/* makes the file name unique; "" for the plain case */
	void (*make)(struct image *img);
};

void image_init_sound(struct image *img);
void image_grow(struct image *img, size_t size);
void image_fini(struct image *img);
/* Fills in the superblock's checksum and sets its bit. */
void image_seal(struct image *img);

struct erofs_super_block *super_of(struct image *img);
struct erofs_inode_compact *compact_of(struct image *img, uint64_t nid);
struct erofs_inode_extended *extended_of(struct image *img, uint64_t nid);
uint8_t *block_of(struct image *img, unsigned int block);
/* Makes an extended inode of a compact one; what is behind it must be free. */
struct erofs_inode_extended *extend(struct image *img, uint64_t nid);
void set_layout(struct image *img, uint64_t nid, unsigned int layout);

/* Writes @entries in the given order at @bytes; returns how many bytes they take. */
size_t put_entries(uint8_t *bytes, const struct entry *entries);
/* Replaces what the root or DIR holds. */
void put_root(struct image *img, const struct entry *entries);
void put_dir(struct image *img, const struct entry *entries);
/* Record @i of the directory block at @bytes. */
struct erofs_dirent *record_of(uint8_t *bytes, unsigned int i);

/* An xattr body behind TAGGED: a header, @shared ids (0 = none), then the inline entries put by
 * put_xattr. */
void begin_xattrs(struct image *img, unsigned int shared);
void put_shared_id(struct image *img, unsigned int index, uint32_t id);
void put_xattr(struct image *img, uint8_t index, const char *suffix, const void *value,
	size_t value_bytes);
/* Writes one entry at @bytes; returns the bytes it takes. */
size_t put_xattr_entry(uint8_t *bytes, uint8_t index, const char *suffix, const void *value,
	size_t value_bytes);

extern const struct reject_case super_cases[], inode_cases[], dir_cases[], xattr_cases[],
	map_cases[], compressed_cases[], ishare_cases[]; /* end with .expected NULL */

#endif
