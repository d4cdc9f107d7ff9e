/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Options about how the image is laid out. */
#include "mkfs/apply.h"

#include <string.h>
#include <unistd.h>

#define LABEL_MAX_BYTES 15u
#define XATTR_PREFIX_MAX_BYTES 255u
#define XATTR_PREFIXES_MAX 128u
#define ALIGN_MAX_BLOCKS (1u << 30)

static bool is_power_of_two(uint64_t number)
{
	return number && !(number & (number - 1));
}

int apply_block_size(struct mkfs_options *options, const char *value)
{
	uint64_t size = 0;
	int status = parse_bytes(value, 65536, "block size", &size);

	if (status == MKFS_GO_ON && (size < 512 || !is_power_of_two(size)))
		return cli_usage_error(&mkfs_program,
			"invalid block size %s: not a power of two from 512 to 65536", value);
	options->block_size_bytes = size;
	return status;
}

int apply_label(struct mkfs_options *options, const char *value)
{
	if (strlen(value) > LABEL_MAX_BYTES)
		return cli_usage_error(&mkfs_program,
			"invalid volume label %s: longer than %u bytes", value, LABEL_MAX_BYTES);
	options->build.volume_name = value;
	return MKFS_GO_ON;
}

int apply_uuid(struct mkfs_options *options, const char *value)
{
	options->have_uuid = options->build.replace_uuid = true;
	if (!strcmp(value, "random"))
		options->have_uuid = false;
	else if (!strcmp(value, "clear"))
		memset(options->build.uuid, 0, sizeof(options->build.uuid));
	else if (!cli_parse_uuid(value, options->build.uuid))
		return cli_usage_error(&mkfs_program, "invalid UUID %s", value);
	return MKFS_GO_ON;
}

int apply_chunksize(struct mkfs_options *options, const char *value)
{
	int status = parse_number(value, UINT64_MAX, "--chunksize", &options->build.chunk_size_bytes);

	if (status == MKFS_GO_ON && !is_power_of_two(options->build.chunk_size_bytes))
		return cli_usage_error(&mkfs_program, "chunksize %s must be a power of two", value);
	return status;
}

int apply_blobdev(struct mkfs_options *options, const char *value)
{
	options->build.blob_path = value;
	return MKFS_GO_ON;
}

int apply_dsunit(struct mkfs_options *options, const char *value)
{
	uint64_t blocks = 0;
	int status = parse_number(value, ALIGN_MAX_BLOCKS, "--dsunit", &blocks);

	options->build.data_align_blocks = (uint32_t)blocks;
	return status;
}

/* Rounded up to a power of two; 0 is 1. */
int apply_fsalignblks(struct mkfs_options *options, const char *value)
{
	uint64_t blocks = 0;
	int status = parse_number(value, ALIGN_MAX_BLOCKS, "--fsalignblks", &blocks);
	uint32_t rounded = 1;

	while (rounded < blocks)
		rounded *= 2;
	options->build.align_blocks = rounded;
	return status;
}

int apply_offset(struct mkfs_options *options, const char *value)
{
	return parse_number(value, INT64_MAX, "disk offset", &options->build.offset_bytes);
}

int apply_root_xattr_isize(struct mkfs_options *options, const char *value)
{
	uint64_t size = 0;
	int status = parse_number(value, UINT32_MAX, "the minimum inline xattr size", &size);

	options->build.root_xattr_isize = (uint32_t)size;
	return status;
}

/* "i" is inode metadata, "d" directory data. In our layout both stand together. */
int apply_mz(struct mkfs_options *options, const char *value)
{
	bool inodes = false;

	if (!value)
		value = "id";
	if (!strcmp(value, "0"))
		value = "";
	if (strspn(value, "id") != strlen(value))
		return cli_usage_error(&mkfs_program, "invalid metazone flags `%s`", value);
	inodes = strchr(value, 'i') != NULL;
	if (*value && !inodes)
		return cli_usage_error(&mkfs_program,
			"inode metadata must be in the metadata zone if directory data is");
	options->build.meta_zone = inodes;
	return MKFS_GO_ON;
}

int apply_workers(struct mkfs_options *options, const char *value)
{
	uint64_t workers = 0;
	int status = parse_number(value, 1024, "number of workers", &workers);

	/* Here 0 means one thread, in the library as many as there are processors. */
	options->build.workers = workers ? (unsigned int)workers : 1;
	return status;
}

int apply_xattr_prefix(struct mkfs_options *options, const char *value)
{
	struct string_list *prefixes = &options->xattr_prefixes;

	if (!*value || strlen(value) > XATTR_PREFIX_MAX_BYTES)
		return cli_usage_error(&mkfs_program,
			"invalid xattr name prefix \"%s\": not 1 to %u bytes", value,
			XATTR_PREFIX_MAX_BYTES);
	if (prefixes->count == XATTR_PREFIXES_MAX)
		return cli_usage_error(&mkfs_program, "more than %u xattr name prefixes",
			XATTR_PREFIXES_MAX);
	prefixes->list[prefixes->count++] = value;
	return MKFS_GO_ON;
}

int apply_ignore_mtime(struct mkfs_options *options, const char *value)
{
	(void)value;
	options->build.ignore_mtime = true;
	return MKFS_GO_ON;
}

int apply_preserve_mtime(struct mkfs_options *options, const char *value)
{
	(void)value;
	options->build.ignore_mtime = false;
	return MKFS_GO_ON;
}

int apply_zd(struct mkfs_options *options, const char *value)
{
	if (value && strcmp(value, "0") && strcmp(value, "1"))
		return cli_usage_error(&mkfs_program, "invalid --zD=%s", value);
	options->build.compress_directories = !value || *value == '1';
	return MKFS_GO_ON;
}
