/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* A build in progress: the writer, and what of an image is made around its files. */
#ifndef EROFS_BUILD_BUILD_H
#define EROFS_BUILD_BUILD_H

#include "build/special.h"
#include "pack/fragment_stream.h"
#include "write/write.h"

struct build {
	struct writer w;
	struct erofs_fragments fragments;	/* on their way to @packed */
	struct special_inode packed, metabox;
	uint64_t packed_offset;			/* in the inode area, when that is a zone */
	/* An addition to an image: the root inode and its attributes, which take the place of the old ones. */
	uint8_t *root;
	size_t root_bytes;
};

/* ---- items.c ---- */
/* Hands the items of the plan to workers: all inodes, and file data that is not stored yet. */
int erofs_build_write_items(struct build *b);

/* ---- packed.c: the packed inode; nothing is done where there is none ---- */
int erofs_packed_open(struct build *b);
/* Adds the directories, whose entries have their nids, and stores everything behind the data so far. */
int erofs_packed_store(struct build *b);
/* Where the inode area is a zone, makes room in it. */
void erofs_packed_place(struct build *b);
int erofs_packed_write(struct build *b);

/* ---- metabox.c: nothing is done where there is none ---- */
/* Makes room for the inode area, whose size is known. */
int erofs_metabox_open(struct build *b);
/* When the area is written. */
int erofs_metabox_store(struct build *b);

/* ---- located.c ---- */
/* Tells of reserved blocks whoever wants to know. */
int erofs_located_tell(const struct writer *w);

/* ---- super.c ---- */
/* Features that any of the inodes written needs. */
uint32_t erofs_super_incompat(const struct build *b);
/* The checksum of the superblock in the head, when everything else in that is in place. */
void erofs_super_seal(struct writer *w);
/* Shared xattrs, prefixes, device table, superblock; then commits. */
int erofs_super_write(struct build *b);

/* ---- append.c: additions to an image ---- */
/* The image's own head, to be changed. */
int erofs_append_load_head(struct writer *w);
/* Keeps what takes the place of the root inode. */
int erofs_append_root(struct build *b, struct write_worker *ww, const struct plan_item *item);
/* Superblock, then root: everything else is written. The image then has @blocks. */
int erofs_append_commit(struct build *b, uint64_t blocks);

#endif
