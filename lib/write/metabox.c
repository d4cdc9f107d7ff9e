/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* The metabox: the inode area as the content of an inode, so that it can be compressed (section 11). */
#include "write/write.h"

#include "base/math.h"

int erofs_metabox_open(struct writer *w)
{
	int r;

	if (!w->plan->metabox)
		return 0;
	r = erofs_spool_open(erofs_write_temporary_directory(w), w->report, &w->metabox_spool);
	return r < 0 ? r : erofs_spool_resize(w->metabox_spool, w->plan->inode_area_bytes);
}

int erofs_metabox_store(struct writer *w)
{
	const struct erofs_build_options *opt = &w->plan->opt;
	struct special_options options = { .name = "metabox", .compression = opt->metabox_compression,
		.pcluster_bytes = opt->metabox_pcluster_bytes };
	uint64_t before = w->image.next_block;
	int r;

	if (!w->plan->metabox)
		return 0;
	if (!options.compression && w->plan->compression.on)
		options.compression = opt->compressions;
	r = erofs_special_store(w, &w->metabox, &options, w->metabox_spool);
	w->summary.metadata_blocks = w->image.next_block - before;
	return r < 0 ? r : erofs_special_append(w, &w->metabox);
}
