/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Encoding inodes, chunk entries and directory blocks. */
#include "plan/encode.h"

#include <string.h>
#include <sys/stat.h>

/* i_xattr_icount (section 6.1). */
static uint16_t xattr_icount(uint32_t bytes)
{
	return bytes ? (uint16_t)((bytes - EROFS_XATTR_IBODY_HEADER_SIZE) / 4 + 1) : 0;
}

static uint16_t inode_format(const struct encode_inode *in)
{
	return (uint16_t)((in->extended ? EROFS_I_EXTENDED : 0) | in->layout << EROFS_I_LAYOUT_SHIFT |
		(in->bit4 ? EROFS_I_BIT4 : 0));
}

static void encode_compact(const struct encode_inode *in, struct erofs_inode_compact *ret)
{
	bool one_link = in->bit4 && !S_ISDIR(in->mode);

	*ret = (struct erofs_inode_compact){
		.i_format = erofs_put16(inode_format(in)),
		.i_xattr_icount = erofs_put16(xattr_icount(in->xattr_bytes)),
		.i_mode = erofs_put16(in->mode),
		.i_nb = erofs_put16((uint16_t)(one_link ? in->u >> 32 : in->nlink)),
		.i_size = erofs_put32((uint32_t)in->size_bytes),
		.i_mtime = erofs_put32((uint32_t)in->mtime_seconds),
		.i_u = erofs_put32((uint32_t)in->u),
		.i_ino = erofs_put32(in->ino),
		.i_uid = erofs_put16((uint16_t)in->uid),
		.i_gid = erofs_put16((uint16_t)in->gid),
	};
}

static void encode_extended(const struct encode_inode *in, struct erofs_inode_extended *ret)
{
	*ret = (struct erofs_inode_extended){
		.i_format = erofs_put16(inode_format(in)),
		.i_xattr_icount = erofs_put16(xattr_icount(in->xattr_bytes)),
		.i_mode = erofs_put16(in->mode),
		.i_nb = erofs_put16((uint16_t)(in->u >> 32)),
		.i_size = erofs_put64(in->size_bytes),
		.i_u = erofs_put32((uint32_t)in->u),
		.i_ino = erofs_put32(in->ino),
		.i_uid = erofs_put32(in->uid),
		.i_gid = erofs_put32(in->gid),
		.i_mtime = erofs_put64((uint64_t)in->mtime_seconds),
		.i_mtime_nsec = erofs_put32(in->mtime_nsec),
		.i_nlink = erofs_put32(in->nlink),
	};
}

size_t erofs_encode_inode(const struct encode_inode *in, void *ret)
{
	if (in->extended) {
		encode_extended(in, ret);
		return sizeof(struct erofs_inode_extended);
	}
	encode_compact(in, ret);
	return sizeof(struct erofs_inode_compact);
}

uint32_t erofs_encode_rdev(uint32_t major, uint32_t minor)
{
	return (minor & 0xff) | (major & 0xfff) << 8 | (minor >> 8 & 0xfff) << 20;
}

void erofs_encode_chunk(void *array, size_t index, uint32_t unit, uint64_t block, uint16_t device)
{
	uint8_t *at = (uint8_t *)array + index * unit;

	if (unit == sizeof(erofs_le32)) {
		erofs_le32 entry = erofs_put32((uint32_t)block);

		memcpy(at, &entry, sizeof(entry));
		return;
	}
	struct erofs_inode_chunk_index entry = {
		.startblk_hi = erofs_put16((uint16_t)(block >> 32)),
		.device_id = erofs_put16(block == PLAN_NO_BLOCK ? 0 : device),
		.startblk_lo = erofs_put32((uint32_t)block),
	};
	memcpy(at, &entry, sizeof(entry));
}

/* How many of the coming entries go into one block. */
static uint32_t count_entries(const struct erofs_plan *plan, struct plan_dir dir)
{
	struct plan_dirent ent;
	uint32_t count = 0;
	size_t used = 0;

	while (erofs_plan_dir_next(&dir, &ent)) {
		used += sizeof(struct erofs_dirent) + ent.name_bytes;
		if (used > plan->block_size)
			break;
		count++;
	}
	return count;
}

size_t erofs_encode_dir_block(const struct erofs_plan *plan, struct plan_dir *dir, uint8_t *ret)
{
	uint32_t count = count_entries(plan, *dir);
	size_t name_at = count * sizeof(struct erofs_dirent);
	struct plan_dirent ent;

	for (uint32_t i = 0; i < count; i++) {
		struct erofs_dirent record;

		erofs_plan_dir_next(dir, &ent);
		record = (struct erofs_dirent){
			.nid = erofs_put64(erofs_plan_nid(plan, ent.node)),
			.nameoff = erofs_put16((uint16_t)name_at),
			.file_type = (uint8_t)erofs_type_of_mode(ent.node->mode),
		};
		memcpy(ret + i * sizeof(record), &record, sizeof(record));
		memcpy(ret + name_at, ent.name, ent.name_bytes);
		name_at += ent.name_bytes;
	}
	return name_at;
}
