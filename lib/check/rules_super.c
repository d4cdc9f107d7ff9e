/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Rules about the superblock and the tables it points to (format sections 1, 4.4, 6.5, 7, 8.1), held
 * against the bytes of the file: an image that breaks them cannot be opened. */
#include "check/rules.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "base/cleanup.h"
#include "base/crc32c.h"
#include "base/math.h"
#include "base/options.h"
#include "format/erofs_fs.h"
#include "io/store.h"

DEFINE_AUTO(store, struct erofs_store *, erofs_store_close)

/* The superblock as stored, with what follows from it. */
struct super_check {
	const struct erofs_store *store;
	const struct erofs_report *report;
	struct erofs_check_summary *summary;
	struct erofs_super_block sb;
	uint64_t image_bytes;
	uint64_t super_bytes;
	uint64_t block_bytes;
	uint32_t compat, incompat;
};

#define FOUND(s, rule, ...) \
	erofs_check_found_early((s)->report, (s)->summary, rule, __VA_ARGS__)

/* Reads what cannot be judged as damage: without it the file is no EROFS image at all. */
static int read_super(struct super_check *s)
{
	const char *name = erofs_store_name(s->store);
	int r;

	s->image_bytes = erofs_store_size(s->store);
	if (s->image_bytes < EROFS_SUPER_OFFSET + EROFS_SUPER_BASE_SIZE)
		return erofs_fail(s->report, -EUCLEAN,
			"%s: no erofs superblock: %" PRIu64 " bytes are too few for one", name,
			s->image_bytes);
	r = erofs_store_read(s->store, EROFS_SUPER_OFFSET, &s->sb, EROFS_SUPER_BASE_SIZE);
	if (r < 0)
		return erofs_fail_errno(s->report, r, "%s: cannot read the superblock", name);
	if (erofs_get32(s->sb.magic) != EROFS_SUPER_MAGIC)
		return erofs_fail(s->report, -EUCLEAN,
			"%s: no erofs superblock: magic number is 0x%08x", name,
			(unsigned int)erofs_get32(s->sb.magic));
	s->compat = erofs_get32(s->sb.feature_compat);
	s->incompat = erofs_get32(s->sb.feature_incompat);
	if (s->incompat & ~EROFS_INCOMPAT_KNOWN)
		return erofs_fail(s->report, -EOPNOTSUPP,
			"%s: unknown incompatible features 0x%x", name,
			(unsigned int)(s->incompat & ~EROFS_INCOMPAT_KNOWN));
	s->super_bytes = EROFS_SUPER_BASE_SIZE +
			 (uint64_t)EROFS_SUPER_EXTSLOT_SIZE * s->sb.sb_extslots;
	return 0;
}

/* The block size is the ruler of everything else. False: nothing more can be judged. */
static bool check_sizes(struct super_check *s)
{
	if (s->sb.blkszbits < EROFS_MIN_BLOCK_BITS || s->sb.blkszbits > EROFS_MAX_BLOCK_BITS) {
		FOUND(s, RULE_SUPER_BLOCK_SIZE, "block size is 2^%u bytes, not 2^9 to 2^16",
			s->sb.blkszbits);
		return false;
	}
	s->block_bytes = 1ull << s->sb.blkszbits;
	if (s->sb.dirblkbits)
		FOUND(s, RULE_SUPER_DIR_BLOCK, "directory blocks are 2^%u blocks, not one",
			s->sb.dirblkbits);
	if (EROFS_SUPER_OFFSET + s->super_bytes > s->image_bytes) {
		FOUND(s, RULE_SUPER_SIZE,
			"superblock of %" PRIu64 " bytes ends past the image's %" PRIu64,
			s->super_bytes, s->image_bytes);
		return false;
	}
	return true;
}

static uint64_t block_count(const struct super_check *s)
{
	uint64_t blocks = erofs_get32(s->sb.blocks_lo);

	if (s->incompat & EROFS_INCOMPAT_48BIT && erofs_get64(s->sb.rootnid_8b))
		blocks |= (uint64_t)erofs_get16(s->sb.rootnid_2b) << 32;
	return blocks;
}

/* Section 1.2. @ret_short when the image ends inside what is summed. */
static int check_checksum(struct super_check *s)
{
	size_t size = s->block_bytes > EROFS_SUPER_OFFSET ? s->block_bytes - EROFS_SUPER_OFFSET :
							     s->block_bytes;
	auto_free uint8_t *bytes = NULL;
	uint32_t stored = erofs_get32(s->sb.checksum), sum;
	int r;

	if (!(s->compat & EROFS_COMPAT_SB_CHKSUM))
		return 0;
	if (EROFS_SUPER_OFFSET + size > s->image_bytes)
		return 0; /* super-truncated says so */
	bytes = malloc(size);
	if (!bytes)
		return -ENOMEM;
	r = erofs_store_read(s->store, EROFS_SUPER_OFFSET, bytes, size);
	if (r < 0)
		return erofs_fail_errno(s->report, r, "%s: cannot read the first block",
			erofs_store_name(s->store));
	memset(bytes + offsetof(struct erofs_super_block, checksum), 0, sizeof(s->sb.checksum));
	sum = erofs_crc32c(UINT32_MAX, bytes, size);
	if (sum != stored)
		FOUND(s, RULE_SUPER_CHECKSUM, "checksum is 0x%08x, 0x%08x expected",
			(unsigned int)stored, (unsigned int)sum);
	return 0;
}

static void check_values(struct super_check *s)
{
	uint32_t nsec = erofs_get32(s->sb.fixed_nsec);
	uint64_t packed = erofs_get64(s->sb.packed_nid);
	uint64_t metabox = erofs_get64(s->sb.metabox_nid);

	if (nsec >= 1000000000)
		FOUND(s, RULE_SUPER_NSEC, "compact inodes have %u nanoseconds",
			(unsigned int)nsec);
	if (erofs_nid_in_metabox(packed))
		FOUND(s, RULE_SUPER_PACKED, "packed nid 0x%" PRIx64 " is in the metabox", packed);
	if (!(s->incompat & EROFS_INCOMPAT_METABOX)) {
		if (s->compat & EROFS_COMPAT_SHARED_EA_IN_METABOX)
			FOUND(s, RULE_SUPER_SHARED_XATTRS,
				"shared xattrs are in a metabox, but there is none");
		return;
	}
	if (!s->sb.sb_extslots)
		FOUND(s, RULE_SUPER_METABOX, "no extension slot holds the metabox nid");
	else if (!metabox || erofs_nid_in_metabox(metabox))
		FOUND(s, RULE_SUPER_METABOX, "metabox nid is 0x%" PRIx64, metabox);
}

/* ---- compression records (section 8.1) ---- */

static const uint8_t record_bytes[EROFS_ALGORITHM_COUNT] = {
	[EROFS_ALGORITHM_LZ4] = 14,
	[EROFS_ALGORITHM_LZMA] = 14,
	[EROFS_ALGORITHM_DEFLATE] = 6,
	[EROFS_ALGORITHM_ZSTD] = 6,
};

/* @p: the payload of one record, of at least record_bytes[@algorithm] bytes. */
static void check_record(struct super_check *s, enum erofs_algorithm algorithm, const uint8_t *p)
{
	switch (algorithm) {
	case EROFS_ALGORITHM_LZ4:
		if (erofs_load16(p + 2) * s->block_bytes > 1024 * 1024)
			FOUND(s, RULE_SUPER_COMPRESSION, "lz4 pclusters have %u blocks",
				(unsigned int)erofs_load16(p + 2));
		break;
	case EROFS_ALGORITHM_LZMA:
		if (erofs_load16(p + 4) || erofs_load32(p) < 4096 || erofs_load32(p) > 8 * 1024 * 1024)
			FOUND(s, RULE_SUPER_COMPRESSION, "lzma format %u, dictionary of %u bytes",
				(unsigned int)erofs_load16(p + 4), (unsigned int)erofs_load32(p));
		break;
	case EROFS_ALGORITHM_DEFLATE:
		if (p[0] > 15)
			FOUND(s, RULE_SUPER_COMPRESSION, "deflate window of 2^%u bytes", p[0]);
		break;
	case EROFS_ALGORITHM_ZSTD:
		if (p[0] || p[1] > 10)
			FOUND(s, RULE_SUPER_COMPRESSION, "zstd format %u, window of 2^%u bytes",
				p[0], p[1] + 10u);
		break;
	case EROFS_ALGORITHM_COUNT:
		break;
	}
}

static void check_compression(struct super_check *s)
{
	uint32_t bitmap = erofs_get16(s->sb.available_compr_algs);
	uint64_t at = EROFS_SUPER_OFFSET + s->super_bytes;

	if (!(s->incompat & EROFS_INCOMPAT_COMPR_CFGS))
		return;
	if (bitmap >> EROFS_ALGORITHM_COUNT)
		FOUND(s, RULE_SUPER_COMPRESSION, "unknown algorithms in bitmap 0x%x",
			(unsigned int)bitmap);
	for (unsigned int i = 0; i < EROFS_ALGORITHM_COUNT; i++) {
		uint8_t record[2 + 14];
		uint32_t size;

		if (!(bitmap & 1u << i))
			continue;
		at = erofs_round_up(at, 4);
		if (erofs_store_read(s->store, at, record, 2u + record_bytes[i]) < 0) {
			FOUND(s, RULE_SUPER_COMPRESSION,
				"record of algorithm %u at byte %" PRIu64 " is outside the image",
				i, at);
			return;
		}
		size = erofs_load16(record);
		if (size < record_bytes[i]) {
			FOUND(s, RULE_SUPER_COMPRESSION, "record of algorithm %u has %u bytes, not %u",
				i, (unsigned int)size, record_bytes[i]);
			return;
		}
		check_record(s, i, record + 2);
		at += 2 + size;
	}
}

/* ---- extra devices (section 4.4) ---- */

static void check_devices(struct super_check *s)
{
	uint32_t devices = erofs_get16(s->sb.extra_devices);
	uint64_t at = (uint64_t)erofs_get16(s->sb.devt_slotoff) * EROFS_DEVT_SLOT_SIZE;
	bool wide = s->incompat & EROFS_INCOMPAT_48BIT;

	if (!(s->incompat & EROFS_INCOMPAT_DEVICE_TABLE) || !devices)
		return;
	for (uint32_t i = 0; i < devices; i++, at += EROFS_DEVT_SLOT_SIZE) {
		struct erofs_deviceslot slot;
		uint64_t blocks, start;

		if (erofs_store_read(s->store, at, &slot, sizeof(slot)) < 0) {
			FOUND(s, RULE_SUPER_DEVICES,
				"slot of device %u at byte %" PRIu64 " is outside the image",
				(unsigned int)i + 1, at);
			return;
		}
		blocks = erofs_get32(slot.blocks_lo);
		start = erofs_get32(slot.uniaddr_lo);
		if (wide) {
			blocks |= (uint64_t)erofs_get16(slot.blocks_hi) << 32;
			start |= (uint64_t)erofs_get16(slot.uniaddr_hi) << 32;
		}
		if (start + blocks > (wide ? EROFS_NULL_ADDR48 : EROFS_NULL_ADDR))
			FOUND(s, RULE_SUPER_DEVICES,
				"device %u of %" PRIu64 " blocks starts at block %" PRIu64
				": past the last address", (unsigned int)i + 1, blocks, start);
	}
}

/* ---- xattr name prefixes (sections 6.5, 7) ---- */

/* Where the table is not in the packed inode or the metabox, whose content nobody can read yet. */
static bool prefixes_on_device(const struct super_check *s)
{
	if (s->compat & EROFS_COMPAT_PLAIN_XATTR_PFX)
		return true;
	if (s->incompat & EROFS_INCOMPAT_METABOX && erofs_get64(s->sb.metabox_nid))
		return false;
	return !erofs_get64(s->sb.packed_nid);
}

static void check_prefix_records(struct super_check *s)
{
	uint64_t at = (uint64_t)erofs_get32(s->sb.xattr_prefix_start) * 4;

	for (unsigned int i = 0; i < s->sb.xattr_prefix_count; i++) {
		struct erofs_xattr_long_prefix record;
		uint32_t size;

		at = erofs_round_up(at, 4);
		if (erofs_store_read(s->store, at, &record, sizeof(record)) < 0) {
			FOUND(s, RULE_SUPER_PREFIXES,
				"xattr prefix %u at byte %" PRIu64 " is outside the image", i, at);
			return;
		}
		size = erofs_get16(record.len);
		if (size < 1 || size > 256 || at + 2 + size > s->image_bytes) {
			FOUND(s, RULE_SUPER_PREFIXES, "xattr prefix %u has %u bytes", i,
				(unsigned int)size);
			return;
		}
		if (record.base_index >= EROFS_XATTR_INDEX_COUNT)
			FOUND(s, RULE_SUPER_PREFIXES, "xattr prefix %u has base index %u", i,
				record.base_index);
		at += 2 + size;
	}
}

static void check_prefixes(struct super_check *s)
{
	bool table = s->incompat & EROFS_INCOMPAT_XATTR_PREFIXES;
	unsigned int count = table ? s->sb.xattr_prefix_count : 0;

	if (s->compat & EROFS_COMPAT_ISHARE_XATTRS && s->sb.ishare_xattr_prefix_id >= count)
		FOUND(s, RULE_SUPER_ISHARE, "the fingerprint's name is xattr prefix %u of %u",
			s->sb.ishare_xattr_prefix_id, count);
	if (count > EROFS_XATTR_MAX_PREFIXES)
		FOUND(s, RULE_SUPER_PREFIXES, "%u xattr prefixes are more than %u", count,
			EROFS_XATTR_MAX_PREFIXES);
	else if (table && prefixes_on_device(s))
		check_prefix_records(s);
}

/* ---- all of it ---- */

/* An image that was cut off gets this one finding: everything it lacks would only repeat it. */
static bool check_whole(struct super_check *s)
{
	uint64_t blocks = block_count(s), size;

	if (erofs_mul_overflow(blocks, s->block_bytes, &size))
		size = UINT64_MAX;
	if (s->compat & EROFS_COMPAT_SB_CHKSUM && size < s->block_bytes)
		size = s->block_bytes;
	if (s->image_bytes >= size)
		return true;
	FOUND(s, RULE_SUPER_TRUNCATED,
		"the image is cut off: %" PRIu64 " bytes of %" PRIu64 " are there (%" PRIu64
		" blocks of %" PRIu64 " bytes)", s->image_bytes, size, blocks, s->block_bytes);
	return false;
}

static int check_all(struct super_check *s, bool ignore_checksum)
{
	uint64_t rest = s->super_bytes - EROFS_SUPER_BASE_SIZE;
	size_t more = sizeof(s->sb) - EROFS_SUPER_BASE_SIZE;
	int r;

	if (!check_sizes(s) || !check_whole(s)) {
		s->summary->gave_up = true;
		return 0;
	}
	if (rest) {
		r = erofs_store_read(s->store, EROFS_SUPER_OFFSET + EROFS_SUPER_BASE_SIZE,
			(uint8_t *)&s->sb + EROFS_SUPER_BASE_SIZE, rest < more ? rest : more);
		if (r < 0)
			return r;
	}
	if (!ignore_checksum) {
		r = check_checksum(s);
		if (r < 0)
			return r;
	}
	check_values(s);
	check_compression(s);
	check_devices(s);
	check_prefixes(s);
	return 0;
}

int erofs_check_super(const char *path, const struct erofs_image_options *options,
	const struct erofs_report *report, struct erofs_check_summary *ret)
{
	auto_of(store) struct erofs_store *store = NULL;
	struct erofs_check_summary summary = { 0 };
	struct super_check s = { .report = report, .summary = &summary };
	struct erofs_image_options all;
	int r = erofs_options_take(options, EROFS_OPTIONS_BYTES(all), "image options", report, &all);

	if (r == 0)
		r = erofs_store_open_file(path, all.offset_bytes, report, &store);
	if (r < 0)
		return r;
	s.store = store;
	r = read_super(&s);
	if (r < 0)
		return r;
	r = check_all(&s, all.ignore_checksum);
	if (r < 0)
		return r;
	*ret = summary;
	return 0;
}
