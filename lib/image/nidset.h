/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* A set of nids. */
#ifndef EROFS_IMAGE_NIDSET_H
#define EROFS_IMAGE_NIDSET_H

#include <stddef.h>
#include <stdint.h>

struct erofs_nidset {
	uint64_t *slots;	/* nid + 1; 0 = empty */
	size_t capacity;	/* a power of two, or 0 */
	size_t used;
};

void erofs_nidset_init(struct erofs_nidset *set);
void erofs_nidset_fini(struct erofs_nidset *set);
/* 1 = added, 0 = was there, -ENOMEM. @nid must not be UINT64_MAX, which no inode can have. */
int erofs_nidset_add(struct erofs_nidset *set, uint64_t nid);

#endif
