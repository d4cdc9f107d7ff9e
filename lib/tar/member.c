/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* From a header and the records before it to a member. */
#include "tar/member.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* The last id means "none". */
#define ID_MAX (UINT32_MAX - 1)

static uint32_t type_of(const struct erofs_tar_header *header, const char *path)
{
	size_t bytes = strlen(path);

	switch (header->type) {
	case EROFS_TAR_SYMLINK:
		return S_IFLNK;
	case EROFS_TAR_CHARACTER:
		return S_IFCHR;
	case EROFS_TAR_BLOCK:
		return S_IFBLK;
	case EROFS_TAR_DIRECTORY:
	case EROFS_TAR_DUMP_DIRECTORY:
		return S_IFDIR;
	case EROFS_TAR_FIFO:
		return S_IFIFO;
	case EROFS_TAR_FILE:
		/* Before there was a type for them, a slash made directories. */
		return bytes && path[bytes - 1] == '/' ? S_IFDIR : S_IFREG;
	case EROFS_TAR_SPARSE:
		return S_IFREG;
	default:
		return 0;
	}
}

static int choose_id(const struct erofs_tar_reader *reader, const char *what, int64_t stored,
	uint32_t *ret)
{
	if (stored < 0 || stored > ID_MAX)
		return erofs_tar_fail(reader, -EOVERFLOW, "%s %" PRId64 " is out of range", what, stored);
	*ret = (uint32_t)stored;
	return 0;
}

/* A record of the member beats one for all, that beats the header. Larger numbers than a header can hold
 * are caught as such. */
static int64_t choose(bool local, uint64_t local_value, bool global, uint64_t global_value,
	int64_t from_header)
{
	uint64_t value = local ? local_value : global_value;

	if (!local && !global)
		return from_header;
	return value > INT64_MAX ? INT64_MAX : (int64_t)value;
}

static int set_numbers(struct erofs_tar_reader *reader, const struct erofs_tar_header *header)
{
	const struct tar_records *local = &reader->records, *global = &reader->global;
	struct erofs_tar_member *m = &reader->member;
	int r;

	r = choose_id(reader, "uid", choose(local->has_uid, local->uid, global->has_uid, global->uid,
		header->uid), &m->uid);
	if (r == 0)
		r = choose_id(reader, "gid", choose(local->has_gid, local->gid, global->has_gid,
			global->gid, header->gid), &m->gid);
	if (r == 0)
		r = choose_id(reader, "device major", choose(local->has_major, local->device_major,
			false, 0, header->major), &m->rdev_major);
	if (r == 0)
		r = choose_id(reader, "device minor", choose(local->has_minor, local->device_minor,
			false, 0, header->minor), &m->rdev_minor);
	if (!local->has_mtime && !global->has_mtime) {
		m->mtime_seconds = header->mtime;
		return r;
	}
	m->mtime_seconds = local->has_mtime ? local->mtime_seconds : global->mtime_seconds;
	m->mtime_nsec = local->has_mtime ? local->mtime_nsec : global->mtime_nsec;
	return r;
}

static void set_names(struct erofs_tar_reader *reader, const struct erofs_tar_header *header)
{
	const struct tar_records *records = &reader->records;
	struct erofs_tar_member *m = &reader->member;

	m->path = header->name;
	m->link = header->link;
	if (reader->long_name.used)
		m->path = reader->long_name.bytes;
	if (reader->long_link.used)
		m->link = reader->long_link.bytes;
	if (records->path)
		m->path = records->path;
	if (records->sparse_name)
		m->path = records->sparse_name;
	if (records->link)
		m->link = records->link;
	m->acl_access = records->acl_access ? records->acl_access : reader->global.acl_access;
	m->acl_default = records->acl_default ? records->acl_default : reader->global.acl_default;
}

/* Defaults come first, so that the member's own win. */
static int set_xattrs(struct erofs_tar_reader *reader)
{
	const struct tar_xattrs *global = &reader->global_xattrs;
	struct tar_xattrs *local = &reader->xattrs;
	size_t count = local->count + global->count;

	if (global->count && local->capacity < count) {
		void *list = reallocarray(local->list, count, sizeof(*local->list));

		if (!list)
			return -ENOMEM;
		local->list = list;
		local->capacity = count;
	}
	if (global->count) {
		memmove(local->list + global->count, local->list, local->count * sizeof(*local->list));
		memcpy(local->list, global->list, global->count * sizeof(*local->list));
		local->count = count;
	}
	reader->member.xattrs = local->list;
	reader->member.xattr_count = local->count;
	return 0;
}

static int set_map(struct erofs_tar_reader *reader, const struct erofs_tar_header *header,
	const uint8_t *block)
{
	const struct tar_records *records = &reader->records;
	struct erofs_tar_member *m = &reader->member;
	int r = 0;

	m->sparse = header->type == EROFS_TAR_SPARSE || records->sparse;
	if (!m->sparse)
		return 0;
	if (header->type == EROFS_TAR_SPARSE)
		r = erofs_tar_map_old(reader, block, &m->size);
	else if (!records->has_real_size || records->half_segment)
		return erofs_tar_fail(reader, -EUCLEAN, "sparse file without its size or with half a piece");
	else
		m->size = records->real_size;
	if (r == 0 && records->sparse_version >= 1)
		r = erofs_tar_map_data(reader);
	if (r < 0)
		return r;
	if (m->size > INT64_MAX)
		return erofs_tar_fail(reader, -EFBIG, "sparse file of %" PRIu64 " bytes", m->size);
	r = erofs_tar_check_map(reader);
	m->segments = reader->segments;
	m->segment_count = reader->segment_count;
	return r;
}

/* Some writers give hard links the size of their file without its data, others with it: what follows
 * tells. */
static int has_link_data(struct erofs_tar_reader *reader, bool *ret)
{
	struct erofs_tar_header header;
	const uint8_t *block;
	const char *field;
	int r = erofs_input_peek(reader->input, EROFS_TAR_BLOCK_BYTES, &block);
	enum erofs_tar_verdict verdict = EROFS_TAR_ZERO;

	if (r < 0)
		return r;
	if (r == (int)EROFS_TAR_BLOCK_BYTES)
		verdict = erofs_tar_decode(block, &header, &field);
	*ret = verdict == EROFS_TAR_NO_MAGIC || verdict == EROFS_TAR_BAD_CHECKSUM;
	return 0;
}

static int set_data(struct erofs_tar_reader *reader, const struct erofs_tar_header *header,
	const uint8_t *block)
{
	struct erofs_tar_member *m = &reader->member;
	bool has_data = S_ISREG(m->mode) || header->type == EROFS_TAR_DUMP_DIRECTORY || !m->mode;
	int64_t size = choose(reader->records.has_size, reader->records.size, false, 0, header->size);
	int r = 0;

	if (m->hard_link && size > 0)
		r = has_link_data(reader, &has_data);
	else if (m->hard_link || reader->headers_only)
		has_data = false;
	if (r < 0)
		return r;
	m->stored = has_data ? (uint64_t)size : 0;
	m->size = S_ISREG(m->mode) ? (uint64_t)size : 0;
	reader->padding = erofs_tar_padding(m->stored);
	if (S_ISREG(m->mode) && !reader->headers_only)
		r = set_map(reader, header, block);
	m->data_at = reader->input->position;
	reader->data_left = m->stored;
	return r;
}

int erofs_tar_build_member(struct erofs_tar_reader *reader, const struct erofs_tar_header *header,
	const uint8_t *block)
{
	struct erofs_tar_member *m = &reader->member;
	int r;

	*m = (struct erofs_tar_member){ .hard_link = header->type == EROFS_TAR_HARD_LINK };
	set_names(reader, header);
	m->mode = type_of(header, m->path);
	r = set_numbers(reader, header);
	if (r == 0)
		r = set_xattrs(reader);
	if (r == 0)
		r = set_data(reader, header, block);
	m->mode |= (uint32_t)header->mode & 07777;
	return r;
}
