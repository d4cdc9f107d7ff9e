/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Extended attributes (format section 6). */
#include <erofs/xattr.h>

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "base/cleanup.h"
#include "base/math.h"
#include "base/span.h"
#include "format/erofs_fs.h"
#include "image/reader.h"

/* Short prefix, infix, suffix, NUL: each at most 255 bytes. */
#define NAME_SIZE 1024

struct erofs_xattrs {
	struct erofs_reader *rd;
	uint64_t nid;
	uint32_t at;		/* of the next inline entry in the body */
	unsigned int shared;	/* number of the next shared id */
	unsigned int shared_count;
	struct erofs_span body;
	uint8_t *value;		/* holds shared entries' suffix and value */
	size_t value_size;
	char name[NAME_SIZE];
	uint8_t bytes[];	/* the body */
};

DEFINE_AUTO(xattrs, struct erofs_xattrs *, erofs_xattrs_close)

static int read_body(struct erofs_reader *rd, const struct erofs_inode *inode, void *buffer,
	size_t size)
{
	uint64_t at = inode->metadata_offset + inode->inode_size_bytes;
	int r = erofs_stream_read(rd, erofs_stream_of(inode->nid), at, buffer, size);

	if (r < 0)
		return erofs_nid_fail(rd, inode->nid, r, "cannot read %zu bytes of xattrs at %" PRIu64,
			size, at);
	return 0;
}

static int decode_header(struct erofs_xattrs *it)
{
	const struct erofs_xattr_ibody_header *raw = erofs_span_at(it->body, 0, sizeof(*raw));

	if (!raw)
		return 0;
	if (it->body.size == sizeof(*raw))
		return erofs_nid_fail(it->rd, it->nid, -EUCLEAN, "xattr body without any entry");
	it->shared_count = raw->h_shared_count;
	it->at = (uint32_t)sizeof(*raw) + 4 * it->shared_count;
	if (it->at > it->body.size)
		return erofs_nid_fail(it->rd, it->nid, -EUCLEAN,
			"%u shared xattrs do not fit into an xattr body of %zu bytes",
			it->shared_count, it->body.size);
	return 0;
}

/* Whether the body lies in the stream, before memory is taken for it. */
static int check_body(struct erofs_reader *rd, const struct erofs_inode *inode)
{
	uint64_t at = inode->metadata_offset + inode->inode_size_bytes;
	uint64_t end;
	int r = erofs_stream_size(rd, erofs_stream_of(inode->nid), &end);

	if (r < 0)
		return r;
	if (at > end || inode->xattr_size_bytes > end - at)
		return erofs_nid_fail(rd, inode->nid, -EUCLEAN,
			"xattr body of %" PRIu32 " bytes at %" PRIu64 " ends past %" PRIu64,
			inode->xattr_size_bytes, at, end);
	return 0;
}

int erofs_xattrs_open(struct erofs_reader *rd, const struct erofs_inode *inode,
	struct erofs_xattrs **ret)
{
	auto_of(xattrs) struct erofs_xattrs *it = NULL;
	uint32_t size = inode->xattr_size_bytes;
	int r = size ? check_body(rd, inode) : 0;

	if (r < 0)
		return r;
	it = malloc(sizeof(*it) + size);
	if (!it)
		return -ENOMEM;
	it->rd = rd;
	it->nid = inode->nid;
	it->at = 0;
	it->shared = it->shared_count = 0;
	it->value = NULL;
	it->value_size = 0;
	it->body = (struct erofs_span){ it->bytes, size };
	if (size) {
		r = read_body(rd, inode, it->bytes, size);
		if (r == 0)
			r = decode_header(it);
	}
	if (r < 0)
		return r;
	*ret = take(&it);
	return 0;
}

void erofs_xattrs_close(struct erofs_xattrs *it)
{
	if (!it)
		return;
	free(it->value);
	free(it);
}

int erofs_xattr_filter_read(struct erofs_reader *rd, const struct erofs_inode *inode,
	uint32_t *ret)
{
	struct erofs_xattr_ibody_header raw;
	int r;

	if (!inode->xattr_size_bytes) {
		*ret = 0;
		return 0;
	}
	r = read_body(rd, inode, &raw, sizeof(raw));
	if (r == 0)
		*ret = erofs_get32(raw.h_name_filter);
	return r;
}

static bool is_hidden(unsigned int base, uint32_t rest_bytes)
{
	switch (base) {
	case EROFS_XATTR_INDEX_USER:
	case EROFS_XATTR_INDEX_TRUSTED:
	case EROFS_XATTR_INDEX_SECURITY:
		return false;
	case EROFS_XATTR_INDEX_ACL_ACCESS:
	case EROFS_XATTR_INDEX_ACL_DEFAULT:
		return rest_bytes != 0; /* these names are complete */
	default:
		return true;
	}
}

static char *append(char *end, const void *bytes, size_t size)
{
	memcpy(end, bytes, size);
	return end + size;
}

/* Puts the full name together. False: an unknown long prefix, the entry does not count. */
static bool expand(struct erofs_xattrs *it, const struct erofs_xattr_entry *raw,
	const uint8_t *suffix, struct erofs_xattr *ret)
{
	unsigned int index = raw->e_name_index;
	const char *infix = "";
	uint32_t infix_bytes = 0;
	char *end;

	if (index & EROFS_XATTR_LONG_PREFIX) {
		const struct erofs_xattr_prefix *prefix;

		index &= EROFS_XATTR_LONG_PREFIX_MASK;
		if (index >= it->rd->img->super.xattr_prefix_count)
			return false;
		prefix = &it->rd->img->prefixes[index];
		index = prefix->base_index;
		infix = prefix->infix;
		infix_bytes = prefix->infix_bytes;
	}
	end = stpcpy(it->name, erofs_xattr_prefix_text(index));
	end = append(end, infix, infix_bytes);
	end = append(end, suffix, raw->e_name_len);
	*end = '\0';
	*ret = (struct erofs_xattr){
		.name = it->name,
		.name_bytes = (uint32_t)(end - it->name),
		.value = suffix + raw->e_name_len,
		.value_bytes = erofs_get16(raw->e_value_size),
		.name_index = raw->e_name_index,
		.base_index = (uint8_t)index,
		.suffix_bytes = raw->e_name_len,
		.hidden = is_hidden(index, infix_bytes + raw->e_name_len),
	};
	return true;
}

static uint32_t payload_size(const struct erofs_xattr_entry *raw)
{
	return (uint32_t)raw->e_name_len + erofs_get16(raw->e_value_size);
}

static bool is_padding(const struct erofs_xattr_entry *raw)
{
	return !raw->e_name_index && !payload_size(raw);
}

/* 1 = got one, 0 = no inline entry is left. */
static int next_inline(struct erofs_xattrs *it, struct erofs_xattr *ret)
{
	while (it->at < it->body.size) {
		const struct erofs_xattr_entry *raw = erofs_span_at(it->body, it->at, sizeof(*raw));
		const uint8_t *suffix = NULL;
		uint32_t start = it->at;

		if (raw)
			suffix = erofs_span_at(it->body, start + sizeof(*raw), payload_size(raw));
		if (!suffix) {
			it->at = (uint32_t)it->body.size; /* nothing behind it can be found */
			return erofs_nid_fail(it->rd, it->nid, -EUCLEAN,
				"xattr entry at %" PRIu32 " ends past the xattr body of %zu bytes",
				start, it->body.size);
		}
		it->at = (uint32_t)erofs_round_up(start + sizeof(*raw) + payload_size(raw), 4);
		if (!is_padding(raw) && expand(it, raw, suffix, ret))
			return 1;
	}
	return 0;
}

static int grow_value(struct erofs_xattrs *it, size_t size)
{
	uint8_t *value;

	if (size <= it->value_size)
		return 0;
	value = realloc(it->value, size);
	if (!value)
		return -ENOMEM;
	it->value = value;
	it->value_size = size;
	return 0;
}

static enum erofs_stream shared_stream(const struct erofs_super *sb)
{
	return sb->compat & EROFS_COMPAT_SHARED_EA_IN_METABOX ? EROFS_STREAM_METABOX : EROFS_STREAM_DEVICE;
}

static uint64_t shared_at(const struct erofs_super *sb, uint32_t id)
{
	return ((uint64_t)sb->xattr_start_block << sb->block_bits) + (uint64_t)id * 4;
}

/* Reads shared entry @id (section 6.3); suffix and value go to it->value. */
static int read_shared(struct erofs_xattrs *it, uint32_t id, struct erofs_xattr_entry *ret)
{
	const struct erofs_super *sb = &it->rd->img->super;
	enum erofs_stream stream = shared_stream(sb);
	uint64_t at = shared_at(sb, id);
	int r = erofs_stream_read(it->rd, stream, at, ret, sizeof(*ret));

	/* At most 64 KiB + 255, whatever the disk says. */
	if (r == 0)
		r = grow_value(it, payload_size(ret) + 1);
	if (r == 0)
		r = erofs_stream_read(it->rd, stream, at + sizeof(*ret), it->value,
			payload_size(ret));
	if (r < 0 && r != -ENOMEM)
		return erofs_nid_fail(it->rd, it->nid, r,
			"cannot read shared xattr %" PRIu32 " at %" PRIu64, id, at);
	return r;
}

static uint32_t shared_id(const struct erofs_xattrs *it, unsigned int number)
{
	size_t at = sizeof(struct erofs_xattr_ibody_header) + 4 * (size_t)number;
	const erofs_le32 *id = erofs_span_at(it->body, at, sizeof(*id));

	return erofs_get32(*id);
}

bool erofs_xattrs_place(const struct erofs_xattrs *it, uint64_t *ret)
{
	const struct erofs_super *sb = &it->rd->img->super;

	*ret = shared_at(sb, shared_id(it, it->shared - 1));
	return shared_stream(sb) == EROFS_STREAM_DEVICE;
}

static int next_shared(struct erofs_xattrs *it, struct erofs_xattr *ret)
{
	while (it->shared < it->shared_count) {
		struct erofs_xattr_entry raw;
		int r = read_shared(it, shared_id(it, it->shared++), &raw);

		if (r < 0)
			return r;
		if (!is_padding(&raw) && expand(it, &raw, it->value, ret)) {
			ret->shared = true;
			return 1;
		}
	}
	return 0;
}

int erofs_xattrs_next(struct erofs_xattrs *it, struct erofs_xattr *ret)
{
	int r = next_inline(it, ret);

	return r ? r : next_shared(it, ret);
}
