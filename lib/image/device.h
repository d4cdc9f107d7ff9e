/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Extra devices and how an address finds its bytes (format section 4.4). */
#ifndef EROFS_IMAGE_DEVICE_H
#define EROFS_IMAGE_DEVICE_H

#include "format/erofs_fs.h"
#include "image/handle.h"

/* Reads the device table and opens the files in @options. */
int erofs_devices_open(struct erofs_image *img, const struct erofs_image_options *options);
void erofs_devices_close(struct erofs_image *img);

/* The bytes behind an address. */
struct erofs_place {
	const struct erofs_store *store;
	uint32_t device;	/* 0 primary, 1.. extra */
	uint64_t offset;	/* in @store */
};

/* Resolves byte @offset of @device; device 0 is the unified address space. -EUCLEAN: there is no such
 * device, or no file for it. The place may lie past the end of its store. */
int erofs_device_resolve(const struct erofs_image *img, uint32_t device, uint64_t offset,
	struct erofs_place *ret);

/* Where readable bytes of @store end: its size, rounded up to a block. */
uint64_t erofs_device_end(const struct erofs_image *img, const struct erofs_store *store);

#endif
