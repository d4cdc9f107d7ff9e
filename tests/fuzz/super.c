/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzz target: superblock, compression records, device table, prefix table. The input is what follows
 * byte 1024, so that a fuzzer need not invent the kilobyte before. */
#include <stdlib.h>
#include <string.h>
#include <erofs/image.h>
#include "format/erofs_fs.h"
#include "tests/fuzz/fuzz.h"

static void look_at(const struct erofs_image *img)
{
	const struct erofs_super *sb = erofs_image_super(img);
	size_t sum = strlen(sb->volume_name);

	if (sb->block_bits < EROFS_MIN_BLOCK_BITS || sb->block_bits > EROFS_MAX_BLOCK_BITS ||
	    sb->xattr_prefix_count > EROFS_XATTR_MAX_PREFIXES)
		abort();
	for (uint32_t i = 0; i < sb->device_count; i++)
		sum += strlen(erofs_image_device(img, i)->tag);
	for (uint32_t i = 0; i < sb->xattr_prefix_count; i++)
		sum += strlen(erofs_image_xattr_prefix(img, i)->name);
	if (sum > erofs_image_size_bytes(img) + 128 * 300)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct erofs_image_options options = { .struct_size = sizeof(options),
		.ignore_checksum = true };
	uint8_t *image = calloc(1, EROFS_SUPER_OFFSET + size);
	struct erofs_image *img;

	if (!image)
		return 0;
	memcpy(image + EROFS_SUPER_OFFSET, bytes, size);
	for (int strict = 0; strict < 2; strict++) {
		options.ignore_checksum = !strict;
		if (erofs_image_open_memory(image, EROFS_SUPER_OFFSET + size, &options, NULL,
			    &img) == 0) {
			look_at(img);
			erofs_image_close(img);
		}
	}
	free(image);
	return 0;
}
