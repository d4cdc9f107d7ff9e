/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Source -> tree -> image -> a few lines on standard output. */
#include "mkfs/run.h"
#include "mkfs/signals.h"
#include "mkfs/source.h"

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
	const struct erofs_build_summary *summary)
{
	char uuid[37];

	if (options->quiet)
		return;
	printf("Build completed.\n");
	if (options->debug_level < 1)
		return;
	cli_format_uuid(options->build.uuid, uuid);
	printf("\n------\n"
	       "Filesystem UUID: %s\n"
	       "Filesystem total blocks: %" PRIu64 " (of %" PRIu64 "-byte blocks)\n"
	       "Filesystem total inodes: %" PRIu64 "\n"
	       "Filesystem total metadata blocks: %" PRIu64 "\n"
	       "Filesystem total deduplicated bytes (of source files): %" PRIu64 "\n",
		uuid, summary->blocks, options->block_size_bytes, summary->inodes,
		summary->metadata_blocks, summary->deduplicated_bytes);
	if (options->build.ishare != EROFS_DIGEST_NONE)
		printf("Filesystem tagged files: %" PRIu64 "\n", summary->tagged_files);
}

int mkfs_run(const struct mkfs_options *options)
{
	struct erofs_build_options build = options->build;
	struct erofs_build_summary summary;
	struct one_error_reporter reporter;
	struct erofs_tree *tree;
	int r;

	init_reporter(&reporter, options);
	r = source_load(options, &reporter.report, &tree);
	if (r < 0)
		return MKFS_FAILED;
	build.temporary = signals_temporary;
	build.temporary_directory = getenv("TMPDIR");
	if (build.temporary_directory && !*build.temporary_directory)
		build.temporary_directory = NULL;
	r = erofs_build(tree, &build, options->destination, &reporter.report, &summary);
	erofs_tree_free(tree);
	cli_reporter_finish(&reporter.inner);
	if (r < 0)
		return MKFS_FAILED;
	print_summary(options, &summary);
	return MKFS_OK;
}
