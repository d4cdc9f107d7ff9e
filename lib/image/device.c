/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Devices and address resolution (format section 4.4). */
#include "image/device.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "base/cleanup.h"
#include "base/math.h"
#include "image/reader.h"

static void decode_slot(const struct erofs_deviceslot *slot, bool has_48bit,
	struct erofs_device *ret)
{
	*ret = (struct erofs_device){
		.block_count = erofs_get32(slot->blocks_lo),
		.unified_start_block = erofs_get32(slot->uniaddr_lo),
	};
	memcpy(ret->tag, slot->tag, sizeof(slot->tag));
	if (has_48bit) {
		ret->block_count |= (uint64_t)erofs_get16(slot->blocks_hi) << 32;
		ret->unified_start_block |= (uint64_t)erofs_get16(slot->uniaddr_hi) << 32;
	}
}

static int read_table(struct erofs_image *img)
{
	const struct erofs_super *sb = &img->super;
	size_t size = (size_t)sb->device_count * EROFS_DEVT_SLOT_SIZE;
	uint64_t start = (uint64_t)sb->device_table_slot * EROFS_DEVT_SLOT_SIZE;
	uint64_t end = erofs_store_size(img->store);
	auto_free struct erofs_deviceslot *slots = NULL;
	int r;

	if (start > end || size > end - start)
		return erofs_image_fail(img, -EUCLEAN,
			"device table of %" PRIu32 " entries at %" PRIu64
			" does not fit into %" PRIu64 " bytes", sb->device_count, start, end);
	slots = malloc(size);
	img->devices = calloc(sb->device_count, sizeof(*img->devices));
	if (!slots || !img->devices)
		return -ENOMEM;
	r = erofs_store_read(img->store, start, slots, size);
	if (r < 0)
		return erofs_image_fail(img, r, "cannot read the device table at %" PRIu64, start);
	for (uint32_t i = 0; i < sb->device_count; i++)
		decode_slot(&slots[i], sb->incompat & EROFS_INCOMPAT_48BIT,
			&img->devices[i]);
	return 0;
}

static int open_files(struct erofs_image *img, const struct erofs_image_options *options)
{
	uint32_t count = img->super.device_count;

	img->device_stores = calloc(count, sizeof(struct erofs_store *));
	if (!img->device_stores)
		return -ENOMEM;
	for (uint32_t i = 0; i < count; i++) {
		int r = erofs_store_open_file(options->device_paths[i], 0, erofs_image_report(img),
			&img->device_stores[i]);

		if (r < 0)
			return r;
		img->devices[i].opened = true;
	}
	return 0;
}

int erofs_devices_open(struct erofs_image *img, const struct erofs_image_options *options)
{
	uint32_t count = img->super.device_count;
	size_t given = options->device_count;
	int r;

	if (given && given != count)
		return erofs_image_fail(img, -EINVAL,
			"%zu device files given, the image has %" PRIu32, given, count);
	if (!count)
		return 0;
	r = read_table(img);
	if (r < 0 || !given)
		return r;
	return open_files(img, options);
}

void erofs_devices_close(struct erofs_image *img)
{
	for (uint32_t i = 0; img->device_stores && i < img->super.device_count; i++)
		erofs_store_close(img->device_stores[i]);
	free(img->device_stores);
	free(img->devices);
}

/* The unified address space: the first device whose range holds @block, else the primary one. */
static uint32_t find_device(const struct erofs_image *img, uint64_t block)
{
	for (uint32_t i = 0; i < img->super.device_count; i++) {
		const struct erofs_device *dev = &img->devices[i];

		if (dev->unified_start_block && block >= dev->unified_start_block &&
		    block - dev->unified_start_block < dev->block_count)
			return i + 1;
	}
	return 0;
}

static uint64_t unified_start(const struct erofs_image *img, uint32_t device)
{
	return img->devices[device - 1].unified_start_block << img->super.block_bits;
}

int erofs_device_resolve(const struct erofs_image *img, uint32_t device, uint64_t offset,
	struct erofs_place *ret)
{
	bool flattened = !img->device_stores;

	if (device > img->super.device_count)
		return -EUCLEAN;
	if (!device && !flattened) {
		device = find_device(img, offset >> img->super.block_bits);
		if (device)
			offset -= unified_start(img, device);
	} else if (device && flattened) {
		/* The whole unified space is on the primary device. */
		if (!img->devices[device - 1].unified_start_block ||
		    erofs_add_overflow(offset, unified_start(img, device), &offset))
			return -EUCLEAN;
		device = 0;
	}
	*ret = (struct erofs_place){
		.store = device ? img->device_stores[device - 1] : img->store,
		.device = device,
		.offset = offset,
	};
	return 0;
}

uint64_t erofs_device_end(const struct erofs_image *img, const struct erofs_store *store)
{
	return erofs_round_up(erofs_store_size(store), img->super.block_size_bytes);
}

int erofs_device_read(struct erofs_reader *rd, uint32_t device, uint64_t offset, void *buffer,
	size_t size)
{
	const struct erofs_image *img = rd->img;
	struct erofs_place place;
	uint64_t end, stored;
	size_t n = size;
	int r = erofs_device_resolve(img, device, offset, &place);

	if (r < 0)
		return r;
	end = erofs_device_end(img, place.store);
	if (place.offset > end || size > end - place.offset)
		return -EUCLEAN;
	/* Zeros are made up for the rest of a final partial block only. */
	stored = erofs_store_size(place.store);
	if (place.offset >= stored)
		n = 0;
	else if (n > stored - place.offset)
		n = (size_t)(stored - place.offset);
	r = erofs_store_read(place.store, place.offset, buffer, n);
	if (r < 0)
		return r == -ERANGE ? -EUCLEAN : r;
	memset((uint8_t *)buffer + n, 0, size - n);
	return 0;
}
