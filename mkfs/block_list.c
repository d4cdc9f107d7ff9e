/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --block-list-file=FILE: a line for each regular file, "/MOUNT-POINT/PATH" and the ranges of its blocks, as
 * Android's updaters read it. It is made by reading the finished image. */
#include "mkfs/apply.h"
#include "mkfs/outcome.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <erofs/map.h>
#include <erofs/walk.h>
#include "cli/page.h"

struct block_list {
	struct erofs_reader *rd;
	FILE *out;
	const char *mount_point;	/* without slashes at either end */
	size_t mount_bytes;
	unsigned int block_bits;
	/* The file in hand. */
	bool named;
	uint64_t first, end;		/* blocks not printed yet */
};

int apply_block_list(struct mkfs_options *options, const char *value)
{
	options->block_list_path = value;
	return MKFS_GO_ON;
}

static void print_range(struct block_list *list, const char *path)
{
	if (list->first == list->end)
		return;
	if (!list->named) {
		fprintf(list->out, "%s%.*s%s", list->mount_bytes ? "/" : "", (int)list->mount_bytes,
			list->mount_point, path);
		list->named = true;
	}
	fprintf(list->out, " %" PRIu64, list->first);
	if (list->end - list->first > 1)
		fprintf(list->out, "-%" PRIu64, list->end - 1);
}

/* Blocks of extra devices and what stands inline are not the image's to list. */
static void add_extent(struct block_list *list, const char *path, const struct erofs_extent *extent)
{
	uint64_t size = (uint64_t)1 << list->block_bits, first, end;
	bool in_blocks = extent->kind == EROFS_EXTENT_PLAIN ||
		(extent->kind == EROFS_EXTENT_ENCODED && !extent->inline_pcluster);

	if (!in_blocks || extent->device || !extent->physical_bytes)
		return;
	first = extent->physical >> list->block_bits;
	end = (extent->physical + extent->physical_bytes + size - 1) >> list->block_bits;
	if (first == list->end && list->first != list->end) {
		list->end = end;
		return;
	}
	print_range(list, path);
	list->first = first;
	list->end = end;
}

static int visit(void *user, const struct erofs_walk_entry *entry)
{
	struct block_list *list = user;
	struct erofs_extent extent;
	int r = 1;

	if (!S_ISREG(entry->inode->mode))
		return EROFS_WALK_CONTINUE;
	/* It would be a line of its own. */
	if (strchr(entry->path, '\n')) {
		cli_error("%s: a block list cannot hold this name", entry->path);
		return -EILSEQ;
	}
	list->named = false;
	list->first = list->end = 0;
	for (uint64_t at = 0; r == 1; at = extent.logical + extent.length) {
		r = erofs_map_at(list->rd, entry->inode, at, &extent);
		if (r == 1)
			add_extent(list, entry->path, &extent);
	}
	print_range(list, entry->path);
	if (list->named)
		fputc('\n', list->out);
	return r < 0 ? r : EROFS_WALK_CONTINUE;
}

static void set_mount_point(struct block_list *list, const char *text)
{
	list->mount_point = text ? text : "";
	list->mount_point += strspn(list->mount_point, "/");
	list->mount_bytes = strlen(list->mount_point);
	while (list->mount_bytes && list->mount_point[list->mount_bytes - 1] == '/')
		list->mount_bytes--;
}

static int write_list(struct block_list *list, struct erofs_image *img)
{
	struct erofs_walk_visitor visitor = { .user = list, .entry = visit };
	const struct erofs_super *super = erofs_image_super(img);
	int r = erofs_reader_new(img, &list->rd);

	if (r < 0)
		return r;
	list->block_bits = super->block_bits;
	r = erofs_walk(list->rd, super->root_nid, &visitor);
	erofs_reader_free(list->rd);
	return r;
}

int block_list_write(const struct mkfs_options *options, struct erofs_image *img)
{
	const char *path = options->block_list_path;
	struct block_list list = { .out = NULL };
	struct cli_page page;
	int r;

	if (!path)
		return MKFS_OK;
	r = cli_page_open(&page, path);
	if (r == 0) {
		list.out = page.out;
		set_mount_point(&list, options->tree.mount_point);
		r = cli_page_close(&page, write_list(&list, img));
	}
	if (r == -EILSEQ) /* said already */
		return MKFS_FAILED;
	return r < 0 ? cli_error("%s: cannot write: %s", path, strerror(-r)) : MKFS_OK;
}
