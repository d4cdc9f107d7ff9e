/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Source -> tree -> image -> a few lines on standard output. */
#include "mkfs/run.h"
#include "mkfs/signals.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

/* Files being written that may lie in the source: the image and the blob. */
struct written_files {
	struct erofs_file_identity list[2];
	size_t count;
};

static void add_written(struct written_files *files, const char *path)
{
	struct stat st;

	if (!path || stat(path, &st) < 0 || !S_ISREG(st.st_mode))
		return;
	files->list[files->count++] = (struct erofs_file_identity){ st.st_dev, st.st_ino };
}

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

/* A source of another kind gets a sentence of its own: it may be one for a later version. */
static int check_source(const struct mkfs_options *options)
{
	struct stat st;

	if (stat(options->source, &st) == 0 && S_ISREG(st.st_mode)) {
		cli_error("%s: not a directory, and this build cannot read archives or images as "
			  "sources", options->source);
		return MKFS_FAILED;
	}
	return MKFS_GO_ON;
}

static int load(const struct mkfs_options *options, const struct erofs_report *report,
	struct erofs_tree **ret)
{
	struct erofs_tree_options tree = options->tree;
	struct written_files written = { .count = 0 };

	add_written(&written, options->destination);
	add_written(&written, options->build.blob_path);
	tree.skip = written.list;
	tree.skip_count = written.count;
	return erofs_tree_load_directory(options->source, &tree, report, ret);
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
	int r, status = check_source(options);

	if (status != MKFS_GO_ON)
		return status;
	init_reporter(&reporter, options);
	r = load(options, &reporter.report, &tree);
	if (r < 0)
		return MKFS_FAILED;
	build.temporary = signals_temporary;
	r = erofs_build(tree, &build, options->destination, &reporter.report, &summary);
	erofs_tree_free(tree);
	cli_reporter_finish(&reporter.inner);
	if (r < 0)
		return MKFS_FAILED;
	print_summary(options, &summary);
	return MKFS_OK;
}
