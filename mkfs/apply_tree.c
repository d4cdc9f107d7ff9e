/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Options about what becomes part of the image. */
#include "mkfs/apply.h"

#include <limits.h>
#include <string.h>

/* The highest id means "no id". */
#define ID_MAX (UINT32_MAX - 1)

static int parse_id(const char *value, const char *what, uint32_t *ret)
{
	uint64_t id = 0;
	int status = parse_number(value, ID_MAX, what, &id);

	if (status == MKFS_GO_ON)
		*ret = (uint32_t)id;
	return status;
}

int apply_all_root(struct mkfs_options *options, const char *value)
{
	(void)value;
	options->tree.owner.force_uid = options->tree.owner.force_gid = true;
	options->tree.owner.uid = options->tree.owner.gid = 0;
	return MKFS_GO_ON;
}

int apply_force_uid(struct mkfs_options *options, const char *value)
{
	options->tree.owner.force_uid = true;
	return parse_id(value, "uid", &options->tree.owner.uid);
}

int apply_force_gid(struct mkfs_options *options, const char *value)
{
	options->tree.owner.force_gid = true;
	return parse_id(value, "gid", &options->tree.owner.gid);
}

int apply_uid_offset(struct mkfs_options *options, const char *value)
{
	return parse_id(value, "uid offset", &options->tree.owner.uid_offset);
}

int apply_gid_offset(struct mkfs_options *options, const char *value)
{
	return parse_id(value, "gid offset", &options->tree.owner.gid_offset);
}

int apply_exclude_path(struct mkfs_options *options, const char *value)
{
	options->exclude_paths.list[options->exclude_paths.count++] = value;
	return MKFS_GO_ON;
}

int apply_exclude_regex(struct mkfs_options *options, const char *value)
{
	options->exclude_regexes.list[options->exclude_regexes.count++] = value;
	return MKFS_GO_ON;
}

/* The first one counts. */
int apply_file_contexts(struct mkfs_options *options, const char *value)
{
	if (!options->tree.file_contexts)
		options->tree.file_contexts = value;
	return MKFS_GO_ON;
}

int apply_fs_config(struct mkfs_options *options, const char *value)
{
	options->tree.fs_config_file = value;
	return MKFS_GO_ON;
}

int apply_mount_point(struct mkfs_options *options, const char *value)
{
	options->tree.mount_point = value;
	return MKFS_GO_ON;
}

int apply_hard_dereference(struct mkfs_options *options, const char *value)
{
	(void)value;
	options->tree.hard_dereference = true;
	return MKFS_GO_ON;
}

int apply_ovlfs_strip(struct mkfs_options *options, const char *value)
{
	if (value && strcmp(value, "0") && strcmp(value, "1"))
		return cli_usage_error(&mkfs_program, "invalid --ovlfs-strip=%s", value);
	options->tree.strip_overlay = !value || *value == '1';
	return MKFS_GO_ON;
}

int apply_xattr_tolerance(struct mkfs_options *options, const char *value)
{
	int64_t tolerance;

	if (!cli_parse_i64(value, &tolerance))
		return cli_usage_error(&mkfs_program, "invalid xattr tolerance %s", value);
	options->tree.drop_xattrs = tolerance < 0;
	options->build.xattr_tolerance = tolerance < 0 ? INT32_MAX : tolerance;
	return MKFS_GO_ON;
}
