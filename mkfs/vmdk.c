/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --vmdk-desc=FILE: a text by which a virtual machine sees image and devices as one disk. */
#include "mkfs/apply.h"
#include "mkfs/outcome.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define SECTOR_BITS 9
/* What one extent can describe: 2 GiB. */
#define EXTENT_SECTORS ((uint64_t)1 << 22)
/* More than any virtual machine takes, and what devices of others claim to have: 64 TiB in 32768 extents. */
#define MAX_SECTORS ((uint64_t)1 << 37)
#define HEADS 16u
#define SECTORS 63u

int apply_vmdk_desc(struct mkfs_options *options, const char *value)
{
	int r;

	vmdk_close(options);
	options->vmdk_path = value;
	r = cli_page_open(&options->vmdk, value);
	if (r == 0)
		return MKFS_GO_ON;
	cli_error("failed to open vmdk desc `%s`: %s", value, strerror(-r));
	return MKFS_FAILED;
}

static uint32_t content_id(const uint8_t uuid[16])
{
	uint32_t id = 0;

	for (unsigned int i = 0; i < 16; i++)
		id ^= (uint32_t)uuid[i] << 8 * (i % 4);
	return id;
}

static void print_extents(FILE *out, const char *name, uint64_t sectors)
{
	for (uint64_t at = 0; at < sectors; at += EXTENT_SECTORS) {
		uint64_t left = sectors - at;

		fprintf(out, "RW %" PRIu64 " FLAT \"%s\" %" PRIu64 "\n",
			left < EXTENT_SECTORS ? left : EXTENT_SECTORS, name, at);
	}
}

/* The file that device @index of the image is. Standard input has no name; NULL when the device is known by
 * its tag alone, as one that a source image has itself. */
static const char *device_path(const struct mkfs_options *options, uint32_t index)
{
	struct erofs_image *img;
	bool own;

	if (options->build.blob_path)
		return options->build.blob_path;
	if (index >= options->sources.count)
		return "";
	if (erofs_image_open(options->sources.list[index], NULL, NULL, &img) < 0)
		return options->sources.list[index];
	own = erofs_image_super(img)->device_count > 0;
	erofs_image_close(img);
	return own ? NULL : options->sources.list[index];
}

/* A name cannot be quoted in there. */
static bool is_name(const char *name)
{
	return !strpbrk(name, "\"\n\r");
}

/* Of the image and its devices; UINT64_MAX when that is too much. */
static uint64_t count_sectors(const struct erofs_image *img)
{
	const struct erofs_super *super = erofs_image_super(img);
	uint64_t limit = MAX_SECTORS >> (super->block_bits - SECTOR_BITS), blocks = super->block_count;

	for (uint32_t i = 0; blocks <= limit && i < super->device_count; i++) {
		uint64_t more = erofs_image_device(img, i)->block_count;

		if (more > limit)
			return UINT64_MAX;
		blocks += more;
	}
	return blocks <= limit ? blocks << (super->block_bits - SECTOR_BITS) : UINT64_MAX;
}

static int print_all(const struct mkfs_options *options, struct erofs_image *img)
{
	const struct erofs_super *super = erofs_image_super(img);
	unsigned int shift = super->block_bits - SECTOR_BITS;
	uint64_t total = count_sectors(img);
	FILE *out = options->vmdk.out;

	fprintf(out, "# Disk DescriptorFile\nversion=1\nCID=%" PRIx32 "\nparentCID=ffffffff\n"
		"createType=\"twoGbMaxExtentFlat\"\n\n# Extent description\n", content_id(super->uuid));
	print_extents(out, options->destination, super->block_count << shift);
	for (uint32_t i = 0; i < super->device_count; i++) {
		const struct erofs_device *device = erofs_image_device(img, i);
		const char *name = device_path(options, i);

		if (!name)
			name = device->tag;
		if (!is_name(name)) {
			cli_error("%s: a VMDK descriptor cannot hold this name", options->vmdk_path);
			return MKFS_FAILED;
		}
		print_extents(out, name, device->block_count << shift);
	}
	fprintf(out, "\n# The Disk Data Base\n#DDB\n\nddb.virtualHWVersion = \"4\"\n"
		"ddb.geometry.cylinders = \"%" PRIu64 "\"\nddb.geometry.heads = \"%u\"\n"
		"ddb.geometry.sectors = \"%u\"\nddb.adapterType = \"ide\"\n",
		(total + HEADS * SECTORS - 1) / (HEADS * SECTORS), HEADS, SECTORS);
	return MKFS_OK;
}

int vmdk_write(struct mkfs_options *options, struct erofs_image *img)
{
	int status = MKFS_FAILED, r;

	if (!options->vmdk.out)
		return MKFS_OK;
	if (!is_name(options->destination))
		cli_error("%s: a VMDK descriptor cannot hold this name", options->destination);
	else if (count_sectors(img) == UINT64_MAX)
		cli_error("%s: image and devices have more than %" PRIu64 " sectors, which no VMDK "
			"descriptor is written for", options->vmdk_path, MAX_SECTORS);
	else
		status = print_all(options, img);
	if (status != MKFS_OK)
		return status;
	r = cli_page_close(&options->vmdk, 0);
	return r < 0 ? cli_error("%s: cannot write: %s", options->vmdk_path, strerror(-r)) : MKFS_OK;
}

void vmdk_close(struct mkfs_options *options)
{
	if (options->vmdk.out)
		cli_page_close(&options->vmdk, -ECANCELED);
}
