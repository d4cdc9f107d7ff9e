/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Source -> tree -> image -> a few lines on standard output. */
#include "mkfs/run.h"
#include "mkfs/archive.h"
#include "mkfs/files.h"
#include "mkfs/incremental.h"
#include "mkfs/oci.h"
#include "mkfs/outcome.h"
#include "cli/signals.h"
#include "mkfs/source.h"
#include "mkfs/tar_map.h"

#include <inttypes.h>
#include <stdlib.h>

/* Workers that fail together, of a full disk say, all report it: the first has said enough. */
struct one_error_reporter {
	struct cli_reporter inner;
	struct erofs_report report;
	bool failed;
};

static void pass_message(void *user, enum erofs_level level, const char *text)
{
	struct one_error_reporter *r = user;

	if (level == EROFS_LEVEL_ERROR && r->failed)
		return;
	r->failed |= level == EROFS_LEVEL_ERROR;
	r->inner.report.message(r->inner.report.user, level, text);
}

static void pass_progress(void *user, const char *phase, uint64_t done, uint64_t total)
{
	struct one_error_reporter *r = user;

	r->inner.report.progress(r->inner.report.user, phase, done, total);
}

static void init_reporter(struct one_error_reporter *r, const struct mkfs_options *options)
{
	cli_reporter_init(&r->inner);
	r->inner.level = options->quiet ? 0 : options->debug_level;
	r->inner.progress = r->inner.progress && !options->quiet;
	r->failed = false;
	r->report = (struct erofs_report){
		.user = r,
		.message = pass_message,
		.progress = pass_progress,
	};
}

static void print_summary(const struct mkfs_options *options,
	const struct erofs_build_options *build, const struct erofs_build_summary *summary)
{
	const char *what = options->incremental ? "new" : "total";
	char uuid[37];

	if (options->quiet)
		return;
	printf("Build completed.\n");
	if (options->debug_level < 1)
		return;
	cli_format_uuid(build->uuid, uuid);
	printf("\n------\n"
	       "Filesystem UUID: %s\n"
	       "Filesystem total blocks: %" PRIu64 " (of %u-byte blocks)\n"
	       "Filesystem total inodes: %" PRIu64 "\n"
	       "Filesystem %s metadata blocks: %" PRIu64 "\n"
	       "Filesystem %s deduplicated bytes (of source files): %" PRIu64 "\n",
		uuid, summary->blocks, 1u << build->block_bits, summary->inodes,
		what, summary->metadata_blocks, what, summary->deduplicated_bytes);
	if (build->ishare != EROFS_DIGEST_NONE)
		printf("Filesystem tagged files: %" PRIu64 "\n", summary->tagged_files);
}

static int load_and_build(struct mkfs_options *options, struct erofs_build_options *build,
	const struct erofs_report *report, struct erofs_build_summary *ret)
{
	struct erofs_tree *tree;
	int r = source_load(options, report, build, &tree);

	if (r < 0)
		return r;
	r = tar_map_build(options, build, tree, report, ret);
	erofs_tree_free(tree);
	return r;
}

static int make_image(struct mkfs_options *options, const struct erofs_report *report)
{
	struct erofs_build_options build = options->build;
	struct erofs_build_summary summary;
	char *directory = temporary_directory(options);
	int r;

	build.temporary = cli_signals_temporary;
	build.temporary_directory = directory;
	r = archive_open_intake(options, &build, report);
	if (r == 0)
		r = load_and_build(options, &build, report, &summary);
	erofs_intake_close(options->archive.intake);
	options->archive.intake = NULL;
	free(directory);
	if (r < 0)
		return MKFS_FAILED;
	print_summary(options, &build, &summary);
	return MKFS_OK;
}

/* What is said about an image is read from it. */
static int describe(struct mkfs_options *options, const struct erofs_report *report)
{
	struct erofs_image_options image = { .struct_size = sizeof(image),
		.offset_bytes = options->build.offset_bytes };
	struct erofs_image *img;
	int status;

	if (options->oci.image && oci_describe(options, report) != MKFS_OK)
		return MKFS_FAILED;
	if (tar_map_write(options) != MKFS_OK)
		return MKFS_FAILED;
	if (!options->vmdk_path && !options->block_list_path)
		return MKFS_OK;
	if (erofs_image_open(options->destination, &image, report, &img) < 0)
		return MKFS_FAILED;
	status = vmdk_write(options, img);
	if (status == MKFS_OK)
		status = block_list_write(options, img);
	erofs_image_close(img);
	return status;
}

static int make_one(struct mkfs_options *options, const struct erofs_report *report)
{
	int status = make_image(options, report);

	return status == MKFS_OK ? describe(options, report) : status;
}

int mkfs_run(struct mkfs_options *options)
{
	struct one_error_reporter reporter;
	int status;

	init_reporter(&reporter, options);
	status = files_check(options);
	if (status == MKFS_GO_ON)
		status = incremental_prepare(options, &reporter.report);
	if (status == MKFS_GO_ON)
		status = oci_open(options, &reporter.report);
	if (status == MKFS_GO_ON)
		status = options->oci.layers ? oci_each_layer(options, &reporter.report, make_one) :
					       make_one(options, &reporter.report);
	cli_reporter_finish(&reporter.inner);
	return status;
}
