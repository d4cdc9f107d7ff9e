/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of what options do, and those that are about the run itself. */
#include "mkfs/apply.h"

#include <string.h>

int parse_number(const char *value, uint64_t max, const char *what, uint64_t *ret)
{
	uint64_t number;

	if (!cli_parse_u64(value, &number) || number > max)
		return cli_usage_error(&mkfs_program, "invalid %s %s", what, value);
	*ret = number;
	return MKFS_GO_ON;
}

int parse_bytes(const char *value, uint64_t max, const char *what, uint64_t *ret)
{
	uint64_t number;

	if (!cli_parse_size(value, &number) || number > max)
		return cli_usage_error(&mkfs_program, "invalid %s %s", what, value);
	*ret = number;
	return MKFS_GO_ON;
}

static int apply_version(struct mkfs_options *options, const char *value)
{
	(void)value;
	cli_print_version(&mkfs_program);
	print_compressors();
	options->stop = true;
	return MKFS_OK;
}

static int apply_help(struct mkfs_options *options, const char *value)
{
	(void)value;
	cli_print_help(&mkfs_program, options->argv0, stdout);
	print_compressor_help();
	options->stop = true;
	return MKFS_OK;
}

static int apply_debug_level(struct mkfs_options *options, const char *value)
{
	if (!cli_parse_debug_level(value, &options->debug_level))
		return cli_usage_error(&mkfs_program, "invalid debug level %s", value);
	return MKFS_GO_ON;
}

static int apply_quiet(struct mkfs_options *options, const char *value)
{
	(void)value;
	options->quiet = true;
	return MKFS_GO_ON;
}

static int apply_pcluster(struct mkfs_options *options, const char *value)
{
	int status = parse_bytes(value, UINT32_MAX, "physical clustersize", &options->pcluster_bytes);

	if (status == MKFS_GO_ON && !options->pcluster_bytes)
		return cli_usage_error(&mkfs_program, "invalid physical clustersize %s", value);
	return status;
}

static int set_content(struct mkfs_options *options, const char *value, const char *option)
{
	static const char *const words[] = { [CONTENT_DATA] = "data", [CONTENT_RESERVED] = "rvsp",
		[CONTENT_NONE] = "0" };

	for (enum content_mode i = CONTENT_DATA; i <= CONTENT_NONE; i++) {
		if (value && strcmp(value, words[i]))
			continue;
		options->content = i;
		return MKFS_GO_ON;
	}
	return cli_usage_error(&mkfs_program, "invalid %s=%s", option, value);
}

/* The last of these two counts. */
static int apply_clean(struct mkfs_options *options, const char *value)
{
	options->incremental = false;
	return set_content(options, value, "--clean");
}

static int apply_incremental(struct mkfs_options *options, const char *value)
{
	options->incremental = true;
	return set_content(options, value, "--incremental");
}

static int apply_sort(struct mkfs_options *options, const char *value)
{
	options->sort_none = !strcmp(value, "none");
	if (options->sort_none || !strcmp(value, "path"))
		return MKFS_GO_ON;
	return cli_usage_error(&mkfs_program, "invalid --sort=%s", value);
}

static int apply_queue_limit(struct mkfs_options *options, const char *value)
{
	uint64_t limit = 0;
	int status = parse_number(value, UINT32_MAX, "--async-queue-limit", &limit);

	(void)options;
	if (status == MKFS_GO_ON && (limit & (limit - 1)))
		return cli_usage_error(&mkfs_program,
			"invalid --async-queue-limit %s: not a power of two", value);
	return status;
}

static int apply_nothing(struct mkfs_options *options, const char *value)
{
	(void)options, (void)value;
	return MKFS_GO_ON;
}

apply_function *apply_function_of(int code)
{
	static apply_function *const functions[OPT_END] = {
		['C'] = apply_pcluster,
		['E'] = apply_extended,
		['L'] = apply_label,
		['T'] = apply_time,
		['U'] = apply_uuid,
		['V'] = apply_version,
		['b'] = apply_block_size,
		['d'] = apply_debug_level,
		['h'] = apply_help,
		['x'] = apply_xattr_tolerance,
		['m'] = apply_metabox,
		['z'] = apply_compression,
		[OPT_ALL_ROOT] = apply_all_root,
		[OPT_ALL_TIME] = apply_all_time,
		[OPT_ASYNC_QUEUE_LIMIT] = apply_queue_limit,
		[OPT_AUFS] = apply_aufs,
		[OPT_BLOBDEV] = apply_blobdev,
		[OPT_BLOCK_LIST_FILE] = apply_block_list,
		[OPT_CHUNKSIZE] = apply_chunksize,
		[OPT_CLEAN] = apply_clean,
		[OPT_COMPRESS_HINTS] = apply_compress_hints,
		[OPT_DSUNIT] = apply_dsunit,
		[OPT_EXCLUDE_PATH] = apply_exclude_path,
		[OPT_EXCLUDE_REGEX] = apply_exclude_regex,
		[OPT_FILE_CONTEXTS] = apply_file_contexts,
		[OPT_FORCE_GID] = apply_force_gid,
		[OPT_FORCE_UID] = apply_force_uid,
		[OPT_FS_CONFIG_FILE] = apply_fs_config,
		[OPT_FSALIGNBLKS] = apply_fsalignblks,
		[OPT_GID_OFFSET] = apply_gid_offset,
		[OPT_GZINFO] = apply_gzinfo,
		[OPT_HARD_DEREFERENCE] = apply_hard_dereference,
		[OPT_IGNORE_MTIME] = apply_ignore_mtime,
		[OPT_INCREMENTAL] = apply_incremental,
		[OPT_ISHARE] = apply_ishare,
		[OPT_MAX_EXTENT_BYTES] = apply_max_extent,
		[OPT_ISHARE_TRUST] = apply_ishare_trust,
		[OPT_MKFS_TIME] = apply_mkfs_time,
		[OPT_MOUNT_POINT] = apply_mount_point,
		[OPT_MZ] = apply_mz,
		[OPT_OCI_LAYERS] = apply_oci_layers,
		[OPT_OCI_LAYOUT] = apply_oci_layout,
		[OPT_OFFSET] = apply_offset,
		[OPT_OVLFS_STRIP] = apply_ovlfs_strip,
		[OPT_PRESERVE_MTIME] = apply_preserve_mtime,
		[OPT_PRODUCT_OUT] = apply_nothing,
		[OPT_QUIET] = apply_quiet,
		[OPT_ROOT_XATTR_ISIZE] = apply_root_xattr_isize,
		[OPT_SORT] = apply_sort,
		[OPT_TAR] = apply_tar,
		[OPT_UID_OFFSET] = apply_uid_offset,
		[OPT_UNGZIP] = apply_ungzip,
		[OPT_UNXZ] = apply_unxz,
		[OPT_VMDK_DESC] = apply_vmdk_desc,
		[OPT_WORKERS] = apply_workers,
		[OPT_XATTR_INODE_DIGEST] = apply_inode_digest,
		[OPT_XATTR_PREFIX] = apply_xattr_prefix,
		[OPT_ZD] = apply_zd,
		[OPT_ZFEATURE_BITS] = apply_zfeature_bits,
	};

	return code > 0 && code < OPT_END ? functions[code] : NULL;
}
