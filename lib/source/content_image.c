/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Content of files in images, whatever their layout: it is read as a mounted image would show it. */
#include "source/images.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <erofs/data.h>

#include "base/cleanup.h"
#include "base/math.h"
#include "base/report.h"
#include "image/device.h"
#include "image/reader.h"
#include "image/zdata.h"
#include "image/zmap.h"

/* How far data or holes are followed at a time. */
#define LOOK_BYTES (16u << 20)

struct image_source {
	struct erofs_content_source base;
	struct erofs_images *images;
};

struct image_content {
	struct erofs_content base;
	struct erofs_images *images;
	size_t index;			/* of the image */
	struct erofs_reader *rd;
	struct erofs_inode inode;
	const struct erofs_report *report;	/* of the build */
	struct erofs_report named;	/* adds the image's path to what the reader says */
};

DEFINE_AUTO(image_content, struct image_content *, free)

static void say_named(void *user, enum erofs_level level, const char *text)
{
	const struct image_content *content = user;

	erofs_say(content->report, level, "%s: %s",
		erofs_image_path(erofs_images_get(content->images, content->index)), text);
}

static int image_read(struct erofs_content *base, uint64_t offset, void *buffer, size_t size)
{
	struct image_content *content = (struct image_content *)base;
	ssize_t n = erofs_data_read(content->rd, &content->inode, offset, buffer, size);

	if (n < 0)
		return (int)n;
	if ((size_t)n != size)
		return erofs_nid_fail(content->rd, content->inode.nid, -EUCLEAN,
			"only %zd of %zu bytes at %" PRIu64, n, size, offset);
	return 0;
}

/* The range of data that @offset is in or that follows; *ret_start is *ret_end when only a hole is found. A
 * caller asks again and again, so a look goes only so far: what lies at its end counts as data then. */
static int find_data(struct image_content *content, uint64_t offset, uint64_t *ret_start,
	uint64_t *ret_end)
{
	uint64_t at = offset, start = UINT64_MAX, size = content->inode.size_bytes;
	uint64_t limit = size - offset > LOOK_BYTES ? offset + LOOK_BYTES : size;
	struct erofs_extent extent;

	while (at < size) {
		int r = erofs_map_at(content->rd, &content->inode, at, &extent);

		if (r <= 0)
			return r < 0 ? r : -EUCLEAN;
		if (extent.kind == EROFS_EXTENT_HOLE && start != UINT64_MAX)
			break;
		if (start == UINT64_MAX && (extent.kind != EROFS_EXTENT_HOLE || at >= limit))
			start = at;
		at = extent.logical + extent.length;
		if (start != UINT64_MAX && at >= limit)
			break;
	}
	*ret_start = start < at ? start : at;
	*ret_end = at;
	return 0;
}

/* Holes of compressed files are not worth the search. */
static int image_next_data(struct erofs_content *base, uint64_t offset, uint64_t *ret_start,
	uint64_t *ret_end)
{
	struct image_content *content = (struct image_content *)base;
	bool plain = content->inode.layout == EROFS_LAYOUT_CHUNK_BASED ||
		content->inode.layout == EROFS_LAYOUT_FLAT_PLAIN;
	uint64_t start = offset, end = content->inode.size_bytes;
	int r = 0;

	if (plain && offset < end)
		r = find_data(content, offset, &start, &end);
	if (r < 0 || start >= end)
		return r;
	*ret_start = start;
	*ret_end = end;
	return 1;
}

/* The extra device, where the image has one. */
static int locate_on_device(struct erofs_reader *rd, const struct erofs_inode *inode,
	const struct erofs_extent *extent, uint64_t *offset)
{
	const struct erofs_device *device = erofs_image_device(rd->img, 0);
	uint64_t start = device->unified_start_block << rd->img->super.block_bits;
	uint64_t size = device->block_count << rd->img->super.block_bits;

	if (extent->device == 1)
		return 0;
	if (!start || *offset < start || *offset - start >= size)
		return erofs_nid_fail(rd, inode->nid, -EOPNOTSUPP, "data at %" PRIu64
			" is in the image itself, which has a device for it", *offset);
	*offset -= start;
	return 0;
}

/* Where byte @offset of @inode lies without being stored anew. */
static int locate(struct erofs_reader *rd, const struct erofs_inode *inode, uint64_t offset,
	struct erofs_content_place *ret)
{
	struct erofs_extent extent;
	int r = erofs_map_at(rd, inode, offset, &extent);
	uint64_t at;

	if (r <= 0)
		return r < 0 ? r : -EUCLEAN;
	*ret = (struct erofs_content_place){ .hole = extent.kind == EROFS_EXTENT_HOLE, .device = 1 };
	if (ret->hole)
		return 0;
	at = extent.physical + (offset - extent.logical);
	if (rd->img->super.device_count)
		r = locate_on_device(rd, inode, &extent, &at);
	else
		r = 0;
	ret->offset = at;
	return r;
}

static int image_locate(struct erofs_content *base, uint64_t offset, struct erofs_content_place *ret)
{
	struct image_content *content = (struct image_content *)base;
	int r = locate(content->rd, &content->inode, offset, ret);

	ret->device = (uint32_t)content->index + 1;
	return r;
}

static int image_map(struct erofs_content *base, uint64_t offset, struct erofs_extent *ret)
{
	struct image_content *content = (struct image_content *)base;
	int r = erofs_zmap_at(content->rd, &content->inode, offset, ret);

	return r == 0 ? -EUCLEAN : r < 0 ? r : 0;
}

static int image_fetch(struct erofs_content *base, const struct erofs_extent *extent, void *buffer)
{
	struct image_content *content = (struct image_content *)base;

	return erofs_zdata_fetch(content->rd, &content->inode, extent, buffer);
}

static int image_decode(struct erofs_content *base, const struct erofs_extent *extent, const void *stored,
	void *buffer)
{
	struct image_content *content = (struct image_content *)base;

	return erofs_zdata_decode(content->rd, &content->inode, extent, stored, buffer);
}

/* An image does not change while it is read; if it does, its bytes are judged like any others. */
static int image_finish(struct erofs_content *base)
{
	(void)base;
	return 0;
}

static void image_close(struct erofs_content *base)
{
	struct image_content *content = (struct image_content *)base;

	erofs_images_give_back(content->images, content->index, content->rd);
	free(content);
}

static void image_free(struct erofs_content_source *base)
{
	struct image_source *source = (struct image_source *)base;

	erofs_images_close(source->images);
	free(source);
}

static int image_open(struct erofs_content_source *base, const struct erofs_node *node,
	const struct erofs_report *report, struct erofs_content **ret);

static const struct erofs_content_ops image_ops = {
	.open = image_open,
	.read = image_read,
	.next_data = image_next_data,
	.locate = image_locate,
	.map = image_map,
	.fetch = image_fetch,
	.decode = image_decode,
	.finish = image_finish,
	.close = image_close,
	.free = image_free,
};

static int image_open(struct erofs_content_source *base, const struct erofs_node *node,
	const struct erofs_report *report, struct erofs_content **ret)
{
	auto_of(image_content) struct image_content *content = malloc(sizeof(*content));
	int r;

	if (!content)
		return -ENOMEM;
	*content = (struct image_content){
		.base = { &image_ops },
		.images = ((struct image_source *)base)->images,
		.index = (size_t)node->source_device - 1,
		.report = report,
		.named = { .user = content, .message = say_named },
	};
	r = erofs_images_borrow(content->images, content->index, &content->rd);
	if (r < 0)
		return r;
	erofs_reader_set_report(content->rd, &content->named);
	r = erofs_inode_read(content->rd, node->source_inode, &content->inode);
	if (r == 0 && content->inode.size_bytes != node->size_bytes)
		r = erofs_nid_fail(content->rd, node->source_inode, -ESTALE, "changed while being read");
	if (r < 0) {
		erofs_images_give_back(content->images, content->index, content->rd);
		return r;
	}
	*ret = &take(&content)->base;
	return 0;
}

int erofs_content_image_new(struct erofs_images *images, struct erofs_content_source **ret)
{
	struct image_source *source = malloc(sizeof(*source));

	if (!source)
		return -ENOMEM;
	*source = (struct image_source){ { &image_ops }, images };
	*ret = &source->base;
	return 0;
}
