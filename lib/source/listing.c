/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* readdir into two growing arrays: one of items, one of name bytes. */
#include "source/listing.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

DEFINE_AUTO(dir, DIR *, closedir)

void erofs_listing_init(struct erofs_listing *listing)
{
	*listing = (struct erofs_listing){ 0 };
}

void erofs_listing_fini(struct erofs_listing *listing)
{
	free(listing->items);
	free(listing->names);
	erofs_listing_init(listing);
}

static int grow(void **array, size_t *capacity, size_t wanted, size_t item_size)
{
	size_t larger = 2 * *capacity > wanted ? 2 * *capacity : wanted;
	void *grown;

	if (*capacity >= wanted)
		return 0;
	grown = reallocarray(*array, larger, item_size);
	if (!grown)
		return -ENOMEM;
	*array = grown;
	*capacity = larger;
	return 0;
}

static int add(struct erofs_listing *listing, const struct dirent *entry)
{
	size_t bytes = strlen(entry->d_name) + 1;
	void *items = listing->items, *names = listing->names;
	int r;

	r = grow(&items, &listing->capacity, listing->count + 1, sizeof(*listing->items));
	listing->items = items;
	if (r < 0)
		return r;
	r = grow(&names, &listing->room, listing->used + bytes, 1);
	listing->names = names;
	if (r < 0)
		return r;
	memcpy(listing->names + listing->used, entry->d_name, bytes);
	listing->items[listing->count++] = (struct erofs_listing_item){
		.inode = entry->d_ino,
		.name_at = listing->used,
	};
	listing->used += bytes;
	return 0;
}

static int compare_inodes(const void *a, const void *b)
{
	const struct erofs_listing_item *x = a, *y = b;

	return (x->inode > y->inode) - (x->inode < y->inode);
}

/* The stream closes its descriptor; the caller keeps @fd. */
static int open_stream(int fd, DIR **ret)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	if (copy < 0)
		return -errno;
	*ret = fdopendir(copy);
	if (*ret)
		return 0;
	close(copy);
	return -ENOMEM;
}

int erofs_listing_read(struct erofs_listing *listing, int fd)
{
	auto_of(dir) DIR *stream = NULL;
	const struct dirent *entry;
	int r;

	listing->count = listing->used = 0;
	r = open_stream(fd, &stream);
	while (r == 0 && (errno = 0, entry = readdir(stream)))
		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
			r = add(listing, entry);
	if (r < 0)
		return r;
	if (errno)
		return -errno;
	if (listing->count)
		qsort(listing->items, listing->count, sizeof(*listing->items), compare_inodes);
	return 0;
}
