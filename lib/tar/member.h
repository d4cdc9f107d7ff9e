/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* A member being put together from its header and records. */
#ifndef EROFS_TAR_MEMBER_H
#define EROFS_TAR_MEMBER_H

#include "tar/header.h"
#include "tar/reader.h"

/* Bytes that grow, with a NUL behind them. */
struct tar_text {
	char *bytes;
	size_t used, room;
};

/* A list of attributes that grows. */
struct tar_xattrs {
	struct erofs_tar_xattr *list;
	size_t count, capacity;
};

/* What records said; texts point into them. */
struct tar_records {
	const char *path, *link, *sparse_name;
	const char *acl_access, *acl_default;
	bool has_size, has_uid, has_gid, has_mtime, has_real_size, has_major, has_minor;
	uint64_t size, uid, gid, real_size, device_major, device_minor;
	int64_t mtime_seconds;
	uint32_t mtime_nsec;
	uint64_t sparse_version;	/* GNU.sparse.major */
	bool sparse;
	bool half_segment;		/* an offset came, its size did not */
};

struct erofs_tar_reader {
	struct erofs_input *input;
	const struct erofs_report *report;
	bool headers_only;
	bool warned_of_zeros;
	uint64_t header_at;		/* of the block in hand */
	uint64_t data_left, padding;	/* of the member */
	struct erofs_tar_header header;	/* the member's names may be in it */
	struct erofs_tar_member member;
	struct tar_records records;
	struct tar_text local, long_name, long_link, label;
	struct tar_xattrs xattrs, global_xattrs;
	struct tar_records global;
	struct tar_text *global_texts;	/* for ever: defaults point into them */
	size_t global_text_count;
	size_t global_bytes;
	struct erofs_tar_segment *segments;
	size_t segment_count, segment_capacity;
};

/* Reports an error of the member or header in hand: "NAME: byte N: TEXT". */
int erofs_tar_fail(const struct erofs_tar_reader *reader, int error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* What follows @size bytes up to the next block. */
static inline uint64_t erofs_tar_padding(uint64_t size)
{
	return -size & (EROFS_TAR_BLOCK_BYTES - 1);
}

/* ---- member.c ---- */
/* Fills reader->member, its map and what is left of its data from @header, which @block holds, and the records. */
int erofs_tar_build_member(struct erofs_tar_reader *reader, const struct erofs_tar_header *header,
	const uint8_t *block);

/* ---- pax.c ---- */
/* Takes in the records in @text, which is changed for good, for one member or as defaults. */
int erofs_tar_take_records(struct erofs_tar_reader *reader, struct tar_text *text, bool global);

/* ---- sparse.c ---- */
int erofs_tar_add_segment(struct erofs_tar_reader *reader, uint64_t offset, uint64_t bytes);
/* "offset,bytes,offset,bytes..." */
int erofs_tar_map_text(struct erofs_tar_reader *reader, const char *text);
/* A map that stands before the data; takes it off the stored bytes. */
int erofs_tar_map_data(struct erofs_tar_reader *reader);
/* The map of a header of the old kind @block, and the blocks that continue it. *ret_size: of the file. */
int erofs_tar_map_old(struct erofs_tar_reader *reader, const uint8_t *block, uint64_t *ret_size);
/* Checks the map against sizes, and drops empty segments. */
int erofs_tar_check_map(struct erofs_tar_reader *reader);

#endif
