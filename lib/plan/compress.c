/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Options of compression, and what they mean for an inode. */
#include "plan/plan.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/math.h"
#include "base/report.h"
#include "plan/encode.h"
#include "plan/encode_index.h"
#include "plan/hints.h"

#define MAX_PCLUSTER_BYTES (1u << 20)	/* section 8.3 */
#define MAX_PCLUSTER_BLOCKS 2047u	/* the width of a block count */

const char *erofs_compressor_name(unsigned int number)
{
	for (unsigned int kind = 0; kind < EROFS_ENCODER_KIND_COUNT; kind++)
		if (erofs_encoder_available(kind) && number-- == 0)
			return erofs_encoder_name(kind);
	return NULL;
}

static int find_kind(const struct erofs_plan *plan, const char *name, enum erofs_encoder_kind *ret)
{
	for (unsigned int kind = 0; kind < EROFS_ENCODER_KIND_COUNT; kind++) {
		if (strcmp(erofs_encoder_name(kind), name))
			continue;
		*ret = kind;
		return 0;
	}
	return erofs_fail(plan->report, -EINVAL, "Cannot find a valid compressor %s", name);
}

static int refuse_dictionary(const struct erofs_plan *plan, const struct erofs_compression *c,
	enum erofs_encoder_kind kind)
{
	if (kind == EROFS_ENCODER_DEFLATE)
		return erofs_fail(plan->report, -ERANGE, "dictionary size %" PRIu32 " is too large for %s",
			c->dictionary_bytes, c->name);
	if (kind != EROFS_ENCODER_LZMA && kind != EROFS_ENCODER_ZSTD)
		return erofs_fail(plan->report, -ERANGE, "unsupported dict size for %s", c->name);
	return erofs_fail(plan->report, -ERANGE, "invalid dictionary size %" PRIu32 " for %s",
		c->dictionary_bytes, c->name);
}

/* Says what `complete` did not like: the level, unless it is fine by itself. */
static int refuse(const struct erofs_plan *plan, const struct erofs_compression *c,
	const struct erofs_encoder_options *options, int error)
{
	struct erofs_encoder_options plain = { .kind = options->kind, .level = options->level,
		.max_pcluster_bytes = options->max_pcluster_bytes, .lzma_lc = -1, .lzma_lp = -1,
		.lzma_pb = -1 };

	if (error == -EOPNOTSUPP)
		return erofs_fail(plan->report, error, "Cannot find a valid compressor %s: not in this build",
			c->name);
	if (error == -ERANGE)
		return refuse_dictionary(plan, c, options->kind);
	if (error == -EINVAL && options->kind == EROFS_ENCODER_LZ4)
		return erofs_fail(plan->report, error, "compression level %d is not supported for lz4",
			c->level);
	if (error == -EINVAL && erofs_encoder_options_complete(&plain) == -EINVAL)
		return erofs_fail(plan->report, error, "invalid compression level %d for %s", c->level,
			c->name);
	if (error == -EINVAL)
		return erofs_fail(plan->report, error, "invalid lc, lp or pb for %s", c->name);
	return erofs_fail_errno(plan->report, error, "%s", c->name);
}

static int complete(const struct erofs_plan *plan, const struct erofs_compression *c,
	struct erofs_encoder_options *ret)
{
	struct erofs_encoder_options options = { .level = c->level,
		.dictionary_bytes = c->dictionary_bytes, .max_pcluster_bytes = plan->compression.max_pcluster_bytes,
		.lzma_lc = c->lzma_lc, .lzma_lp = c->lzma_lp, .lzma_pb = c->lzma_pb,
		.dense = plan->opt.dedupe || plan->opt.fragments || plan->opt.all_fragments };
	int r = find_kind(plan, c->name, &options.kind);

	if (r < 0)
		return r;
	r = erofs_encoder_options_complete(&options);
	if (r < 0)
		return refuse(plan, c, &options, r);
	*ret = options;
	return 0;
}

int erofs_plan_check_choice(const struct erofs_plan *plan, const struct plan_choice *choice,
	const char *where)
{
	const char *name = plan->opt.compressions[choice->encoder].name;
	uint32_t blocks = choice->pcluster_bytes >> plan->block_bits;

	if (choice->pcluster_bytes > MAX_PCLUSTER_BYTES || blocks > MAX_PCLUSTER_BLOCKS)
		return erofs_fail(plan->report, -EINVAL, "%spcluster size (%" PRIu32
			" blocks) is too large", where, blocks);
	if (!strncmp(name, "lz4", 3) && blocks > PLAN_MAX_BLOCKS_LZ4)
		return erofs_fail(plan->report, -EINVAL, "%spcluster size (%" PRIu32
			" blocks) is too large for %s", where, blocks, name);
	return 0;
}

static int check_pclusters(struct erofs_plan *plan)
{
	struct erofs_build_options *opt = &plan->opt;
	struct plan_choice first;
	int r;

	if (!opt->pcluster_bytes)
		opt->pcluster_bytes = plan->block_size;
	first = (struct plan_choice){ .pcluster_bytes = opt->pcluster_bytes };
	if (opt->pcluster_bytes & (plan->block_size - 1))
		return erofs_fail(plan->report, -EINVAL, "physical clusters of %" PRIu32
			" bytes: not a multiple of the block size", opt->pcluster_bytes);
	r = erofs_plan_check_choice(plan, &first, "");
	if (r < 0)
		return r;
	if (opt->max_extent_bytes && opt->max_extent_bytes < plan->block_size)
		return erofs_fail(plan->report, -EINVAL, "maximum compressed extent size (%" PRIu32
			") must be at least the block size (%" PRIu32 ")", opt->max_extent_bytes,
			plan->block_size);
	if (opt->chunk_size_bytes)
		return erofs_fail(plan->report, -EINVAL, "files cannot be both compressed and chunk-based");
	return 0;
}

static int check_fragments(struct erofs_plan *plan)
{
	struct erofs_build_options *opt = &plan->opt;

	if (!opt->fragment_pcluster_bytes)
		opt->fragment_pcluster_bytes = opt->pcluster_bytes;
	if (opt->fragment_pcluster_bytes & (plan->block_size - 1))
		return erofs_fail(plan->report, -EINVAL, "invalid pcluster size for the packed file %" PRIu32,
			opt->fragment_pcluster_bytes);
	if (opt->fragment_pcluster_bytes > opt->pcluster_bytes)
		return erofs_fail(plan->report, -EINVAL, "pcluster size (%" PRIu32
			" blocks) for packed inode exceeds maximum",
			opt->fragment_pcluster_bytes >> plan->block_bits);
	return 0;
}

/* Blocks that are reserved are those of the content as it is, and so are those of other devices. Files that are
 * referred to need none, but also refer to nothing in an image of headers alone. */
static bool stores_as_it_is(const struct erofs_plan *plan)
{
	const struct erofs_tree *tree = plan->tree;

	if (plan->opt.reserve_only || tree->device_count)
		return true;
	for (uint32_t i = 0; i < tree->node_count; i++)
		if (erofs_plan_is_referred(tree->nodes[i]))
			return true;
	return false;
}

static int plan_files(struct erofs_plan *plan)
{
	const struct erofs_build_options *opt = &plan->opt;
	struct plan_compression *z = &plan->compression;
	int r;

	erofs_plan_carry(plan);
	if (!opt->compression_count || stores_as_it_is(plan))
		return 0;
	r = check_pclusters(plan);
	if (r == 0)
		r = check_fragments(plan);
	if (r == 0 && opt->compression_count > EROFS_COMPRESSIONS_MAX)
		return erofs_fail(plan->report, -EINVAL, "%zu algorithms: more than %u",
			opt->compression_count, EROFS_COMPRESSIONS_MAX);
	z->max_pcluster_bytes = opt->pcluster_bytes;
	if (r == 0 && opt->compress_hints)
		r = erofs_plan_hints_load(plan);
	for (size_t i = 0; r == 0 && i < opt->compression_count; i++) {
		r = complete(plan, &opt->compressions[i], &z->encoders[i]);
		z->encoder_count++;
	}
	if (r == 0)
		r = erofs_plan_check_algorithms(plan);
	if (r < 0)
		return r;
	z->on = true;
	plan->fragments = opt->fragments || opt->all_fragments;
	if (opt->full_index || erofs_encode_index_must_be_full(plan->block_bits))
		z->form = PLAN_INDEX_FULL;
	return 0;
}

/* Its encoder comes behind those of files; theirs by default. */
static int plan_metabox(struct erofs_plan *plan)
{
	struct erofs_build_options *opt = &plan->opt;
	struct plan_compression *z = &plan->compression;
	uint32_t limit = opt->pcluster_bytes ? opt->pcluster_bytes : plan->block_size;
	int r;

	if (opt->metabox_pcluster_bytes & (plan->block_size - 1))
		return erofs_fail(plan->report, -EINVAL, "invalid pcluster size for the metabox inode %" PRIu32,
			opt->metabox_pcluster_bytes);
	if (opt->metabox_pcluster_bytes > limit)
		return erofs_fail(plan->report, -EINVAL, "pcluster size (%" PRIu32
			" blocks) for metabox inode exceeds maximum", opt->metabox_pcluster_bytes >> plan->block_bits);
	if (!opt->metabox_compression)
		return 0;
	if (!z->on)
		z->max_pcluster_bytes = opt->metabox_pcluster_bytes;
	r = complete(plan, opt->metabox_compression, &z->encoders[z->encoder_count]);
	z->encoder_count += r == 0;
	return r;
}

/* The algorithms that files may use, as bits. */
static uint32_t algorithms_of(const struct erofs_plan *plan)
{
	const struct plan_compression *z = &plan->compression;
	uint32_t algorithms = 0;

	for (uint32_t i = 0; i < z->encoder_count; i++)
		algorithms |= 1u << erofs_encoder_algorithm(z->encoders[i].kind);
	return algorithms;
}

int erofs_plan_compression(struct erofs_plan *plan)
{
	int r = plan_files(plan);

	if (r == 0 && plan->opt.metabox_pcluster_bytes)
		r = plan_metabox(plan);
	if (r == 0)
		plan->compression.config_bytes = erofs_encode_config(plan, algorithms_of(plan), NULL);
	return r;
}

uint32_t erofs_plan_index_at(const struct erofs_plan *plan, const struct plan_inode *pi)
{
	(void)plan;
	return (uint32_t)erofs_round_up(erofs_plan_inode_bytes(pi) + pi->xattr_bytes,
		sizeof(struct z_erofs_map_header));
}

/* Encoded extents where they are smaller: other streams than those of ZSTD want whole blocks, which
 * indexes describe in fewer bytes (section 16 about DEFLATE; nobody else writes the others unaligned). */
static enum plan_index_form choose_form(const struct erofs_plan *plan, const struct plan_choice *choice)
{
	const struct erofs_encoder_options *enc = &plan->compression.encoders[choice->encoder];

	if (choice->pcluster_bytes && plan->opt.use_48bit && !plan->opt.full_index &&
	    erofs_encoder_algorithm(enc->kind) == EROFS_ALGORITHM_ZSTD)
		return PLAN_INDEX_RECORDS;
	return plan->compression.form;
}

int erofs_plan_choices(struct erofs_plan *plan)
{
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < plan->tree->node_count; i++) {
		struct plan_packed *packed = &plan->packed[i];

		*packed = (struct plan_packed){ .choice.pcluster_bytes = plan->opt.pcluster_bytes };
		if (plan->hints && erofs_plan_is_file(plan->tree->nodes[i]))
			r = erofs_plan_hints_match(plan->hints, plan->tree->nodes[i], &packed->choice);
		packed->form = choose_form(plan, &packed->choice);
	}
	return r < 0 ? erofs_fail_errno(plan->report, r, "cannot match compress hints") : 0;
}

void erofs_plan_bare_index(const struct erofs_plan *plan, const struct plan_inode *pi,
	struct encode_index *ret)
{
	const struct plan_packed *packed = &plan->packed[pi - plan->inodes];
	const struct plan_choice *choice = &packed->choice;

	*ret = (struct encode_index){
		.form = packed->form,
		.size_bytes = pi->size_bytes,
		.block_bits = plan->block_bits,
		.algorithm = erofs_encoder_algorithm(plan->compression.encoders[choice->encoder].kind),
		.inline_bytes = packed->inline_bytes,
		.fragment_bytes = packed->fragment_bytes,
		.fragment_at = packed->fragment_at,
		.big = choice->pcluster_bytes > plan->block_size,
	};
}

void erofs_plan_index(const struct erofs_plan *plan, const struct plan_inode *pi,
	struct encode_index *ret)
{
	const struct plan_packed *packed = &plan->packed[pi - plan->inodes];

	erofs_plan_bare_index(plan, pi, ret);
	ret->extents = plan->extents + packed->first_extent;
	ret->extent_count = packed->extent_count;
}

/* What a flat file takes. Its end, with what stays free before it where it stands inline, up to a block; the packed
 * inode has no gaps. */
static uint64_t flat_bytes(const struct erofs_plan *plan, uint64_t size)
{
	return plan->fragments ? erofs_round_up(size, plan->block_size) : size;
}

/* The index counts at the size that it has behind a bare inode: attributes must not matter, or equal files
 * would end up in different sharing classes. */
bool erofs_plan_compression_gains(const struct erofs_plan *plan, const struct encode_index *index,
	uint64_t stored_bytes)
{
	return stored_bytes + erofs_encode_index_bytes(index, 0) < flat_bytes(plan, index->size_bytes);
}

bool erofs_plan_is_compressed(const struct plan_inode *pi)
{
	return pi->layout == EROFS_LAYOUT_COMPRESSED_FULL ||
	       pi->layout == EROFS_LAYOUT_COMPRESSED_COMPACT;
}
