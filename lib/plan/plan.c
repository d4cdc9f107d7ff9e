/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Planning an image: checks and defaults of the options, then one step after the other. */
#include "plan/plan.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/math.h"
#include "base/options.h"
#include "base/report.h"
#include "plan/encode_index.h"
#include "plan/hints.h"

#define DEFAULT_BLOCK_BITS 12
#define VOLUME_NAME_MAX 15

int erofs_plan_fail(const struct erofs_plan *plan, const struct erofs_node *node, int error,
	const char *format, ...)
{
	char path[EROFS_NODE_PATH_SHOWN];

	return erofs_fail_in(plan->report, error, format, "%s", erofs_node_path(node, path, sizeof(path)));
}

bool erofs_plan_is_file(const struct erofs_node *node)
{
	return S_ISREG(node->mode) && node->size_bytes > 0;
}

bool erofs_plan_is_referred(const struct erofs_node *node)
{
	return node->referred_bits && erofs_plan_is_file(node);
}

uint64_t erofs_plan_stored_bytes(const struct erofs_node *node)
{
	return erofs_plan_is_referred(node) ? 0 : node->size_bytes;
}

uint64_t erofs_plan_nid(const struct erofs_plan *plan, const struct erofs_node *node)
{
	uint64_t nid = (plan->inodes[node->index].offset + plan->nid_shift_bytes) / EROFS_SLOT_SIZE;

	if (node->kept)
		return node->kept_nid;
	if (erofs_plan_is_old_root(plan, node))
		return plan->tree->base->root.nid;
	return plan->metabox ? nid | EROFS_NID_METABOX : nid;
}

uint32_t erofs_plan_tail_bytes(const struct erofs_plan *plan, const struct plan_inode *pi)
{
	if (erofs_plan_is_compressed(pi))
		return plan->packed[pi - plan->inodes].inline_bytes;
	if (pi->layout != EROFS_LAYOUT_FLAT_INLINE)
		return 0;
	return (uint32_t)(pi->size_bytes & (plan->block_size - 1));
}

uint64_t erofs_plan_blocks(const struct erofs_plan *plan, const struct plan_inode *pi)
{
	switch (pi->layout) {
	case EROFS_LAYOUT_FLAT_INLINE:
		return pi->size_bytes >> plan->block_bits;
	case EROFS_LAYOUT_FLAT_PLAIN:
		return erofs_ceil_div(pi->size_bytes, plan->block_size);
	default:
		return 0;
	}
}

uint64_t erofs_plan_chunk_count(const struct erofs_plan *plan, const struct plan_inode *pi)
{
	return erofs_ceil_div(pi->size_bytes, (uint64_t)plan->block_size << pi->chunk_bits);
}

uint32_t erofs_plan_array_at(const struct erofs_plan *plan, const struct plan_inode *pi)
{
	return (uint32_t)erofs_round_up(erofs_plan_inode_bytes(pi) + pi->xattr_bytes, plan->unit);
}

uint64_t erofs_plan_meta_bytes(const struct erofs_plan *plan, const struct plan_inode *pi)
{
	uint32_t index_at = erofs_plan_index_at(plan, pi);
	struct encode_index index;

	if (erofs_plan_is_compressed(pi)) {
		erofs_plan_index(plan, pi, &index);
		return index_at + erofs_encode_index_bytes(&index, index_at);
	}
	if (pi->layout != EROFS_LAYOUT_CHUNK_BASED)
		return erofs_plan_inode_bytes(pi) + pi->xattr_bytes;
	return erofs_plan_array_at(plan, pi) + erofs_plan_chunk_count(plan, pi) * plan->unit;
}

int erofs_plan_check_block_bits(uint32_t block_bits, const struct erofs_report *report)
{
	if (block_bits >= EROFS_MIN_BLOCK_BITS && block_bits <= EROFS_MAX_BLOCK_BITS)
		return 0;
	return erofs_fail(report, -EINVAL, "block size of 2^%" PRIu32 " bytes: not 512 to 65536", block_bits);
}

static int check_numbers(const struct erofs_plan *plan)
{
	const struct erofs_build_options *opt = &plan->opt;

	if (opt->volume_name && strlen(opt->volume_name) > VOLUME_NAME_MAX)
		return erofs_fail(plan->report, -EINVAL, "volume name of %zu bytes: longer than %d",
			strlen(opt->volume_name), VOLUME_NAME_MAX);
	if (!erofs_is_power_of_two(opt->align_blocks))
		return erofs_fail(plan->report, -EINVAL, "image alignment of %" PRIu32
			" blocks: not a power of two", opt->align_blocks);
	if (opt->ishare && !erofs_digest_size_bytes(opt->ishare))
		return erofs_fail(plan->report, -EINVAL, "fingerprint algorithm %d: unknown", (int)opt->ishare);
	if (opt->located && (!opt->reserve_only || opt->chunk_size_bytes || opt->dedupe || opt->fragments ||
			     opt->all_fragments || opt->compress_directories))
		return erofs_fail(plan->report, -EINVAL, "places can only be told of plain blocks that are reserved");
	if (opt->ishare && opt->reserve_only && !opt->located)
		return erofs_fail(plan->report, -EINVAL, "fingerprints of data that is reserved but not written would "
			"be false until somebody writes it: build without (--ishare=none)");
	return 0;
}

static int check_chunks(const struct erofs_plan *plan)
{
	const struct erofs_build_options *opt = &plan->opt;
	uint64_t chunk = opt->chunk_size_bytes;

	if (chunk && (!erofs_is_power_of_two(chunk) || chunk < plan->block_size))
		return erofs_fail(plan->report, -EINVAL, "chunk size of %" PRIu64
			" bytes: not a power of two of at least the block size", chunk);
	if (opt->blob_path && !chunk)
		return erofs_fail(plan->report, -EINVAL, "%s: a blob needs a chunk size", opt->blob_path);
	if (opt->blob_path && opt->chunk_form == EROFS_CHUNK_FORM_BLOCK_MAP)
		return erofs_fail(plan->report, -EINVAL, "%s: a block map cannot refer to a blob",
			opt->blob_path);
	return 0;
}

void erofs_plan_fill_defaults(struct erofs_build_options *opt)
{
	if (!opt->block_bits)
		opt->block_bits = DEFAULT_BLOCK_BITS;
	if (!opt->align_blocks)
		opt->align_blocks = 1;
	if (!opt->data_align_blocks)
		opt->data_align_blocks = 1;
	if (!opt->ishare_xattr)
		opt->ishare_xattr = EROFS_ISHARE_DEFAULT_XATTR;
	if (opt->dot_omitted)
		opt->use_48bit = true;
	if (opt->dedupe && !opt->compression_count && !opt->chunk_size_bytes)
		opt->chunk_size_bytes = 1ull << opt->block_bits;
	if (opt->reserve_only)
		opt->no_inline_regular = true;
}

/* Compact inodes store seconds after the epoch (section 3.7). */
static void plan_epoch(struct erofs_plan *plan)
{
	int64_t now = plan->opt.build_time_seconds;

	if (plan->tree->base) {
		plan->epoch_seconds = plan->tree->base->super.epoch_seconds;
		return;
	}
	plan->epoch_seconds = now;
	if (!plan->has_48bit || now <= 0)
		return;
	plan->epoch_seconds = now > UINT32_MAX ? now - UINT32_MAX : 0;
	plan->build_time = (uint32_t)(now - plan->epoch_seconds);
}

static void plan_units(struct erofs_plan *plan)
{
	const struct erofs_build_options *opt = &plan->opt;
	bool indexes = erofs_plan_has_devices(plan) || opt->chunk_form == EROFS_CHUNK_FORM_INDEXES;

	if (plan->wide && opt->chunk_form == EROFS_CHUNK_FORM_AUTO)
		indexes = true;
	plan->unit = indexes ? sizeof(struct erofs_inode_chunk_index) : sizeof(erofs_le32);
}

/* Devices that the tree refers to, or the blob; their addresses are in blocks of this image. */
static int plan_devices(struct erofs_plan *plan)
{
	const struct erofs_tree *tree = plan->tree;
	uint64_t limit = erofs_plan_address_limit(&plan->opt);

	plan->device_count = plan->opt.blob_path ? 1 : tree->device_count;
	if (plan->opt.blob_path && tree->device_count)
		return erofs_fail(plan->report, -EINVAL,
			"%s: a blob beside sources that stay where they are", plan->opt.blob_path);
	if (tree->device_count && plan->opt.chunk_form == EROFS_CHUNK_FORM_BLOCK_MAP)
		return erofs_fail(plan->report, -EINVAL, "a block map cannot refer to other devices");
	if (tree->device_count > UINT16_MAX - 1)
		return erofs_fail(plan->report, -E2BIG, "%" PRIu32 " devices, the limit is %d",
			tree->device_count, UINT16_MAX - 1);
	for (uint32_t i = 0; i < tree->device_count; i++)
		if (erofs_ceil_div(tree->devices[i].size_bytes, plan->block_size) >= limit)
			return erofs_fail(plan->report, -EFBIG, "device %" PRIu32 " of %" PRIu64
				" bytes is too large%s", i + 1, tree->devices[i].size_bytes,
				plan->opt.use_48bit ? "" : ": needs 48-bit addresses");
	return 0;
}

/* Whether an address may need more than 32 bits is decided for the image as a whole, from the most that
 * it can hold: inode forms are fixed before blocks are. */
static int plan_width(struct erofs_plan *plan)
{
	uint64_t blocks = (1u << 20) + (erofs_plan_front(plan) >> plan->block_bits); /* more than any front */

	for (uint32_t i = 0; i < plan->device_count && !plan->opt.blob_path; i++)
		if (erofs_add_overflow(blocks, plan->tree->devices[i].size_bytes >> plan->block_bits, &blocks))
			return erofs_fail(plan->report, -EFBIG, "devices are too large for an image");
	for (uint32_t i = 0; i < plan->tree->node_count; i++) {
		uint64_t size = erofs_plan_stored_bytes(plan->tree->nodes[i]);
		uint64_t more = erofs_ceil_div(size, plan->block_size) + plan->opt.data_align_blocks + 2;

		if (erofs_add_overflow(blocks, more, &blocks))
			return erofs_fail(plan->report, -EFBIG, "files of this tree are too large for an image");
	}
	/* Indexes of compressed files have 32-bit addresses only. Metadata comes on top. */
	plan->wide = plan->opt.use_48bit && !plan->compression.on && blocks >= EROFS_NULL_ADDR / 2;
	return 0;
}

/* Checks the options and completes them, by the base image if there is one. */
static int take_options(struct erofs_plan *plan, const struct erofs_build_options *options)
{
	int r = erofs_options_take(options, EROFS_OPTIONS_BYTES(plan->opt), "build options", plan->report,
		&plan->opt);

	if (r == 0)
		r = erofs_plan_adopt_base(plan);
	if (r < 0)
		return r;
	erofs_plan_fill_defaults(&plan->opt);
	r = erofs_plan_check_block_bits(plan->opt.block_bits, plan->report);
	if (r == 0)
		r = check_numbers(plan);
	if (r < 0)
		return r;
	plan->block_bits = plan->opt.block_bits;
	plan->block_size = 1u << plan->block_bits;
	r = check_chunks(plan);
	if (r == 0)
		r = plan_devices(plan);
	if (r == 0)
		r = erofs_plan_compression(plan);
	plan->data_first = plan->compression.on || plan->tree->intake;
	plan->metabox = plan->opt.metabox_pcluster_bytes;
	plan->has_48bit = plan->opt.use_48bit || plan->metabox || plan->carries_records;
	return r;
}

static int allocate_inodes(struct erofs_plan *plan)
{
	uint32_t count = plan->tree->node_count;
	bool needs_packed = plan->compression.on || plan->opt.compress_directories;

	plan->inodes = calloc(count, sizeof(*plan->inodes));
	if (needs_packed)
		plan->packed = calloc(count, sizeof(*plan->packed));
	if (!plan->inodes || (needs_packed && !plan->packed))
		return erofs_fail_errno(plan->report, -ENOMEM, "%" PRIu32 " inodes", count);
	return 0;
}

int erofs_plan_init(struct erofs_plan *plan, const struct erofs_tree *tree,
	const struct erofs_build_options *options, const struct erofs_report *report)
{
	int r;

	*plan = (struct erofs_plan){ .tree = tree, .report = report };
	erofs_arena_init(&plan->kept);
	r = take_options(plan, options);
	if (r == 0)
		r = allocate_inodes(plan);
	if (r < 0)
		return r;
	plan_epoch(plan);
	if (plan->carries)
		erofs_plan_carried_choices(plan);
	else if (plan->compression.on)
		r = erofs_plan_choices(plan);
	if (r == 0)
		r = plan_width(plan);
	if (r < 0)
		return r;
	plan_units(plan);
	r = erofs_plan_xattrs(plan);
	/* Kernels before 6.17 look for it there (section 6.5). */
	plan->prefixes_packed = plan->xattrs.prefix_count && !plan->opt.plain_xattr_prefixes && !plan->metabox &&
		(plan->fragments || plan->opt.compress_directories);
	if (r == 0)
		r = erofs_plan_inodes(plan);
	if (r == 0 && plan->data_first)
		r = erofs_plan_place_front(plan);
	else if (r == 0)
		r = erofs_plan_place_inodes(plan);
	return r == 0 && !plan->data_first ? erofs_plan_place_areas(plan, 0) : r;
}

void erofs_plan_fini(struct erofs_plan *plan)
{
	erofs_plan_hints_free(plan->hints);
	free(plan->inodes);
	free(plan->items);
	free(plan->packed);
	free(plan->extents);
	erofs_arena_fini(&plan->kept);
	free(plan->xattrs.shared);
	free(plan->xattrs.shared_offsets);
}
