/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Opening and closing images. */
#include <erofs/image.h>

#include <errno.h>
#include <stdlib.h>
#include "base/cleanup.h"
#include "base/options.h"
#include "image/device.h"
#include "image/handle.h"
#include "image/prefix.h"
#include "image/super.h"

DEFINE_AUTO(image, struct erofs_image *, erofs_image_close)
DEFINE_AUTO(store, struct erofs_store *, erofs_store_close)

static struct erofs_image *new_image(const struct erofs_report *report)
{
	struct erofs_image *img = calloc(1, sizeof(*img));

	if (!img)
		return NULL;
	if (erofs_shared_report_init(&img->shared_report, report) < 0) {
		free(img);
		return NULL;
	}
	return img;
}

/* Takes over @store, also when it fails. */
static int open_store(struct erofs_store *store, const struct erofs_image_options *options,
	const struct erofs_report *report, struct erofs_image **ret)
{
	auto_of(store) struct erofs_store *owned = store;
	auto_of(image) struct erofs_image *img = new_image(report);
	int r;

	if (!img)
		return -ENOMEM;
	img->store = take(&owned);
	r = erofs_super_read(img, options->ignore_checksum);
	if (r < 0)
		return r;
	r = erofs_devices_open(img, options);
	if (r < 0)
		return r;
	r = erofs_prefixes_read(img);
	if (r < 0)
		return r;
	*ret = take(&img);
	return 0;
}

int erofs_image_open(const char *path, const struct erofs_image_options *options,
	const struct erofs_report *report, struct erofs_image **ret)
{
	struct erofs_image_options all;
	struct erofs_store *store;
	int r = erofs_options_take(options, EROFS_OPTIONS_BYTES(all), "image options", report, &all);

	if (r == 0)
		r = erofs_store_open_file(path, all.offset_bytes, report, &store);
	return r < 0 ? r : open_store(store, &all, report, ret);
}

int erofs_image_open_memory(const void *bytes, size_t size_bytes,
	const struct erofs_image_options *options, const struct erofs_report *report,
	struct erofs_image **ret)
{
	struct erofs_image_options all;
	struct erofs_store *store;
	int r = erofs_options_take(options, EROFS_OPTIONS_BYTES(all), "image options", report, &all);

	if (r < 0)
		return r;
	if (all.offset_bytes > size_bytes)
		return erofs_fail(report, -EINVAL, "memory: offset is past the end");
	r = erofs_store_open_memory((const uint8_t *)bytes + all.offset_bytes,
		size_bytes - (size_t)all.offset_bytes, &store);
	return r < 0 ? r : open_store(store, &all, report, ret);
}

void erofs_image_close(struct erofs_image *img)
{
	if (!img)
		return;
	erofs_devices_close(img);
	erofs_store_close(img->store);
	free(img->prefixes);
	free(img->prefix_names);
	erofs_shared_report_fini(&img->shared_report);
	free(img);
}

const struct erofs_super *erofs_image_super(const struct erofs_image *img)
{
	return &img->super;
}

const char *erofs_image_path(const struct erofs_image *img)
{
	return erofs_store_name(img->store);
}

const struct erofs_device *erofs_image_device(const struct erofs_image *img, uint32_t index)
{
	return &img->devices[index];
}

const struct erofs_xattr_prefix *erofs_image_xattr_prefix(const struct erofs_image *img,
	uint32_t index)
{
	return &img->prefixes[index];
}

uint64_t erofs_image_size_bytes(const struct erofs_image *img)
{
	return erofs_store_size(img->store);
}

int erofs_image_fail(const struct erofs_image *img, int error, const char *format, ...)
{
	return erofs_fail_in(erofs_image_report(img), error, format, "%s", erofs_image_path(img));
}
