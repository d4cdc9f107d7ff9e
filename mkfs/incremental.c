/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --incremental: fingerprints of an image are for all of its files or for none, and true. Those that are there
 * are checked before others are added, unless they are to be believed. */
#include "mkfs/incremental.h"
#include "mkfs/archive.h"

#include <inttypes.h>
#include <string.h>

static int verify(const struct mkfs_options *options, struct erofs_image *img,
	struct erofs_ishare_verify_summary *ret)
{
	struct erofs_ishare_verify_options verify = { .struct_size = sizeof(verify),
		.workers = options->build.workers };

	if (erofs_ishare_verify(img, &verify, NULL, ret) == 0)
		return MKFS_GO_ON;
	return cli_error("%s: cannot check its fingerprints", options->destination);
}

/* What cannot be read here may be readable elsewhere; a file has one fingerprint, anything else has none. */
static int check_rest(const struct mkfs_options *options, const struct erofs_ishare_verify_summary *found)
{
	if (found->unreadable)
		return cli_error("%s: %" PRIu64 " files or directories cannot be read, so their fingerprints are "
			"unknown", options->destination, found->unreadable);
	if (found->duplicate || found->misplaced)
		return cli_error("%s: %" PRIu64 " files have several fingerprints, %" PRIu64
			" one that they must not have", options->destination, found->duplicate, found->misplaced);
	return MKFS_GO_ON;
}

static int check_tagged(const struct mkfs_options *options, struct erofs_image *img)
{
	struct erofs_ishare_verify_summary found;
	int status;

	if (options->ishare_trust)
		return MKFS_GO_ON;
	status = verify(options, img, &found);
	if (status != MKFS_GO_ON)
		return status;
	if (found.verified == found.files)
		return check_rest(options, &found);
	return cli_error("%s: only %" PRIu64 " of %" PRIu64 " files have true fingerprints",
		options->destination, found.verified, found.files);
}

static int check_untagged(const struct mkfs_options *options, struct erofs_image *img)
{
	struct erofs_ishare_verify_summary found;
	int status;

	if (options->build.ishare == EROFS_DIGEST_NONE)
		return MKFS_GO_ON;
	status = verify(options, img, &found);
	if (status != MKFS_GO_ON)
		return status;
	if (!found.files)
		return check_rest(options, &found);
	return cli_error("%s: %" PRIu64 " files have no fingerprints, so others cannot be added with them",
		options->destination, found.files);
}

static int check_tags(struct mkfs_options *options, struct erofs_image *img)
{
	const char *name = erofs_ishare_xattr_name(img);

	if (!name)
		return check_untagged(options, img);
	if (!options->have_ishare) {
		if (ishare_check_name(options->destination, name) != MKFS_GO_ON)
			return MKFS_FAILED;
		options->build.ishare = EROFS_DIGEST_SHA256;
		options->base_ishare_xattr = strdup(name);
		if (!options->base_ishare_xattr)
			return cli_out_of_memory();
		options->build.ishare_xattr = options->tree.reserved_xattr = options->base_ishare_xattr;
		if (archive_check_tags(options) != MKFS_GO_ON)
			return MKFS_FAILED;
	}
	return check_tagged(options, img);
}

int incremental_prepare(struct mkfs_options *options, const struct erofs_report *report)
{
	struct erofs_image_options image = { .struct_size = sizeof(image),
		.offset_bytes = options->build.offset_bytes };
	const struct erofs_super *super;
	struct erofs_image *img;
	int status;

	if (!options->incremental)
		return MKFS_GO_ON;
	if (erofs_image_open(options->destination, &image, report, &img) < 0)
		return MKFS_FAILED;
	super = erofs_image_super(img);
	options->tree.base_image = options->destination;
	options->tree.base_offset_bytes = options->build.offset_bytes;
	options->build.block_bits = super->block_bits;
	if (!options->build.replace_uuid)
		memcpy(options->build.uuid, super->uuid, sizeof(super->uuid));
	status = check_tags(options, img);
	erofs_image_close(img);
	return status;
}
