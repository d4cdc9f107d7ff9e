/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Rules about where content lies (format sections 4, 8, 10): tails, chunk records, compressed indexes,
 * and that every extent is on a device that has it. Extents may overlap: that is how files share. */
#include "check/rules.h"

#include <inttypes.h>
#include <erofs/codec.h>
#include "base/math.h"
#include "format/erofs_fs.h"
#include "image/chunk.h"
#include "image/device.h"
#include "image/inode_decode.h"
#include "image/stream.h"
#include "image/zheader.h"

/* What mapping one extent costs at least, in bytes of metadata looked at. */
#define EXTENT_COST 8

/* The bytes of an inode that are looked at. */
struct map_check {
	struct check *chk;
	const struct erofs_inode *inode;
	uint64_t stored_bytes;
	uint32_t algorithms; /* bitmap of what its content is encoded by */
	bool elsewhere;	     /* some of it is on a device that was not given */
	bool sound;
};

static void unsound(struct map_check *m)
{
	m->sound = false;
}

#define FOUND(m, rule, ...) (erofs_check_found((m)->chk, rule, __VA_ARGS__), unsound(m))

/* Without device files an address past the primary device can only be held against the table: the
 * device that claims @offset of the unified space, or the one with number @device. */
static bool in_device_table(struct check *chk, uint32_t device, uint64_t offset, uint64_t end)
{
	uint32_t bits = chk->super->block_bits;
	uint32_t first = device ? device - 1 : 0;
	uint32_t last = device ? device : chk->super->device_count;

	if (!erofs_check_spend(chk, (uint64_t)(last - first) * EXTENT_COST))
		return true;
	for (uint32_t i = first; i < last; i++) {
		const struct erofs_device *d = erofs_image_device(chk->img, i);
		uint64_t start = device ? 0 : d->unified_start_block << bits;

		if (!device && !start)
			continue;
		if (offset >= start && end - start <= d->block_count << bits)
			return true;
	}
	return false;
}

/* Whether bytes that are on a device are in a file that was given. */
static bool is_given(struct check *chk, uint32_t device, uint64_t offset, uint64_t end)
{
	struct erofs_place place;

	return erofs_device_resolve(chk->img, device, offset, &place) == 0 &&
	       place.offset + (end - offset) <= erofs_device_end(chk->img, place.store);
}

static bool on_device(struct check *chk, uint32_t device, uint64_t offset, uint64_t end)
{
	const struct erofs_super *super = chk->super;
	bool files = super->device_count && erofs_image_device(chk->img, 0)->opened;

	if (super->device_count && !files && (device || end > erofs_image_size_bytes(chk->img)))
		return in_device_table(chk, device, offset, end);
	return is_given(chk, device, offset, end);
}

static void check_range(struct map_check *m, uint64_t logical, uint32_t device, uint64_t physical,
	uint64_t bytes)
{
	uint64_t end;

	if (device > m->chk->super->device_count)
		FOUND(m, RULE_MAP_DEVICE, "byte %" PRIu64 " is on device %u of %u", logical,
			(unsigned int)device, (unsigned int)m->chk->super->device_count);
	else if (erofs_add_overflow(physical, bytes, &end) ||
		 !on_device(m->chk, device, physical, end))
		FOUND(m, RULE_MAP_BOUNDS,
			"byte %" PRIu64 " is at %" PRIu64 "+%" PRIu64 " of device %u, past its end",
			logical, physical, bytes, (unsigned int)device);
	else if (m->chk->super->device_count && !is_given(m->chk, device, physical, end))
		m->elsewhere = true;
}

/* Bytes in the stream of the inode itself. */
static void check_in_stream(struct map_check *m, enum check_rule rule, const char *what,
	uint64_t offset, uint64_t bytes)
{
	uint64_t size = 0, end;

	if (erofs_stream_size(m->chk->rd, erofs_stream_of(m->inode->nid), &size) < 0 ||
	    erofs_add_overflow(offset, bytes, &end) || end > size)
		FOUND(m, rule,
			"%s of %" PRIu64 " bytes at byte %" PRIu64 " ends past the %" PRIu64
			" there are", what, bytes, offset, size);
}

/* ---- chunks (section 4.3) ---- */

static void check_chunk(struct map_check *m, const uint8_t *record, uint64_t logical)
{
	const struct erofs_super *super = m->chk->super;
	uint64_t bytes = (uint64_t)super->block_size_bytes
			 << (m->inode->chunk_format & EROFS_CHUNK_BITS_MASK);
	struct erofs_chunk chunk;

	if (bytes > m->inode->size_bytes - logical)
		bytes = m->inode->size_bytes - logical;
	erofs_chunk_decode(m->inode->chunk_format, super->device_count, record, &chunk);
	if (chunk.hole)
		return;
	m->stored_bytes += bytes;
	if (chunk.start_block > UINT64_MAX >> super->block_bits)
		FOUND(m, RULE_MAP_BOUNDS, "byte %" PRIu64 " is in block %" PRIu64, logical,
			chunk.start_block);
	else
		check_range(m, logical, chunk.device, chunk.start_block << super->block_bits, bytes);
}

static void check_chunks(struct map_check *m)
{
	const struct erofs_inode *inode = m->inode;
	uint32_t unit = erofs_chunk_unit(inode->chunk_format);
	uint32_t bits = m->chk->super->block_bits + (inode->chunk_format & EROFS_CHUNK_BITS_MASK);
	uint64_t count = erofs_ceil_div(inode->size_bytes, 1ull << bits), bytes;
	uint64_t at = erofs_round_up(inode->metadata_offset + inode->inode_size_bytes +
					     inode->xattr_size_bytes, unit);
	uint8_t records[4096];

	if (erofs_mul_overflow(count, unit, &bytes))
		bytes = UINT64_MAX;
	check_in_stream(m, RULE_MAP_CHUNKS, "chunk array", at, bytes);
	if (!m->sound || !erofs_check_spend(m->chk, bytes))
		return;
	for (uint64_t i = 0; i < count && !erofs_check_exhausted(m->chk); i++) {
		size_t place = (size_t)(i * unit % sizeof(records));
		uint64_t left = bytes - i * unit;

		if (!place && erofs_stream_read(m->chk->rd, erofs_stream_of(inode->nid),
				      at + i * unit, records,
				      left < sizeof(records) ? left : sizeof(records)) < 0) {
			FOUND(m, RULE_MAP_CHUNKS, "chunk array cannot be read");
			return;
		}
		check_chunk(m, records + place, i << bits);
	}
}

/* ---- everything else ---- */

static void check_fragment(struct map_check *m, const struct erofs_extent *extent)
{
	const struct erofs_super *super = m->chk->super;
	uint64_t size = 0, end;

	if (!super->packed_nid)
		FOUND(m, RULE_MAP_FRAGMENT, "byte %" PRIu64 " is in a packed inode, and there is none",
			extent->logical);
	else if (m->inode->nid == super->packed_nid || m->inode->nid == super->metabox_nid)
		FOUND(m, RULE_MAP_FRAGMENT, "the packed inode and the metabox have no fragments");
	else if (erofs_stream_size(m->chk->rd, EROFS_STREAM_PACKED, &size) < 0)
		unsound(m); /* super-packed says why */
	else if (erofs_add_overflow(extent->physical, extent->length, &end) || end > size)
		FOUND(m, RULE_MAP_FRAGMENT,
			"byte %" PRIu64 " is at %" PRIu64 "+%" PRIu64
			" of the packed inode, which has %" PRIu64 " bytes",
			extent->logical, extent->physical, extent->length, size);
}

static void check_extent(struct map_check *m, const struct erofs_extent *extent)
{
	bool in_stream = extent->kind == EROFS_EXTENT_INLINE || extent->inline_pcluster;

	if (extent->kind == EROFS_EXTENT_HOLE) {
		if (m->inode->layout == EROFS_LAYOUT_FLAT_PLAIN &&
		    !(m->chk->super->incompat & EROFS_INCOMPAT_48BIT))
			erofs_check_found(m->chk, RULE_MAP_HOLE,
				"%" PRIu64 " bytes have no block, which takes Linux 6.15",
				extent->length);
		return;
	}
	if (extent->kind == EROFS_EXTENT_FRAGMENT) {
		check_fragment(m, extent); /* its bytes count with the packed inode */
		m->algorithms |= m->chk->packed_algorithms;
		return;
	}
	if (extent->kind == EROFS_EXTENT_ENCODED && !extent->raw)
		m->algorithms |= 1u << extent->algorithm;
	m->stored_bytes += extent->physical_bytes;
	if (in_stream)
		check_in_stream(m, RULE_MAP_INLINE, "inline tail", extent->physical,
			extent->physical_bytes);
	else
		check_range(m, extent->logical, extent->device, extent->physical,
			extent->physical_bytes);
}

/* Whether the map header (section 8.2) sends the file, or its tail, to a packed inode that cannot be the
 * one of this file. */
static bool wants_packed_inode(const struct map_check *m)
{
	const struct erofs_super *super = m->chk->super;
	uint64_t nid = m->inode->nid;
	uint8_t header[EROFS_ZHEADER_SIZE];

	if (erofs_stream_read(m->chk->rd, erofs_stream_of(nid), erofs_zheader_offset(m->inode), header,
		    sizeof(header)) < 0)
		return false;
	if (header[7] & Z_EROFS_WHOLE_FRAGMENT)
		return true;
	return header[4] & Z_EROFS_ADVISE_FRAGMENT_PCLUSTER &&
	       (!super->packed_nid || nid == super->packed_nid || nid == super->metabox_nid);
}

/* What the mapping itself refuses, by where it happens. */
static enum check_rule rule_of_failure(const struct map_check *m, uint64_t logical)
{
	const struct erofs_super *super = m->chk->super;

	switch (m->inode->layout) {
	case EROFS_LAYOUT_COMPRESSED_FULL:
	case EROFS_LAYOUT_COMPRESSED_COMPACT:
		return wants_packed_inode(m) ? RULE_MAP_FRAGMENT : RULE_MAP_COMPRESSED;
	case EROFS_LAYOUT_FLAT_INLINE:
		if (logical >> super->block_bits >= erofs_inode_flat_blocks(super, m->inode))
			return RULE_MAP_INLINE;
		return RULE_MAP_BOUNDS;
	case EROFS_LAYOUT_FLAT_PLAIN:
	case EROFS_LAYOUT_CHUNK_BASED:
	default:
		return RULE_MAP_BOUNDS;
	}
}

static void check_extents(struct map_check *m)
{
	struct erofs_extent extent;
	uint64_t logical = 0;
	int r = 1;

	while (r > 0 && !erofs_check_exhausted(m->chk)) {
		if (!erofs_check_spend(m->chk, EXTENT_COST))
			return;
		r = erofs_map_at(m->chk->rd, m->inode, logical, &extent);
		if (r > 0) {
			check_extent(m, &extent);
			logical = extent.logical + extent.length;
		}
	}
	if (r < 0)
		FOUND(m, rule_of_failure(m, logical), "byte %" PRIu64 " cannot be found: %s", logical,
			erofs_check_last_words(m->chk));
}

static uint32_t missing(uint32_t algorithms)
{
	for (unsigned int i = 0; i < EROFS_ALGORITHM_COUNT; i++)
		if (erofs_algorithm_available(i))
			algorithms &= ~(1u << i);
	return algorithms;
}

uint64_t erofs_check_map(struct check *chk, const struct erofs_inode *inode,
	struct check_inode *node)
{
	struct map_check m = { .chk = chk, .inode = inode, .sound = true };

	node->sound_map = true;
	if (!inode->size_bytes || !erofs_inode_has_data(inode))
		return 0;
	if (inode->layout == EROFS_LAYOUT_CHUNK_BASED)
		check_chunks(&m);
	else
		check_extents(&m);
	if (inode->nid == chk->super->packed_nid)
		chk->packed_algorithms = m.algorithms;
	chk->summary.missing_algorithms |= missing(m.algorithms);
	chk->summary.missing_devices = chk->summary.missing_devices || m.elsewhere;
	node->undecodable = missing(m.algorithms) || m.elsewhere;
	node->sound_map = m.sound && !erofs_check_exhausted(chk);
	return erofs_ceil_div(m.stored_bytes, chk->super->block_size_bytes);
}
