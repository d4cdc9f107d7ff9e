/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* What the packed inode holds: long prefixes of attribute names, fragments, directories. */
#include "build/build.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/math.h"
#include "base/report.h"

/* Equal ranges of more are looked for only with -Ededupe: that takes some 50 bytes of memory for each KiB. */
#define SEARCHED_BYTES (4ull << 30)

static int add_prefixes(struct build *b)
{
	const struct plan_xattrs *px = &b->w.plan->xattrs;
	auto_free uint8_t *prefixes = calloc(1, px->prefix_bytes);

	if (!prefixes)
		return erofs_fail_errno(b->w.report, -ENOMEM, "%" PRIu32 " bytes of prefixes", px->prefix_bytes);
	erofs_encode_prefixes(px, prefixes);
	return erofs_spool_append(b->fragments.spool, prefixes, px->prefix_bytes);
}

int erofs_packed_open(struct build *b)
{
	const struct erofs_build_options *opt = &b->w.plan->opt;
	int r;

	if (!b->w.plan->fragments && !opt->compress_directories)
		return 0;
	r = erofs_fragments_open(&b->fragments, erofs_write_temporary_directory(&b->w), opt->fragment_dedupe,
		b->w.report);
	return r == 0 && b->w.plan->prefixes_packed ? add_prefixes(b) : r;
}

/* ---- directories ---- */

/* Blocks but the last are padded (section 5.3). */
static int add_directory(struct build *b, const struct erofs_node *node, uint8_t *block)
{
	const struct erofs_plan *plan = b->w.plan;
	uint64_t left = plan->inodes[node->index].size_bytes;
	struct plan_dir dir;
	int r = 0;

	plan->packed[node->index].fragment_at = erofs_spool_size(b->fragments.spool);
	erofs_plan_dir_start(plan, node, &dir);
	while (r == 0 && left) {
		size_t n = left < plan->block_size ? (size_t)left : plan->block_size;

		memset(block, 0, plan->block_size);
		erofs_encode_dir_block(plan, &dir, block);
		r = erofs_spool_append(b->fragments.spool, block, n);
		left -= n;
	}
	return r;
}

static int add_directories(struct build *b)
{
	const struct erofs_tree *tree = b->w.plan->tree;
	auto_free uint8_t *block = malloc(b->w.plan->block_size);
	int r = 0;

	if (!block)
		return erofs_fail_errno(b->w.report, -ENOMEM, "a directory block");
	for (uint32_t i = 0; r == 0 && i < tree->node_count; i++)
		if (S_ISDIR(tree->nodes[i]->mode))
			r = add_directory(b, tree->nodes[i], block);
	return r;
}

static const struct erofs_compression *compression_of(const struct erofs_plan *plan)
{
	if (plan->packed_compression.name)
		return &plan->packed_compression;
	return plan->compression.on ? plan->opt.compressions : NULL;
}

/* Beside fragments, kernels that read the image read links, too. */
static bool has_links(const struct build *b)
{
	const struct erofs_plan *plan = b->w.plan;

	return plan->opt.dedupe ||
	       (plan->fragments && plan->opt.fragment_dedupe == EROFS_FRAGMENT_DEDUPE_FULL &&
		erofs_spool_size(b->fragments.spool) <= SEARCHED_BYTES);
}

int erofs_packed_store(struct build *b)
{
	const struct erofs_build_options *opt = &b->w.plan->opt;
	struct special_options options = { .name = "packed inode", .compression = compression_of(b->w.plan),
		.pcluster_bytes = opt->fragment_pcluster_bytes };
	int r = 0;

	if (!b->fragments.spool)
		return 0;
	if (opt->compress_directories)
		r = add_directories(b);
	if (r < 0 || !erofs_spool_size(b->fragments.spool))
		return r;
	options.dedupe = has_links(b);
	b->w.summary.deduplicated_bytes += b->fragments.shared_bytes;
	return erofs_special_store(&b->w, &b->packed, &options, b->fragments.spool);
}

/* ---- its inode ---- */

void erofs_packed_place(struct build *b)
{
	struct erofs_plan *plan = b->w.plan;
	uint64_t meta, tail;

	if (!b->packed.on || !erofs_plan_is_zone(plan))
		return;
	meta = erofs_special_meta_bytes(&b->packed);
	tail = erofs_special_tail_bytes(&b->packed);
	b->packed_offset = erofs_plan_fit(plan->block_size, plan->inode_area_bytes, meta, tail);
	plan->inode_area_bytes = b->packed_offset + meta + tail;
}

int erofs_packed_write(struct build *b)
{
	const struct erofs_plan *plan = b->w.plan;

	if (!b->packed.on)
		return 0;
	if (!erofs_plan_is_zone(plan))
		return erofs_special_append(&b->w, &b->packed);
	b->packed.nid = (b->packed_offset + plan->nid_shift_bytes) / EROFS_SLOT_SIZE;
	return erofs_special_write(&b->w, &b->packed, plan->inode_area_at + b->packed_offset);
}
