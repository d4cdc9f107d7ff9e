/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Planning an image of which files are carried over as a source has compressed them. Nothing is compressed but the
 * packed inode, whose content is put together anew; all other files are stored flat. */
#include "plan/plan.h"

#include "base/math.h"

#define LZMA_MIN_DICTIONARY_BYTES 4096u
#define PACKED_LEVEL 9
#define ZSTD_MIN_WINDOW_BITS 10u

/* Damaged streams may decode to other bytes in a kernel than here, without an error in either (ZSTD does). A
 * fingerprint is for what the kernel reads, so that streams of somebody who is not trusted are not behind one. */
static bool may_tag(const struct erofs_plan *plan)
{
	return plan->opt.ishare == EROFS_DIGEST_NONE || plan->tree->carried.trusted;
}

static bool may_carry(const struct erofs_plan *plan)
{
	const struct erofs_build_options *opt = &plan->opt;
	const struct erofs_tree *tree = plan->tree;

	return may_tag(plan) && tree->carried.block_bits == plan->block_bits && !opt->compression_count &&
	       !opt->chunk_size_bytes && !opt->decode_sources && !opt->reserve_only && !tree->device_count &&
	       !tree->base;
}

/* An encoder for each algorithm, by its number; what they are good for is to say what streams need. */
static void describe_algorithms(struct erofs_plan *plan)
{
	static const enum erofs_encoder_kind kinds[EROFS_ALGORITHM_COUNT] = {
		[EROFS_ALGORITHM_LZ4] = EROFS_ENCODER_LZ4, [EROFS_ALGORITHM_LZMA] = EROFS_ENCODER_LZMA,
		[EROFS_ALGORITHM_DEFLATE] = EROFS_ENCODER_DEFLATE, [EROFS_ALGORITHM_ZSTD] = EROFS_ENCODER_ZSTD };
	const struct erofs_tree_carried *carried = &plan->tree->carried;
	struct plan_compression *z = &plan->compression;
	uint32_t window_bits = carried->zstd_window_bits;

	for (unsigned int i = 0; i < EROFS_ALGORITHM_COUNT; i++)
		z->encoders[i] = (struct erofs_encoder_options){ .kind = kinds[i],
			.max_pcluster_bytes = z->max_pcluster_bytes };
	z->encoders[EROFS_ALGORITHM_LZMA].dictionary_bytes =
		carried->lzma_dictionary_bytes > LZMA_MIN_DICTIONARY_BYTES ? carried->lzma_dictionary_bytes :
									     LZMA_MIN_DICTIONARY_BYTES;
	z->encoders[EROFS_ALGORITHM_ZSTD].dictionary_bytes =
		1u << (window_bits > ZSTD_MIN_WINDOW_BITS ? window_bits : ZSTD_MIN_WINDOW_BITS);
	z->encoder_count = EROFS_ALGORITHM_COUNT;
}

/* Nobody tells how hard the source has tried to make its fragments small: it should not have done better, up to levels
 * beyond which it takes many times as long for the last few percent. */
static void choose_packed(struct erofs_plan *plan)
{
	static const enum erofs_encoder_kind dense[EROFS_ALGORITHM_COUNT] = {
		[EROFS_ALGORITHM_LZ4] = EROFS_ENCODER_LZ4HC, [EROFS_ALGORITHM_LZMA] = EROFS_ENCODER_LZMA,
		[EROFS_ALGORITHM_DEFLATE] = EROFS_ENCODER_DEFLATE, [EROFS_ALGORITHM_ZSTD] = EROFS_ENCODER_ZSTD };
	const struct erofs_tree_carried *carried = &plan->tree->carried;
	enum erofs_encoder_kind kind = dense[carried->packed_algorithm];

	if (carried->packed_is_encoded && erofs_encoder_available(kind))
		plan->packed_compression = (struct erofs_compression){ .name = erofs_encoder_name(kind),
			.level = PACKED_LEVEL, .lzma_lc = -1, .lzma_lp = -1, .lzma_pb = -1 };
	plan->opt.fragment_pcluster_bytes = (uint32_t)erofs_round_up(
		carried->packed_bytes ? carried->packed_bytes : 1, plan->block_size);
}

void erofs_plan_carry(struct erofs_plan *plan)
{
	const struct erofs_tree *tree = plan->tree;
	uint32_t largest = 1;

	if (!may_carry(plan))
		return;
	for (uint32_t i = 0; i < tree->node_count; i++) {
		const struct erofs_node *node = tree->nodes[i];

		plan->carries |= node->carried != EROFS_CARRIED_NOT;
		plan->carries_records |= node->carried == EROFS_CARRIED_RECORDS;
		if (largest < node->carried_bytes)
			largest = node->carried_bytes;
	}
	if (!plan->carries)
		return;
	plan->compression.on = true;
	plan->compression.max_pcluster_bytes = (uint32_t)erofs_round_up(largest, plan->block_size);
	plan->fragments = tree->carried.fragments;
	describe_algorithms(plan);
	choose_packed(plan);
}

static enum plan_index_form form_of(const struct erofs_plan *plan, const struct erofs_node *node)
{
	if (node->carried == EROFS_CARRIED_RECORDS)
		return PLAN_INDEX_RECORDS;
	if (node->carried == EROFS_CARRIED_COMPACT && !plan->opt.full_index)
		return PLAN_INDEX_COMPACT;
	return PLAN_INDEX_FULL;
}

void erofs_plan_carried_choices(struct erofs_plan *plan)
{
	const struct erofs_tree_carried *carried = &plan->tree->carried;

	for (uint32_t i = 0; i < plan->tree->node_count; i++) {
		const struct erofs_node *node = plan->tree->nodes[i];
		struct plan_packed *packed = &plan->packed[i];

		*packed = (struct plan_packed){ .form = form_of(plan, node) };
		if (node->carried == EROFS_CARRIED_NOT)
			continue;
		packed->choice.pcluster_bytes = (uint32_t)erofs_round_up(
			node->carried_bytes ? node->carried_bytes : 1, plan->block_size);
		packed->choice.encoder = node->carried == EROFS_CARRIED_FRAGMENT ? carried->packed_algorithm :
										node->carried_algorithm;
	}
}

bool erofs_plan_is_carried(const struct erofs_plan *plan, const struct erofs_node *node)
{
	return plan->carries && node->carried > EROFS_CARRIED_FRAGMENT;
}

void erofs_plan_cover(struct erofs_plan *plan, const struct plan_compression *other)
{
	struct plan_compression *z = &plan->compression;

	for (uint32_t i = 0; i < other->encoder_count; i++) {
		const struct erofs_encoder_options *encoder = &other->encoders[i];
		struct erofs_encoder_options *mine = &z->encoders[erofs_encoder_algorithm(encoder->kind)];

		if (plan->carries && mine->dictionary_bytes < encoder->dictionary_bytes)
			mine->dictionary_bytes = encoder->dictionary_bytes;
	}
	if (plan->carries && z->max_pcluster_bytes < other->max_pcluster_bytes)
		z->max_pcluster_bytes = other->max_pcluster_bytes;
}
