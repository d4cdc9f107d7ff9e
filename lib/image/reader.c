/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Readers: the per-thread state, and how it speaks. */
#include "image/reader.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define DEVICE_WINDOWS 64
#define METABOX_WINDOWS 16

static int init_cache(struct erofs_window_cache *cache, size_t count)
{
	cache->numbers = malloc(count * sizeof(*cache->numbers));
	if (!cache->numbers)
		return -ENOMEM;
	memset(cache->numbers, 0xFF, count * sizeof(*cache->numbers));
	cache->count = count;
	return 0;
}

static void fini_cache(struct erofs_window_cache *cache)
{
	free(cache->numbers);
	free(cache->bytes);
}

int erofs_reader_new(struct erofs_image *img, struct erofs_reader **ret)
{
	struct erofs_reader *rd = calloc(1, sizeof(*rd));

	if (!rd)
		return -ENOMEM;
	rd->img = img;
	rd->report = erofs_image_report(img);
	erofs_zcache_init(&rd->zcache);
	if (init_cache(&rd->device_cache, DEVICE_WINDOWS) < 0 ||
	    init_cache(&rd->metabox_cache, METABOX_WINDOWS) < 0) {
		erofs_reader_free(rd);
		return -ENOMEM;
	}
	*ret = rd;
	return 0;
}

void erofs_reader_free(struct erofs_reader *rd)
{
	if (!rd)
		return;
	erofs_zcache_fini(&rd->zcache);
	fini_cache(&rd->device_cache);
	fini_cache(&rd->metabox_cache);
	free(rd->buffer);
	free(rd);
}

struct erofs_image *erofs_reader_image(const struct erofs_reader *rd)
{
	return rd->img;
}

void erofs_reader_set_report(struct erofs_reader *rd, const struct erofs_report *report)
{
	rd->report = report;
}

int erofs_nid_fail_v(const struct erofs_reader *rd, uint64_t nid, int error, const char *format,
	va_list args)
{
	if (rd->report != erofs_image_report(rd->img))
		return erofs_fail_within(rd->report, error, format, args, "nid %" PRIu64, nid);
	return erofs_fail_within(rd->report, error, format, args, "%s: nid %" PRIu64,
		erofs_image_path(rd->img), nid);
}

int erofs_nid_fail(const struct erofs_reader *rd, uint64_t nid, int error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	erofs_nid_fail_v(rd, nid, error, format, args);
	va_end(args);
	return error;
}

static int load_special(struct erofs_reader *rd, uint64_t nid, struct erofs_special_inode *special)
{
	int r;

	if (!nid) /* somebody refers to a stream that the image does not have */
		return -EUCLEAN;
	r = erofs_inode_read(rd, nid, &special->inode);
	if (r < 0)
		return r;
	if (!S_ISREG(special->inode.mode))
		return erofs_nid_fail(rd, nid, -EUCLEAN,
			"metabox or packed inode with mode 0%o, not a regular file",
			special->inode.mode);
	return 0;
}

int erofs_special_inode_get(struct erofs_reader *rd, enum erofs_stream stream,
	const struct erofs_inode **ret)
{
	const struct erofs_super *sb = &rd->img->super;
	bool metabox = stream == EROFS_STREAM_METABOX;
	struct erofs_special_inode *special = metabox ? &rd->metabox : &rd->packed;

	if (!special->loaded) {
		special->error = load_special(rd, metabox ? sb->metabox_nid : sb->packed_nid, special);
		special->loaded = true;
	}
	if (special->error < 0)
		return special->error;
	*ret = &special->inode;
	return 0;
}
