/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Planning an addition to an image. What is there decides: blocks, epoch, features that readers of the old
 * inodes rely on, and the place of the root inode, whose number has 16 bits in the superblock. */
#include "plan/plan.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/math.h"
#include "base/report.h"

static int refuse(const struct erofs_plan *plan, const char *what)
{
	return erofs_fail(plan->report, -EOPNOTSUPP, "%s cannot be added to an image", what);
}

static int check_tags(const struct erofs_plan *plan)
{
	const struct erofs_tree_base *base = plan->tree->base;
	const struct erofs_build_options *opt = &plan->opt;
	const char *name = opt->ishare_xattr ? opt->ishare_xattr : EROFS_ISHARE_DEFAULT_XATTR;

	if (base->ishare_xattr && !opt->ishare)
		return erofs_fail(plan->report, -EOPNOTSUPP,
			"files without fingerprints cannot be added to an image with them");
	if (base->ishare_xattr && strcmp(base->ishare_xattr, name))
		return erofs_fail(plan->report, -EOPNOTSUPP, "the image has fingerprints named %s, not %s",
			base->ishare_xattr, name);
	return 0;
}

int erofs_plan_adopt_base(struct erofs_plan *plan)
{
	const struct erofs_tree_base *base = plan->tree->base;
	struct erofs_build_options *opt = &plan->opt;

	if (!base)
		return 0;
	if (plan->tree->device_count || opt->blob_path)
		return refuse(plan, "devices");
	if (opt->fragments || opt->all_fragments || opt->compress_directories)
		return refuse(plan, "a packed inode");
	if (opt->metabox_pcluster_bytes)
		return refuse(plan, "a metabox");
	if (opt->use_48bit && !(base->super.incompat & EROFS_INCOMPAT_48BIT))
		return refuse(plan, "48-bit addresses");
	opt->block_bits = base->super.block_bits;
	opt->use_48bit = base->super.incompat & EROFS_INCOMPAT_48BIT;
	opt->no_checksum = !(base->super.compat & EROFS_COMPAT_SB_CHKSUM);
	opt->no_xattr_filter = !(base->super.compat & EROFS_COMPAT_XATTR_FILTER);
	opt->xattr_tolerance = INT32_MAX; /* the shared area is full */
	opt->plain_xattr_prefixes = true;
	opt->meta_zone = opt->dot_omitted = false;
	opt->root_xattr_isize = 0;
	return check_tags(plan);
}

static int check_encoder(const struct erofs_plan *plan, const struct erofs_encoder_options *encoder)
{
	const struct erofs_super *super = &plan->tree->base->super;
	uint32_t blocks = encoder->max_pcluster_bytes >> plan->block_bits, limit = UINT32_MAX;
	enum erofs_algorithm algorithm = erofs_encoder_algorithm(encoder->kind);
	uint64_t window = encoder->dictionary_bytes, window_limit = UINT64_MAX;

	if (!(super->algorithms & 1u << algorithm) || !(super->incompat & EROFS_INCOMPAT_LZ4_0PADDING))
		return erofs_fail(plan->report, -EOPNOTSUPP,
			"unavailable algorithms 0x%x on incremental builds", 1u << algorithm);
	if (algorithm == EROFS_ALGORITHM_LZ4)
		limit = super->lz4_max_pcluster_blocks;
	if (!(super->incompat & EROFS_INCOMPAT_COMPR_CFGS) || !limit)
		limit = 1;
	if (blocks > limit)
		return erofs_fail(plan->report, -EOPNOTSUPP, "pcluster size (%" PRIu32
			" blocks) is larger than the image's (%" PRIu32 ")", blocks, limit);
	if (algorithm == EROFS_ALGORITHM_LZMA)
		window_limit = super->lzma_dictionary_bytes;
	else if (algorithm == EROFS_ALGORITHM_DEFLATE && super->deflate_window_bits)
		window_limit = (uint64_t)1 << super->deflate_window_bits;
	else if (algorithm == EROFS_ALGORITHM_ZSTD)
		window_limit = (uint64_t)1 << super->zstd_window_bits;
	if (window > window_limit)
		return erofs_fail(plan->report, -EOPNOTSUPP, "dictionary of %" PRIu64
			" bytes is larger than the image's (%" PRIu64 ")", window, window_limit);
	return 0;
}

int erofs_plan_check_algorithms(const struct erofs_plan *plan)
{
	int r = 0;

	for (uint32_t i = 0; r == 0 && plan->tree->base && i < plan->compression.encoder_count; i++)
		r = check_encoder(plan, &plan->compression.encoders[i]);
	return r;
}

uint64_t erofs_plan_front(const struct erofs_plan *plan)
{
	if (plan->tree->base)
		return plan->tree->base->end_bytes;
	return EROFS_SUPER_OFFSET + erofs_plan_super_bytes(plan) + plan->compression.config_bytes;
}

bool erofs_plan_has_devices(const struct erofs_plan *plan)
{
	return plan->device_count || (plan->tree->base && plan->tree->base->super.device_count);
}

bool erofs_plan_is_old_root(const struct erofs_plan *plan, const struct erofs_node *node)
{
	return plan->tree->base && !plan->tree->base->root_moves && node == plan->tree->root;
}

int erofs_plan_old_root(const struct erofs_plan *plan, struct plan_inode *pi)
{
	const struct erofs_inode *root = &plan->tree->base->root;

	if (pi->xattr_bytes > root->xattr_size_bytes)
		return erofs_fail(plan->report, -EOPNOTSUPP, "extended attributes of the root take %" PRIu32
			" bytes, the image has room for %" PRIu32 ": it needs a larger --root-xattr-isize",
			pi->xattr_bytes, root->xattr_size_bytes);
	if (!root->extended && pi->flags & PLAN_EXTENDED)
		return erofs_fail(plan->report, -EOPNOTSUPP, "owner or size of the root do not fit into its "
			"inode: the image needs -Eforce-inode-extended");
	pi->flags |= root->extended ? PLAN_EXTENDED : 0;
	pi->xattr_bytes = root->xattr_size_bytes;
	pi->layout = EROFS_LAYOUT_FLAT_PLAIN;
	return 0;
}
