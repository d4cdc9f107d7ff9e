/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Long xattr name prefixes (format section 6.5). */
#include "image/prefix.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "base/cleanup.h"
#include "base/math.h"
#include "format/erofs_fs.h"
#include "image/reader.h"

/* The longest short prefix, the longest infix and a NUL. */
#define INFIX_MAX 255
#define NAME_SIZE 288

DEFINE_AUTO(reader, struct erofs_reader *, erofs_reader_free)

static enum erofs_stream table_stream(const struct erofs_super *sb)
{
	if (sb->compat & EROFS_COMPAT_PLAIN_XATTR_PFX)
		return EROFS_STREAM_DEVICE;
	if (sb->metabox_nid)
		return EROFS_STREAM_METABOX;
	if (sb->incompat & EROFS_INCOMPAT_FRAGMENTS && sb->packed_nid)
		return EROFS_STREAM_PACKED;
	return EROFS_STREAM_DEVICE;
}

/* Reads the record at *@at, moves *@at behind it. @name has NAME_SIZE bytes. */
static int read_record(struct erofs_reader *rd, uint64_t *at, char *name,
	struct erofs_xattr_prefix *ret)
{
	enum erofs_stream stream = table_stream(&rd->img->super);
	struct erofs_xattr_long_prefix raw;
	unsigned int infix_bytes;
	char *infix;
	int r = erofs_stream_read(rd, stream, *at, &raw, sizeof(raw));

	if (r < 0)
		return erofs_image_fail(rd->img, r, "cannot read a long xattr prefix at %" PRIu64, *at);
	infix_bytes = erofs_get16(raw.len) - 1u; /* len counts the base index */
	if (infix_bytes > INFIX_MAX)
		return erofs_image_fail(rd->img, -EUCLEAN,
			"long xattr prefix of length %u at %" PRIu64, erofs_get16(raw.len), *at);
	infix = stpcpy(name, erofs_xattr_prefix_text(raw.base_index));
	r = erofs_stream_read(rd, stream, *at + sizeof(raw), infix, infix_bytes);
	if (r < 0)
		return erofs_image_fail(rd->img, r, "cannot read a long xattr prefix at %" PRIu64, *at);
	infix[infix_bytes] = '\0';
	*ret = (struct erofs_xattr_prefix){
		.base_index = raw.base_index,
		.infix_bytes = (uint8_t)infix_bytes,
		.infix = infix,
		.name = name,
	};
	*at = erofs_round_up(*at + sizeof(raw) + infix_bytes, 4);
	return 0;
}

int erofs_prefixes_read(struct erofs_image *img)
{
	auto_of(reader) struct erofs_reader *rd = NULL;
	uint64_t at = img->super.xattr_prefix_start_bytes;
	uint32_t count = img->super.xattr_prefix_count;
	int r;

	if (!count)
		return 0;
	img->prefixes = calloc(count, sizeof(*img->prefixes));
	img->prefix_names = malloc((size_t)count * NAME_SIZE);
	if (!img->prefixes || !img->prefix_names)
		return -ENOMEM;
	r = erofs_reader_new(img, &rd);
	for (uint32_t i = 0; r == 0 && i < count; i++)
		r = read_record(rd, &at, img->prefix_names + (size_t)i * NAME_SIZE,
			&img->prefixes[i]);
	return r;
}
