/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kinds of sources, in the order in which they are asked whether they are meant. */
#include "mkfs/source.h"
#include "mkfs/archive.h"
#include "mkfs/images.h"
#include "mkfs/oci.h"

#include <sys/stat.h>

#define MANY SIZE_MAX

struct source_kind {
	bool (*is_meant)(const struct mkfs_options *options);
	size_t min_operands, max_operands;
	int (*load)(const struct mkfs_options *options, const struct erofs_report *report,
		struct erofs_tree **ret);
	/* What the loaded source decides about the image; NULL = nothing. */
	void (*settle)(const struct mkfs_options *options, const struct erofs_tree *tree,
		const struct erofs_report *report, struct erofs_build_options *build);
};

/* ---- a directory ---- */

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

/* What cannot be looked at is reported as a directory that cannot be. A symbolic link to one is none, a
 * slash behind it makes it one. */
static bool is_directory(const struct mkfs_options *options)
{
	struct stat st;

	return !options->sources.count || lstat(options->sources.list[0], &st) < 0 || S_ISDIR(st.st_mode);
}

static int load_directory(const struct mkfs_options *options, const struct erofs_report *report,
	struct erofs_tree **ret)
{
	struct erofs_tree_options tree = options->tree;
	struct written_files written = { .count = 0 };

	add_written(&written, options->destination);
	add_written(&written, options->build.blob_path);
	tree.skip = written.list;
	tree.skip_count = written.count;
	return erofs_tree_load_directory(options->sources.list[0], &tree, report, ret);
}

/* ---- an archive ---- */

static bool is_archive(const struct mkfs_options *options)
{
	return options->tar;
}

/* ---- a container image ---- */

static bool is_container(const struct mkfs_options *options)
{
	return options->oci.is_source;
}

/* ---- images ---- */

/* What is neither a directory nor an image is reported as one of them. */
static bool is_image(const struct mkfs_options *options)
{
	struct stat st;

	return stat(options->sources.list[0], &st) == 0 && !S_ISDIR(st.st_mode);
}

/* ---- all kinds ---- */

static bool is_other(const struct mkfs_options *options)
{
	(void)options;
	return true;
}

static const struct source_kind kinds[] = {
	{ is_container, 1, 1, oci_load, NULL },
	{ is_archive, 0, 1, archive_load, archive_settle },
	{ is_directory, 1, 1, load_directory, NULL },
	{ is_image, 1, MANY, images_load, images_settle },
	{ is_other, 1, 1, load_directory, NULL },
};

static const struct source_kind *kind_of(const struct mkfs_options *options)
{
	const struct source_kind *kind = kinds;

	while (!kind->is_meant(options))
		kind++;
	return kind;
}

int source_check(const struct mkfs_options *options)
{
	const struct source_kind *kind = kind_of(options);

	if (options->sources.count < kind->min_operands)
		return cli_usage_error(&mkfs_program, "missing argument: SOURCE(s)");
	if (options->sources.count > kind->max_operands)
		return cli_usage_error(&mkfs_program, "unexpected argument: %s",
			options->sources.list[kind->max_operands]);
	return MKFS_GO_ON;
}

int source_load(const struct mkfs_options *options, const struct erofs_report *report,
	struct erofs_build_options *build, struct erofs_tree **ret)
{
	const struct source_kind *kind = kind_of(options);
	int r = kind->load(options, report, ret);

	if (r == 0 && kind->settle)
		kind->settle(options, *ret, report, build);
	return r;
}
