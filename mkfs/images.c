/* SPDX-License-Identifier: GPL-2.0-or-later */
/* EROFS images as sources. */
#include "mkfs/images.h"

#include <errno.h>
#include <inttypes.h>

static int check_sources(const struct mkfs_options *options)
{
	if (options->content == CONTENT_NONE) {
		cli_error("%s: file data of an image as source cannot be left out (%s=0)",
			options->sources.list[0], options->incremental ? "--incremental" : "--clean");
		return -EINVAL;
	}
	return 0;
}

/* Of the fingerprints that the new image gets because the sources have them. */
static int check_name(const struct mkfs_options *options, struct erofs_tree **tree)
{
	const char *name = erofs_tree_summary(*tree)->ishare_xattr;

	if (!name || options->have_ishare || options->incremental ||
	    ishare_check_name(options->sources.list[options->sources.count - 1], name) == MKFS_GO_ON)
		return 0;
	erofs_tree_free(*tree);
	*tree = NULL;
	return -EINVAL;
}

int images_load(const struct mkfs_options *options, const struct erofs_report *report,
	struct erofs_tree **ret)
{
	struct erofs_tree_options tree = options->tree;
	int r = check_sources(options);

	if (r < 0)
		return r;
	tree.refer_to_images = options->content == CONTENT_DEFAULT;
	if (options->ishare_trust)
		tree.trust_algorithm = options->have_ishare ? erofs_digest_name(options->build.ishare) :
			"sha256";
	r = erofs_tree_load_images(options->sources.list, options->sources.count, &tree, report, ret);
	return r < 0 ? r : check_name(options, ret);
}

/* When compressed files stay as they are, where they can. */
static bool are_carried(const struct mkfs_options *options, const struct erofs_build_options *build)
{
	return (build->ishare == EROFS_DIGEST_NONE || options->ishare_trust) &&
	       !options->incremental && !build->reserve_only && !build->decode_sources &&
	       !build->chunk_size_bytes && !build->dedupe;
}

void images_settle(const struct mkfs_options *options, const struct erofs_tree *tree,
	const struct erofs_report *report, struct erofs_build_options *build)
{
	const struct erofs_tree_summary *summary = erofs_tree_summary(tree);
	uint64_t decoded;
	char text[160];

	build->reserve_only = options->content == CONTENT_RESERVED;
	if (!options->incremental)
		build->block_bits = summary->block_bits;
	if (!options->have_ishare && summary->ishare_xattr && !options->incremental) {
		build->ishare = EROFS_DIGEST_SHA256;
		build->ishare_xattr = summary->ishare_xattr;
	}
	decoded = summary->compressed_files - (are_carried(options, build) ? summary->carried_files : 0);
	if (!decoded || (build->compression_count && !build->reserve_only))
		return;
	snprintf(text, sizeof(text), "%" PRIu64 " files that are compressed in the sources are stored "
		"uncompressed: -z compresses them again%s", decoded,
		build->ishare != EROFS_DIGEST_NONE && !options->ishare_trust && summary->carried_files ?
			", --ishare-trust keeps them" : "");
	report->message(report->user, EROFS_LEVEL_WARNING, text);
}
