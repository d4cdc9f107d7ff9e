/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzz target: a whole image. Opens it whatever its checksum says and reads everything in it: the tree,
 * xattrs, extents, content, links, look-ups by name. */
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <erofs/data.h>
#include <erofs/walk.h>
#include <erofs/xattr.h>
#include "tests/fuzz/fuzz.h"

/* A small image may claim endless content; what is read of it is enough to find faults. */
#define MAX_ENTRIES 3000
#define MAX_EXTENTS 500
#define MAX_FILE_BYTES (4u << 20)
#define MAX_BYTES (16u << 20)

struct tour {
	struct erofs_reader *rd;
	unsigned int entries;
	uint64_t bytes;	     /* read so far */
	uint64_t file_bytes; /* of the current file */
	unsigned int sum;    /* of every byte seen, so that each is touched */
};

static void touch(struct tour *tour, const void *bytes, size_t size)
{
	const uint8_t *p = bytes;

	for (size_t i = 0; i < size; i++)
		tour->sum += p[i];
}

static int take_piece(void *user, const void *bytes, uint64_t size)
{
	struct tour *tour = user;

	if (bytes)
		touch(tour, bytes, (size_t)size);
	tour->bytes += bytes ? size : 1;
	tour->file_bytes += bytes ? size : 1;
	return tour->file_bytes > MAX_FILE_BYTES ? -ECANCELED : 0;
}

static void read_xattrs(struct tour *tour, const struct erofs_inode *inode)
{
	struct erofs_xattrs *it;
	struct erofs_xattr xa;
	uint32_t filter;

	erofs_xattr_filter_read(tour->rd, inode, &filter);
	if (erofs_xattrs_open(tour->rd, inode, &it) < 0)
		return;
	/* Damaged shared entries are errors one by one; 255 are the most there are. */
	for (int r, errors = 0; (r = erofs_xattrs_next(it, &xa)) && errors <= 256; errors += r < 0) {
		if (r < 0)
			continue;
		touch(tour, xa.name, xa.name_bytes + 1);
		touch(tour, xa.value, xa.value_bytes);
	}
	erofs_xattrs_close(it);
}

static void map_extents(struct tour *tour, const struct erofs_inode *inode)
{
	struct erofs_extent extent;
	uint64_t at = 0;

	for (int i = 0; i < MAX_EXTENTS; i++) {
		if (erofs_map_at(tour->rd, inode, at, &extent) <= 0)
			break;
		/* What every user of a mapping relies on. */
		if (!extent.length || extent.logical > at || at - extent.logical >= extent.length ||
		    extent.length > inode->size_bytes - extent.logical)
			abort();
		at = extent.logical + extent.length;
	}
	if (inode->size_bytes)
		erofs_map_at(tour->rd, inode, inode->size_bytes - 1, &extent);
}

static void read_content(struct tour *tour, const struct erofs_inode *inode)
{
	uint8_t bytes[700];
	char *target;
	ssize_t n;

	if (S_ISLNK(inode->mode) && erofs_symlink_read(tour->rd, inode, &target) == 0) {
		touch(tour, target, inode->size_bytes + 1);
		free(target);
	}
	tour->file_bytes = 0;
	erofs_data_stream(tour->rd, inode, take_piece, tour);
	n = erofs_data_read(tour->rd, inode, inode->size_bytes / 2, bytes, sizeof(bytes));
	if (n > (ssize_t)sizeof(bytes))
		abort();
	if (n > 0)
		touch(tour, bytes, (size_t)n);
}

static int see_entry(void *user, const struct erofs_walk_entry *entry)
{
	struct tour *tour = user;
	uint64_t nid;

	touch(tour, entry->path, entry->path_bytes + 1);
	if (tour->entries < 50)
		erofs_path_lookup(tour->rd, entry->path, &nid);
	read_xattrs(tour, entry->inode);
	map_extents(tour, entry->inode);
	read_content(tour, entry->inode);
	return ++tour->entries > MAX_ENTRIES || tour->bytes > MAX_BYTES ? -ECANCELED : 0;
}

static int see_error(void *user, const struct erofs_walk_entry *entry, int error)
{
	struct tour *tour = user;

	if (error >= 0)
		abort();
	touch(tour, entry->path, entry->path_bytes + 1);
	return ++tour->entries > MAX_ENTRIES ? -ECANCELED : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct erofs_image_options options = { .struct_size = sizeof(options),
		.ignore_checksum = true };
	struct tour tour = { 0 };
	struct erofs_walk_visitor visitor = { .user = &tour, .entry = see_entry,
		.error = see_error };
	const struct erofs_super *sb;
	struct erofs_inode inode;
	struct erofs_image *img;

	if (erofs_image_open_memory(bytes, size, &options, NULL, &img) < 0)
		return 0;
	sb = erofs_image_super(img);
	if (erofs_reader_new(img, &tour.rd) == 0) {
		erofs_walk(tour.rd, sb->root_nid, &visitor);
		if (sb->packed_nid && erofs_inode_read(tour.rd, sb->packed_nid, &inode) == 0)
			read_content(&tour, &inode);
	}
	erofs_reader_free(tour.rd);
	erofs_image_close(img);
	return tour.sum == UINT32_MAX ? -1 : 0; /* the sum is used: nothing is optimised away */
}
