/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* The superblock (format section 1). */
#include "image/super.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <erofs/features.h>
#include "base/cleanup.h"
#include "base/crc32c.h"

/* Root nid and block count have a short and a long form (section 1.1). */
static void decode_root(const struct erofs_super_block *raw, struct erofs_super *sb)
{
	sb->root_nid = erofs_get16(raw->rootnid_2b);
	sb->block_count = erofs_get32(raw->blocks_lo);
	if (sb->incompat & EROFS_INCOMPAT_48BIT && erofs_get64(raw->rootnid_8b)) {
		sb->block_count |= sb->root_nid << 32;
		sb->root_nid = erofs_get64(raw->rootnid_8b);
	}
}

/* Tables that exist only with their feature bit. */
static void decode_tables(const struct erofs_super_block *raw, struct erofs_super *sb)
{
	if (sb->incompat & EROFS_INCOMPAT_DEVICE_TABLE)
		sb->device_count = erofs_get16(raw->extra_devices);
	sb->device_table_slot = erofs_get16(raw->devt_slotoff);
	if (sb->incompat & EROFS_INCOMPAT_XATTR_PREFIXES)
		sb->xattr_prefix_count = raw->xattr_prefix_count;
	sb->xattr_prefix_start_bytes = (uint64_t)erofs_get32(raw->xattr_prefix_start) * 4;
	sb->xattr_filter_usable = sb->compat & EROFS_COMPAT_XATTR_FILTER &&
				  !raw->xattr_filter_reserved;
	sb->ishare_prefix_id = raw->ishare_xattr_prefix_id;
	if (sb->incompat & EROFS_INCOMPAT_METABOX)
		sb->metabox_nid = erofs_get64(raw->metabox_nid);
}

int erofs_super_decode(const struct erofs_super_block *raw, struct erofs_super *ret)
{
	struct erofs_super sb = {
		.compat = erofs_get32(raw->feature_compat),
		.incompat = erofs_get32(raw->feature_incompat),
		.block_bits = raw->blkszbits,
		.super_size_bytes = EROFS_SUPER_BASE_SIZE +
				    raw->sb_extslots * EROFS_SUPER_EXTSLOT_SIZE,
		.checksum = erofs_get32(raw->checksum),
		.checksum_ok = true,
		.packed_nid = erofs_get64(raw->packed_nid),
		.inode_count = erofs_get64(raw->inos),
		.epoch_seconds = (int64_t)erofs_get64(raw->epoch),
		.fixed_nsec = erofs_get32(raw->fixed_nsec),
		.build_time_seconds = erofs_get32(raw->build_time),
		.meta_start_block = (int32_t)erofs_get32(raw->meta_blkaddr),
		.xattr_start_block = erofs_get32(raw->xattr_blkaddr),
	};

	if (erofs_get32(raw->magic) != EROFS_SUPER_MAGIC || sb.block_bits < EROFS_MIN_BLOCK_BITS ||
	    sb.block_bits > EROFS_MAX_BLOCK_BITS)
		return -EUCLEAN;
	sb.block_size_bytes = 1u << sb.block_bits;
	memcpy(sb.uuid, raw->uuid, sizeof(sb.uuid));
	memcpy(sb.volume_name, raw->volume_name, sizeof(raw->volume_name));
	decode_root(raw, &sb);
	decode_tables(raw, &sb);
	*ret = sb;
	return 0;
}

uint32_t erofs_super_checksum(struct erofs_span span)
{
	static const uint8_t zeros[4];
	const size_t field = offsetof(struct erofs_super_block, checksum);
	struct erofs_span rest = erofs_span_from(span, field + sizeof(zeros));
	uint32_t crc = 0xFFFFFFFFu;

	/* The field itself counts as zero (section 1.2). */
	crc = erofs_crc32c(crc, span.data, field);
	crc = erofs_crc32c(crc, zeros, sizeof(zeros));
	return erofs_crc32c(crc, rest.data, rest.size);
}

static int verify_checksum(struct erofs_image *img, bool ignore)
{
	struct erofs_super *sb = &img->super;
	size_t size = erofs_super_checksum_bytes(sb->block_size_bytes);
	auto_free uint8_t *bytes = NULL;
	uint32_t crc;
	int r;

	if (!(sb->compat & EROFS_COMPAT_SB_CHKSUM))
		return 0;
	bytes = malloc(size);
	if (!bytes)
		return -ENOMEM;
	r = erofs_store_read(img->store, EROFS_SUPER_OFFSET, bytes, size);
	if (r == -ERANGE)
		return erofs_image_fail(img, -EUCLEAN,
			"image ends at %" PRIu64 ", inside the superblock's block",
			erofs_store_size(img->store));
	if (r < 0)
		return erofs_image_fail(img, r, "cannot read the superblock's block");
	crc = erofs_super_checksum((struct erofs_span){ bytes, size });
	sb->checksum_ok = crc == sb->checksum;
	if (sb->checksum_ok || ignore)
		return 0;
	return erofs_image_fail(img, -EUCLEAN,
		"superblock checksum is 0x%08" PRIx32 ", computed 0x%08" PRIx32, sb->checksum, crc);
}

static int refuse_features(const struct erofs_image *img, const struct erofs_super_block *raw)
{
	uint32_t unknown = img->super.incompat & ~EROFS_INCOMPAT_KNOWN;

	if (unknown)
		return erofs_image_fail(img, -EOPNOTSUPP, "unknown incompatible features 0x%" PRIx32,
			unknown);
	if (raw->dirblkbits)
		return erofs_image_fail(img, -EOPNOTSUPP,
			"directory blocks of another size (dirblkbits %u)", raw->dirblkbits);
	return 0;
}

/* The reject rules of section 1.3 that concern references. */
static int verify_references(const struct erofs_image *img)
{
	const struct erofs_super *sb = &img->super;

	if (sb->packed_nid >> 63)
		return erofs_image_fail(img, -EUCLEAN, "packed inode 0x%" PRIx64 " is in the metabox",
			sb->packed_nid);
	if (sb->metabox_nid >> 63)
		return erofs_image_fail(img, -EUCLEAN,
			"metabox inode 0x%" PRIx64 " is in the metabox", sb->metabox_nid);
	if (sb->xattr_prefix_count > EROFS_XATTR_MAX_PREFIXES)
		return erofs_image_fail(img, -EUCLEAN, "%" PRIu32 " long xattr prefixes, at most %u",
			sb->xattr_prefix_count, EROFS_XATTR_MAX_PREFIXES);
	if (sb->compat & EROFS_COMPAT_ISHARE_XATTRS &&
	    sb->ishare_prefix_id >= sb->xattr_prefix_count)
		return erofs_image_fail(img, -EUCLEAN,
			"fingerprint prefix id %" PRIu32 " with %" PRIu32 " long xattr prefixes",
			sb->ishare_prefix_id, sb->xattr_prefix_count);
	if (sb->compat & EROFS_COMPAT_SHARED_EA_IN_METABOX &&
	    !(sb->incompat & EROFS_INCOMPAT_METABOX))
		return erofs_image_fail(img, -EUCLEAN,
			"shared xattrs are in the metabox, but there is none");
	return 0;
}

/* Reads what the image has of a superblock; the rest of @ret is zeros. */
static int read_raw(const struct erofs_image *img, struct erofs_super_block *ret)
{
	uint64_t end = erofs_store_size(img->store);
	uint32_t size;
	int r;

	memset(ret, 0, sizeof(*ret));
	if (end < EROFS_SUPER_OFFSET + EROFS_SUPER_BASE_SIZE)
		return erofs_image_fail(img, -EUCLEAN,
			"not an EROFS image: %" PRIu64 " bytes are too few", end);
	r = erofs_store_read(img->store, EROFS_SUPER_OFFSET, ret, EROFS_SUPER_BASE_SIZE);
	if (r < 0)
		return erofs_image_fail(img, r, "cannot read the superblock");
	if (erofs_get32(ret->magic) != EROFS_SUPER_MAGIC)
		return erofs_image_fail(img, -EUCLEAN,
			"not an EROFS image: magic is 0x%08" PRIx32, erofs_get32(ret->magic));
	size = EROFS_SUPER_BASE_SIZE + ret->sb_extslots * EROFS_SUPER_EXTSLOT_SIZE;
	if (size > end - EROFS_SUPER_OFFSET)
		return erofs_image_fail(img, -EUCLEAN,
			"superblock of %" PRIu32 " bytes in an image of %" PRIu64, size, end);
	if (ret->sb_extslots)
		r = erofs_store_read(img->store, EROFS_SUPER_OFFSET, ret, sizeof(*ret));
	else if (erofs_get32(ret->feature_incompat) & EROFS_INCOMPAT_METABOX)
		return erofs_image_fail(img, -EUCLEAN,
			"METABOX without room for its inode number in the superblock");
	return r;
}

int erofs_super_read(struct erofs_image *img, bool ignore_checksum)
{
	struct erofs_super_block raw;
	int r = read_raw(img, &raw);

	if (r < 0)
		return r;
	r = erofs_super_decode(&raw, &img->super);
	if (r < 0)
		return erofs_image_fail(img, r, "block size of 2^%u bytes", raw.blkszbits);
	r = refuse_features(img, &raw);
	if (r < 0)
		return r;
	r = verify_checksum(img, ignore_checksum);
	if (r < 0)
		return r;
	r = verify_references(img);
	if (r < 0)
		return r;
	return erofs_algorithms_read(img, erofs_get16(raw.available_compr_algs));
}
