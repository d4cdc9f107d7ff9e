/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* The front of the image: device table, shared attributes, prefixes, superblock (section 1). */
#include "build/build.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/crc32c.h"
#include "base/math.h"
#include "base/report.h"

#define META_START_MAX INT32_MAX /* readers may take it for signed */
#define LZ4_MAX_DISTANCE 65535u

static uint32_t compat_features(const struct erofs_plan *plan)
{
	uint32_t bits = EROFS_COMPAT_MTIME;

	if (!plan->opt.no_checksum)
		bits |= EROFS_COMPAT_SB_CHKSUM;
	if (plan->xattrs.ishare_id >= 0)
		bits |= EROFS_COMPAT_ISHARE_XATTRS;
	if (plan->xattrs.prefix_count && !plan->prefixes_packed)
		bits |= EROFS_COMPAT_PLAIN_XATTR_PFX;
	for (uint32_t i = 0; plan->xattrs.filter && i < plan->tree->node_count; i++)
		if (plan->inodes[i].xattr_bytes)
			return bits | EROFS_COMPAT_XATTR_FILTER;
	return bits;
}

uint32_t erofs_super_incompat(const struct build *b)
{
	const struct erofs_plan *plan = b->w.plan;
	uint32_t bits = 0;

	if (plan->chunked_count)
		bits |= EROFS_INCOMPAT_CHUNKED_FILE;
	if (plan->device_count)
		bits |= EROFS_INCOMPAT_DEVICE_TABLE;
	/* The first is not about LZ4 only. */
	if (plan->compressed_count)
		bits |= EROFS_INCOMPAT_LZ4_0PADDING;
	if (plan->inline_count)
		bits |= EROFS_INCOMPAT_ZTAILPACKING;
	if (erofs_encode_has_config(plan, plan->compression.used_algorithms))
		bits |= EROFS_INCOMPAT_COMPR_CFGS;
	/* Also of extents that several files have in part. */
	if (b->packed.on || plan->linked_count)
		bits |= EROFS_INCOMPAT_FRAGMENTS;
	if (plan->xattrs.prefix_count)
		bits |= EROFS_INCOMPAT_XATTR_PREFIXES;
	if (plan->metabox)
		bits |= EROFS_INCOMPAT_METABOX;
	if (plan->has_48bit)
		bits |= EROFS_INCOMPAT_48BIT;
	return bits;
}

/* A bitmap of algorithms, or what stands there when LZ4 is the only one possible (section 8.1). */
static uint16_t encode_algorithms(const struct erofs_plan *plan)
{
	uint32_t used = plan->compression.used_algorithms;

	return used && !erofs_encode_has_config(plan, used) ? LZ4_MAX_DISTANCE : (uint16_t)used;
}

static void encode_super(const struct build *b, uint64_t blocks, struct erofs_super_block *ret)
{
	const struct erofs_plan *plan = b->w.plan;
	uint64_t root = erofs_plan_nid(plan, plan->tree->root);
	bool wide = blocks > UINT32_MAX || root > UINT16_MAX;

	*ret = (struct erofs_super_block){
		.magic = erofs_put32(EROFS_SUPER_MAGIC),
		.feature_compat = erofs_put32(compat_features(plan)),
		.blkszbits = (uint8_t)plan->block_bits,
		.rootnid_2b = erofs_put16((uint16_t)(wide ? blocks >> 32 : root)),
		.inos = erofs_put64(plan->tree->node_count),
		.epoch = erofs_put64((uint64_t)plan->epoch_seconds),
		.blocks_lo = erofs_put32((uint32_t)blocks),
		.meta_blkaddr = erofs_put32(plan->meta_start_block),
		.xattr_blkaddr = erofs_put32((uint32_t)(plan->shared_at >> plan->block_bits)),
		.feature_incompat = erofs_put32(erofs_super_incompat(b) | (wide ? EROFS_INCOMPAT_48BIT : 0)),
		.available_compr_algs = erofs_put16(encode_algorithms(plan)),
		.xattr_prefix_count = (uint8_t)plan->xattrs.prefix_count,
		.sb_extslots = (uint8_t)((erofs_plan_super_bytes(plan) - EROFS_SUPER_BASE_SIZE) /
			EROFS_SUPER_EXTSLOT_SIZE),
		.metabox_nid = erofs_put64(b->metabox.nid),
		.packed_nid = erofs_put64(b->packed.nid),
		.build_time = erofs_put32(plan->build_time),
		.rootnid_8b = erofs_put64(wide ? root : 0),
	};
	memcpy(ret->uuid, plan->opt.uuid, sizeof(ret->uuid));
	if (plan->opt.volume_name)
		memcpy(ret->volume_name, plan->opt.volume_name, strlen(plan->opt.volume_name));
	if (plan->xattrs.prefix_count && !plan->prefixes_packed)
		ret->xattr_prefix_start = erofs_put32((uint32_t)(plan->prefixes_at / 4));
	if (plan->xattrs.ishare_id >= 0)
		ret->ishare_xattr_prefix_id = (uint8_t)plan->xattrs.ishare_id;
	if (plan->device_count) {
		ret->extra_devices = erofs_put16((uint16_t)plan->device_count);
		ret->devt_slotoff = erofs_put16((uint16_t)(plan->device_table_at / EROFS_DEVT_SLOT_SIZE));
	}
}

/* It covers the whole head (section 1.2). */
void erofs_super_seal(struct writer *w)
{
	struct erofs_super_block super;
	uint8_t *at = w->head + EROFS_SUPER_OFFSET;

	if (w->plan->opt.no_checksum)
		return;
	memcpy(&super, at, EROFS_SUPER_BASE_SIZE);
	super.checksum = erofs_put32(erofs_crc32c(UINT32_MAX, at, w->head_bytes - EROFS_SUPER_OFFSET));
	memcpy(at, &super, EROFS_SUPER_BASE_SIZE);
}

static int write_shared(struct writer *w)
{
	const struct plan_xattrs *px = &w->plan->xattrs;
	auto_free uint8_t *shared = calloc(1, px->shared_bytes ? px->shared_bytes : 1);
	auto_free uint8_t *prefixes = calloc(1, px->prefix_bytes ? px->prefix_bytes : 1);
	int r;

	if (!shared || !prefixes)
		return erofs_fail_errno(w->report, -ENOMEM, "%" PRIu32 " bytes of shared xattrs",
			px->shared_bytes);
	erofs_encode_shared_xattrs(px, shared);
	if (px->prefix_bytes)
		erofs_encode_prefixes(px, prefixes);
	r = erofs_write_image(w, w->plan->shared_at, shared, px->shared_bytes);
	if (r == 0 && !w->plan->prefixes_packed)
		r = erofs_write_image(w, w->plan->prefixes_at, prefixes, px->prefix_bytes);
	return r;
}

static int write_config(struct writer *w)
{
	uint8_t config[ENCODE_CONFIG_MAX_BYTES];
	uint32_t bytes = erofs_encode_config(w->plan, w->plan->compression.used_algorithms, config);

	return erofs_write_image(w, EROFS_SUPER_OFFSET + erofs_plan_super_bytes(w->plan), config, bytes);
}

static uint64_t device_blocks(const struct writer *w, uint32_t index)
{
	if (w->blob.out)
		return w->blob.next_block;
	return erofs_ceil_div(w->plan->tree->devices[index].size_bytes, w->plan->block_size);
}

/* @start is where the device would lie in a flattened image: 0 says nowhere, when that is out of reach. */
static struct erofs_deviceslot encode_device(const struct writer *w, uint32_t index, uint64_t start)
{
	uint64_t blocks = device_blocks(w, index);
	struct erofs_deviceslot slot = { .blocks_lo = erofs_put32((uint32_t)blocks) };

	if (!w->blob.out)
		memcpy(slot.tag, w->plan->tree->devices[index].tag, sizeof(slot.tag));
	if (start <= UINT32_MAX || w->plan->wide)
		slot.uniaddr_lo = erofs_put32((uint32_t)start);
	if (w->plan->wide) {
		slot.blocks_hi = erofs_put16((uint16_t)(blocks >> 32));
		slot.uniaddr_hi = erofs_put16((uint16_t)(start >> 32));
	}
	return slot;
}

static int write_device_table(struct writer *w, uint64_t blocks)
{
	uint64_t at = w->plan->device_table_at, start = blocks;
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < w->plan->device_count; i++) {
		struct erofs_deviceslot slot = encode_device(w, i, start);

		r = erofs_write_image(w, at, &slot, sizeof(slot));
		at += sizeof(slot);
		start += device_blocks(w, i);
	}
	return r;
}

/* The zone was written where it must fit; it follows the data closely now that its end is known. */
static int move_zone(struct writer *w, uint64_t *ret_end)
{
	struct erofs_plan *plan = w->plan;
	uint64_t zone = w->image.next_block;
	int r;

	if (zone > META_START_MAX)
		return erofs_fail(w->report, -EFBIG, "metadata zone at block %" PRIu64
			" is out of reach", zone);
	r = erofs_output_move(w->out, plan->inode_area_at, zone << plan->block_bits,
		plan->inode_area_bytes);
	plan->meta_start_block = (uint32_t)zone - 1;
	/* The first place may overlap the rest of the last block. */
	w->image.dirty_end = erofs_ceil_div(plan->inode_area_at + plan->inode_area_bytes,
		plan->block_size);
	*ret_end = (zone << plan->block_bits) + plan->inode_area_bytes;
	return r;
}

static int settle_zone(struct writer *w, uint64_t *ret_end)
{
	const struct erofs_plan *plan = w->plan;

	if (plan->metabox)
		return 0;
	if (plan->data_first)
		*ret_end = plan->inode_area_at + plan->inode_area_bytes;
	else if (plan->opt.meta_zone)
		return move_zone(w, ret_end);
	return 0;
}

/* Space given back at the end of the data may hold bytes of a file; what follows the image's last byte
 * up to its size must not. */
static int clear_rest(struct writer *w, uint64_t end, uint64_t size)
{
	uint64_t limit = w->image.dirty_end << w->plan->block_bits;

	if (limit > size)
		limit = size;
	if (end < w->head_bytes)
		end = w->head_bytes; /* which has no data */
	return erofs_output_write_zeros(w->out, end, limit);
}

/* The blob first: an image never refers to one that is not there. */
static int commit(struct writer *w, uint64_t size)
{
	struct erofs_output *blob = w->blob.out;
	int r = 0;

	if (blob) {
		erofs_output_make_revocable(blob);
		r = erofs_output_commit(blob, w->blob.next_block << w->plan->block_bits, 0, "", 0);
	}
	if (r == 0)
		r = erofs_output_commit(w->out, size, 0, w->head, w->head_bytes);
	if (r < 0 && blob)
		erofs_output_revoke(blob);
	return r;
}

static void summarize(struct writer *w, uint64_t blocks)
{
	const struct erofs_plan *plan = w->plan;

	w->summary.blocks = blocks;
	w->summary.inodes = plan->tree->node_count;
	w->summary.tagged_files = plan->tagged_count;
	if (!plan->metabox)
		w->summary.metadata_blocks = erofs_ceil_div(plan->inode_area_bytes, plan->block_size) +
			plan->dir_blocks;
}

static int append(struct build *b, uint64_t blocks)
{
	summarize(&b->w, blocks);
	return erofs_append_commit(b, blocks);
}

int erofs_super_write(struct build *b)
{
	struct writer *w = &b->w;
	const struct erofs_plan *plan = w->plan;
	uint64_t end = w->image.next_block << plan->block_bits, blocks, size;
	struct erofs_super_block super;
	int r = settle_zone(w, &end);

	if (r < 0)
		return r;
	blocks = erofs_round_up(erofs_ceil_div(end, plan->block_size), plan->opt.align_blocks);
	size = blocks << plan->block_bits;
	r = clear_rest(w, end, size);
	if (r == 0)
		r = write_shared(w);
	if (r == 0 && plan->tree->base)
		return append(b, blocks);
	if (r == 0)
		r = write_config(w);
	if (r == 0)
		r = write_device_table(w, blocks);
	if (r < 0)
		return r;
	encode_super(b, blocks, &super);
	memcpy(w->head + EROFS_SUPER_OFFSET, &super, erofs_plan_super_bytes(plan));
	erofs_super_seal(w);
	summarize(w, blocks);
	return commit(w, size);
}
