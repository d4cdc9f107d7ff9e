/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* The metabox: the inode area as the content of an inode, so that it can be compressed (section 11). */
#include "build/build.h"

#include "base/math.h"

int erofs_metabox_open(struct build *b)
{
	int r;

	if (!b->w.plan->metabox)
		return 0;
	r = erofs_spool_open(erofs_write_temporary_directory(&b->w), b->w.report, &b->w.metabox_spool);
	return r < 0 ? r : erofs_spool_resize(b->w.metabox_spool, b->w.plan->inode_area_bytes);
}

int erofs_metabox_store(struct build *b)
{
	const struct erofs_build_options *opt = &b->w.plan->opt;
	struct special_options options = { .name = "metabox", .compression = opt->metabox_compression,
		.pcluster_bytes = opt->metabox_pcluster_bytes };
	uint64_t before = b->w.image.next_block;
	int r;

	if (!b->w.plan->metabox)
		return 0;
	if (!options.compression && b->w.plan->compression.on)
		options.compression = opt->compressions;
	r = erofs_special_store(&b->w, &b->metabox, &options, b->w.metabox_spool);
	b->w.summary.metadata_blocks = b->w.image.next_block - before;
	return r < 0 ? r : erofs_special_append(&b->w, &b->metabox);
}
