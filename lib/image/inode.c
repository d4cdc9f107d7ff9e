/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Inodes (format section 3). */
#include <erofs/inode.h>

#include <errno.h>
#include <inttypes.h>
#include <sys/stat.h>
#include "base/math.h"
#include "image/inode_decode.h"
#include "image/reader.h"

bool erofs_inode_has_data(const struct erofs_inode *inode)
{
	return S_ISREG(inode->mode) || S_ISDIR(inode->mode) || S_ISLNK(inode->mode);
}

uint64_t erofs_inode_flat_blocks(const struct erofs_super *sb, const struct erofs_inode *inode)
{
	uint64_t blocks = erofs_ceil_div(inode->size_bytes, sb->block_size_bytes);

	if (inode->layout == EROFS_LAYOUT_FLAT_INLINE && blocks)
		blocks--;
	return blocks;
}

/* i_u is an address, a count, a device number or a chunk format (section 3.5); @hi is what i_nb adds
 * to it, @has_hi whether it does. */
static void decode_union(const struct erofs_super *sb, uint32_t u, uint64_t hi, bool has_hi,
	struct erofs_inode *inode)
{
	uint64_t address = hi << 32 | u;

	if (S_ISCHR(inode->mode) || S_ISBLK(inode->mode)) {
		inode->rdev_major = u >> 8 & 0xFFF;
		inode->rdev_minor = (u & 0xFF) | (u >> 12 & 0xFFF00);
		return;
	}
	if (!erofs_inode_has_data(inode))
		return;
	if (inode->layout == EROFS_LAYOUT_CHUNK_BASED) {
		inode->chunk_format = u & 0xFFFF;
	} else if (inode->layout == EROFS_LAYOUT_COMPRESSED_FULL ||
		   inode->layout == EROFS_LAYOUT_COMPRESSED_COMPACT) {
		inode->compressed_blocks = address;
	} else {
		bool null = address == (has_hi ? EROFS_NULL_ADDR48 : EROFS_NULL_ADDR);

		inode->has_start_block = !null && erofs_inode_flat_blocks(sb, inode);
		inode->start_block = inode->has_start_block ? address : 0;
	}
}

static void decode_compact(const struct erofs_super *sb, const struct erofs_inode_compact *raw,
	struct erofs_inode *inode)
{
	bool nlink_1 = erofs_get16(raw->i_format) & EROFS_I_BIT4 && !S_ISDIR(inode->mode);
	uint16_t nb = erofs_get16(raw->i_nb);

	inode->size_bytes = erofs_get32(raw->i_size);
	inode->ino = erofs_get32(raw->i_ino);
	inode->uid = erofs_get16(raw->i_uid);
	inode->gid = erofs_get16(raw->i_gid);
	inode->nlink = nlink_1 ? 1 : nb;
	/* Hostile epochs may wrap; unsigned arithmetic makes that harmless. */
	inode->mtime_seconds = (int64_t)((uint64_t)sb->epoch_seconds + erofs_get32(raw->i_mtime));
	inode->mtime_nsec = sb->fixed_nsec;
	decode_union(sb, erofs_get32(raw->i_u), nlink_1 ? nb : 0, nlink_1, inode);
}

static void decode_extended(const struct erofs_super *sb, const struct erofs_inode_extended *raw,
	struct erofs_inode *inode)
{
	inode->size_bytes = erofs_get64(raw->i_size);
	inode->ino = erofs_get32(raw->i_ino);
	inode->uid = erofs_get32(raw->i_uid);
	inode->gid = erofs_get32(raw->i_gid);
	inode->nlink = erofs_get32(raw->i_nlink);
	inode->mtime_seconds = (int64_t)erofs_get64(raw->i_mtime);
	inode->mtime_nsec = erofs_get32(raw->i_mtime_nsec);
	decode_union(sb, erofs_get32(raw->i_u), erofs_get16(raw->i_nb), true, inode);
}

void erofs_inode_decode(const struct erofs_super *sb, const void *bytes, struct erofs_inode *ret)
{
	const struct erofs_inode_compact *head = bytes; /* both forms start alike */
	uint16_t format = erofs_get16(head->i_format);
	struct erofs_inode inode = {
		.mode = erofs_get16(head->i_mode),
		.layout = (enum erofs_layout)(format >> EROFS_I_LAYOUT_SHIFT & EROFS_I_LAYOUT_MASK),
		.extended = format & EROFS_I_EXTENDED,
		.inode_size_bytes = erofs_inode_size(format),
		.xattr_size_bytes = erofs_xattr_body_size(erofs_get16(head->i_xattr_icount)),
	};

	inode.dot_omitted = format & EROFS_I_BIT4 && S_ISDIR(inode.mode);
	if (inode.extended)
		decode_extended(sb, bytes, &inode);
	else
		decode_compact(sb, head, &inode);
	*ret = inode;
}

const char *erofs_inode_verify(uint16_t format, const struct erofs_inode *inode)
{
	if (format & ~EROFS_I_KNOWN_BITS)
		return "reserved format bits are set";
	if (inode->layout > EROFS_LAYOUT_CHUNK_BASED)
		return "unknown data layout";
	if (erofs_type_of_mode(inode->mode) == EROFS_TYPE_UNKNOWN)
		return "unknown file type";
	if (inode->size_bytes >> 63)
		return "size of 2^63 bytes or more";
	if (inode->layout == EROFS_LAYOUT_CHUNK_BASED &&
	    inode->chunk_format & ~EROFS_CHUNK_KNOWN_BITS)
		return "unknown chunk format";
	return NULL;
}

/* Where nid lies in its stream (section 3.1). False on overflow. */
static bool locate(const struct erofs_super *sb, uint64_t nid, uint64_t *ret)
{
	uint64_t slot = nid & ~EROFS_NID_METABOX;
	int64_t base = erofs_nid_in_metabox(nid) ? 0 :
		(int64_t)sb->meta_start_block * (int64_t)sb->block_size_bytes;
	uint64_t bytes;

	if (erofs_mul_overflow(slot, EROFS_SLOT_SIZE, &bytes) || bytes >> 63)
		return false;
	/* Both are below 2^63 in size, so the sum is exact unless it is negative. */
	if (base < 0 && bytes < (uint64_t)-base)
		return false;
	*ret = bytes + (uint64_t)base;
	return true;
}

/* Reads the 32 or 64 bytes of an inode. */
static int read_raw(struct erofs_reader *rd, uint64_t nid, uint64_t at,
	struct erofs_inode_extended *ret)
{
	enum erofs_stream stream = erofs_stream_of(nid);
	const size_t head = sizeof(struct erofs_inode_compact);
	int r = erofs_stream_read(rd, stream, at, ret, head);

	if (r == 0 && erofs_inode_size(erofs_get16(ret->i_format)) > head)
		r = erofs_stream_read(rd, stream, at + head, (uint8_t *)ret + head,
			sizeof(*ret) - head);
	return r;
}

int erofs_inode_read(struct erofs_reader *rd, uint64_t nid, struct erofs_inode *ret)
{
	const struct erofs_super *sb = &rd->img->super;
	struct erofs_inode_extended raw = { 0 };
	struct erofs_inode inode;
	const char *damage;
	uint64_t at;
	int r;

	if (erofs_nid_in_metabox(nid) && !sb->metabox_nid)
		return erofs_nid_fail(rd, nid, -EUCLEAN, "in the metabox, but there is none");
	if (!locate(sb, nid, &at))
		return erofs_nid_fail(rd, nid, -EUCLEAN, "inode number out of range");
	r = read_raw(rd, nid, at, &raw);
	if (r < 0)
		return erofs_nid_fail(rd, nid, r, "no inode can be read at offset %" PRIu64, at);
	erofs_inode_decode(sb, &raw, &inode);
	damage = erofs_inode_verify(erofs_get16(raw.i_format), &inode);
	if (damage)
		return erofs_nid_fail(rd, nid, -EUCLEAN,
			"%s (format 0x%x, mode 0%o, size %" PRIu64 ")", damage,
			erofs_get16(raw.i_format), inode.mode, inode.size_bytes);
	inode.nid = nid;
	inode.metadata_offset = at;
	*ret = inode;
	return 0;
}
