/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Combinations of options, once all of them are known. */
#include "mkfs/archive.h"
#include "mkfs/oci.h"

#include <inttypes.h>
#include <unistd.h>

#define BLOCK_SIZE_MAX 65536u

/* The page of this host, as erofs-utils; images for other hosts ask for a size with -b. */
static uint64_t default_block_size(void)
{
	long page = sysconf(_SC_PAGESIZE);

	if (page < 512)
		return 4096;
	return page > (long)BLOCK_SIZE_MAX ? BLOCK_SIZE_MAX : (uint64_t)page;
}

static bool warns(const struct mkfs_options *options)
{
	return !options->quiet && options->debug_level >= 2;
}

static int validate_chunks(struct mkfs_options *options)
{
	struct erofs_build_options *build = &options->build;
	uint64_t dsunit_bytes = build->data_align_blocks * options->block_size_bytes;

	if (build->blob_path && !build->chunk_size_bytes)
		return cli_usage_error(&mkfs_program,
			"--blobdev must be used together with --chunksize");
	if (build->blob_path && build->chunk_form == EROFS_CHUNK_FORM_BLOCK_MAP)
		return cli_usage_error(&mkfs_program,
			"--blobdev cannot work with block map currently");
	if (!build->chunk_size_bytes) {
		if (build->dedupe && !build->compression_count && warns(options))
			cli_warning("without compression, dedupe stores equal blocks once");
		return MKFS_GO_ON;
	}
	if (build->chunk_size_bytes < options->block_size_bytes)
		return cli_usage_error(&mkfs_program,
			"chunksize %" PRIu64 " must not be smaller than the block size %" PRIu64,
			build->chunk_size_bytes, options->block_size_bytes);
	if (dsunit_bytes > build->chunk_size_bytes) {
		if (warns(options))
			cli_warning("chunksize %" PRIu64 " bytes is smaller than dsunit %" PRIu32
				" blocks, ignore dsunit !", build->chunk_size_bytes,
				build->data_align_blocks);
		build->data_align_blocks = 0;
	}
	return MKFS_GO_ON;
}

/* What asks for another layout than this build can make. */
static int validate_compression(struct mkfs_options *options)
{
	struct erofs_build_options *build = &options->build;

	if (options->unaligned_extents && !build->use_48bit)
		return cli_usage_error(&mkfs_program, "--max-extent-bytes below 0 needs -E48bit");
	if (options->fragment_pcluster_bytes % options->block_size_bytes)
		return cli_usage_error(&mkfs_program, "invalid pcluster size for the packed file %" PRIu64,
			options->fragment_pcluster_bytes);
	if (!build->compression_count)
		return MKFS_GO_ON;
	if (build->chunk_size_bytes)
		return refuse("--chunksize", NULL, "store files both compressed and in chunks");
	build->pcluster_bytes = (uint32_t)options->pcluster_bytes;
	build->fragment_pcluster_bytes = (uint32_t)options->fragment_pcluster_bytes;
	return MKFS_GO_ON;
}

static void warn_of_workers(const struct mkfs_options *options)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);

	if (processors > 0 && options->build.workers > (unsigned long)processors && warns(options))
		cli_warning("%u workers on %ld processors", options->build.workers, processors);
}

int mkfs_options_validate(struct mkfs_options *options)
{
	int status = archive_validate(options);

	if (status == MKFS_GO_ON)
		status = oci_validate(options);
	if (status != MKFS_GO_ON)
		return status;
	if (!options->block_size_bytes)
		options->block_size_bytes = default_block_size();
	options->build.block_bits = (uint32_t)__builtin_ctzll(options->block_size_bytes);
	if (options->pcluster_bytes % options->block_size_bytes)
		return cli_usage_error(&mkfs_program, "invalid physical clustersize %" PRIu64
			": not a multiple of the block size", options->pcluster_bytes);
	status = validate_metabox(options);
	if (status == MKFS_GO_ON)
		status = validate_compression(options);
	if (status == MKFS_GO_ON)
		status = validate_chunks(options);
	if (status != MKFS_GO_ON)
		return status;
	warn_of_workers(options);
	options->tree.exclude_paths = options->exclude_paths.list;
	options->tree.exclude_path_count = options->exclude_paths.count;
	options->tree.exclude_regexes = options->exclude_regexes.list;
	options->tree.exclude_regex_count = options->exclude_regexes.count;
	options->build.xattr_prefixes = options->xattr_prefixes.list;
	options->build.xattr_prefix_count = options->xattr_prefixes.count;
	/* Whoever tags or not: a source's own fingerprints stay out. */
	options->tree.reserved_xattr = options->build.ishare_xattr ?
		options->build.ishare_xattr : EROFS_ISHARE_DEFAULT_XATTR;
	return MKFS_GO_ON;
}
