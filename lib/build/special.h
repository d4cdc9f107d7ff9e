/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* The inode that holds what several inodes share, and that no directory names: the packed inode (section 10).
 * It is made like the only file of an image that goes to the same output. */
#ifndef EROFS_BUILD_SPECIAL_H
#define EROFS_BUILD_SPECIAL_H

#include "io/spool.h"
#include "plan/plan.h"
#include "tree/content.h"
#include "write/write.h"

/* A spool as a source of files. */
struct spool_source {
	struct erofs_content_source base;
	const struct erofs_spool *spool;
};

/* All zero: there is none. */
struct special_inode {
	bool on;
	struct spool_source source;
	struct erofs_node node, *nodes[1];
	struct erofs_tree tree;
	struct erofs_plan plan;
	uint64_t nid;
};

/* How its content is stored. */
struct special_options {
	const char *name;			/* for messages */
	const struct erofs_compression *compression; /* NULL = as it is */
	uint32_t pcluster_bytes;
	bool dedupe;				/* ranges that are equal to earlier ones are stored once */
};

/* Stores what is in @spool at the end of the data of @w. */
int erofs_special_store(struct writer *w, struct special_inode *special, const struct special_options *options,
	struct erofs_spool *spool);
/* Bytes of the inode and of what stands inline behind it. */
uint64_t erofs_special_meta_bytes(const struct special_inode *special);
uint64_t erofs_special_tail_bytes(const struct special_inode *special);
/* Writes the inode to byte @at of the image. */
int erofs_special_write(struct writer *w, struct special_inode *special, uint64_t at);
/* Writes it where there is room, outside of the inode area, and notes its nid. */
int erofs_special_append(struct writer *w, struct special_inode *special);
void erofs_special_fini(struct special_inode *special);

#endif
