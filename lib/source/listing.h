/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* The names in one directory of the host. */
#ifndef EROFS_SOURCE_LISTING_H
#define EROFS_SOURCE_LISTING_H

#include <stddef.h>
#include <stdint.h>

/* Reused from directory to directory. */
struct erofs_listing {
	struct erofs_listing_item {
		uint64_t inode;
		size_t name_at;
	} *items;
	size_t count, capacity;
	char *names;
	size_t used, room;
};

void erofs_listing_init(struct erofs_listing *listing);
void erofs_listing_fini(struct erofs_listing *listing);
/* Reads the directory @fd without "." and ".."; the items are in the order of their inode numbers, in
 * which a disk file system gives up their inodes fastest. */
int erofs_listing_read(struct erofs_listing *listing, int fd);

static inline const char *erofs_listing_name(const struct erofs_listing *listing, size_t index)
{
	return listing->names + listing->items[index].name_at;
}

#endif
