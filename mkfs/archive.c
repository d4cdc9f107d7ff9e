/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tar archives as sources: their options, where they are read from, and what the library must be told of this
 * system. */
#include "mkfs/apply.h"
#include "mkfs/archive.h"
#include "cli/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Hashing so much of nothing takes a few minutes. */
#define MAX_HOLE_BYTES (UINT64_C(256) << 30)
#define INDEX_BLOCK_BYTES 512u

int apply_tar(struct mkfs_options *options, const char *value)
{
	options->tar = true;
	options->tar_map = NULL;
	if (!value || !strcmp(value, "f")) {
		options->archive.form = EROFS_ARCHIVE_FULL;
	} else if (!strcmp(value, "i") || !strcmp(value, "0")) {
		options->archive.form = EROFS_ARCHIVE_INDEX;
	} else if (!strcmp(value, "headerball")) {
		options->archive.form = EROFS_ARCHIVE_HEADERS;
	} else if ((!strncmp(value, "i,", 2) || !strncmp(value, "0,", 2)) && value[2]) {
		options->archive.form = EROFS_ARCHIVE_FULL;
		options->tar_map = value + 2;
	} else {
		return cli_usage_error(&mkfs_program, "invalid --tar=%s", value);
	}
	return MKFS_GO_ON;
}

int apply_aufs(struct mkfs_options *options, const char *value)
{
	(void)value;
	options->archive.aufs = true;
	return MKFS_GO_ON;
}

static int set_packing(struct mkfs_options *options, enum erofs_archive_packing packing,
	const char *copy)
{
	options->archive.packing = packing;
	options->archive.unpacked_path = copy;
	return MKFS_GO_ON;
}

int apply_ungzip(struct mkfs_options *options, const char *value)
{
	return set_packing(options, EROFS_ARCHIVE_GZIP, value);
}

int apply_unxz(struct mkfs_options *options, const char *value)
{
	return set_packing(options, EROFS_ARCHIVE_XZ, value);
}

int apply_gzinfo(struct mkfs_options *options, const char *value)
{
	options->archive.gzinfo_path = value;
	return set_packing(options, EROFS_ARCHIVE_GZIP, options->archive.unpacked_path);
}

int archive_check_tags(const struct mkfs_options *options)
{
	if (!options->tar || options->archive.form != EROFS_ARCHIVE_HEADERS ||
	    options->build.ishare == EROFS_DIGEST_NONE)
		return MKFS_GO_ON;
	return cli_refuse(&mkfs_program, "--tar=headerball: no fingerprint can be true of content that is "
		"not there");
}

int archive_validate(struct mkfs_options *options)
{
	const struct erofs_build_options *build = &options->build;

	if (options->tar_map && (options->incremental || build->chunk_size_bytes || build->dedupe ||
			build->fragments || build->all_fragments || build->compress_directories))
		return cli_usage_error(&mkfs_program, "--tar=i,MAP is about plain blocks of a new image only");
	if (!options->tar || options->archive.form == EROFS_ARCHIVE_FULL ||
	    options->content == CONTENT_RESERVED)
		return MKFS_GO_ON;
	/* Members of an archive begin where its blocks do. */
	options->block_size_bytes = INDEX_BLOCK_BYTES;
	return archive_check_tags(options);
}

/* ---- what the library does not find out by itself ---- */

static bool find_id(void *user, bool is_group, const char *name, uint32_t *ret)
{
	(void)user;
	if (is_group) {
		const struct group *group = getgrnam(name);

		*ret = group ? group->gr_gid : 0;
		return group != NULL;
	} else {
		const struct passwd *passwd = getpwnam(name);

		*ret = passwd ? passwd->pw_uid : 0;
		return passwd != NULL;
	}
}

static int open_source(const struct mkfs_options *options, const char **ret_name)
{
	int fd;

	*ret_name = options->sources.count ? options->sources.list[0] : "standard input";
	fd = options->sources.count ? open(*ret_name, O_RDONLY | O_CLOEXEC) :
		fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	if (fd >= 0)
		return fd;
	cli_error("%s: cannot open: %s", *ret_name, strerror(errno));
	return -EIO;
}

int archive_open_intake(struct mkfs_options *options, const struct erofs_build_options *build,
	const struct erofs_report *report)
{
	bool full = options->archive.form == EROFS_ARCHIVE_FULL && options->content != CONTENT_RESERVED &&
		!options->tar_map;
	bool plain = build->no_inline_regular && !build->compression_count && !build->chunk_size_bytes &&
		!build->dedupe && !build->fragments && !build->all_fragments &&
		!build->compress_directories && !build->metabox_pcluster_bytes;

	if (!options->tar || !options->sort_none || !full || !plain || options->incremental)
		return 0;
	return erofs_intake_open(build, options->destination, report, &options->archive.intake);
}

int archive_complete(const struct mkfs_options *options, struct erofs_archive_options *ret,
	char **ret_directory)
{
	char *directory = temporary_directory(options);

	if (!directory)
		return -ENOMEM;
	*ret = options->archive;
	ret->struct_size = sizeof(*ret);
	if (options->content == CONTENT_RESERVED)
		ret->form = EROFS_ARCHIVE_FULL;
	ret->spool_directory = directory;
	ret->root_uid = (uint32_t)geteuid();
	ret->root_gid = (uint32_t)getegid();
	ret->root_mtime_seconds = options->build.build_time_seconds;
	ret->ishare = options->build.ishare;
	ret->max_hole_bytes = MAX_HOLE_BYTES;
	ret->find_id = find_id;
	ret->temporary = cli_signals_temporary;
	*ret_directory = directory;
	return 0;
}

int archive_load(const struct mkfs_options *options, const struct erofs_report *report,
	struct erofs_tree **ret)
{
	struct erofs_archive_options archive;
	char *directory;
	const char *name;
	int r = archive_complete(options, &archive, &directory);

	if (r < 0)
		return r;
	r = open_source(options, &name);
	if (r >= 0)
		r = erofs_tree_load_archive(r, name, &options->tree, &archive, report, ret);
	free(directory);
	return r;
}

/* An archive may have a label; -L is stronger. */
void archive_settle(const struct mkfs_options *options, const struct erofs_tree *tree,
	const struct erofs_report *report, struct erofs_build_options *build)
{
	(void)report;
	build->reserve_only = options->content == CONTENT_RESERVED || options->tar_map;
	if (!build->volume_name)
		build->volume_name = erofs_tree_summary(tree)->volume_label;
}
