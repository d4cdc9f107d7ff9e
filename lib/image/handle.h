/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* What an opened image consists of. Written during open, read-only afterwards. */
#ifndef EROFS_IMAGE_HANDLE_H
#define EROFS_IMAGE_HANDLE_H

#include <erofs/image.h>
#include "base/report.h"
#include "io/store.h"

struct erofs_image {
	struct erofs_store *store; /* primary device */
	struct erofs_super super;
	struct erofs_device *devices; /* super.device_count of them */
	struct erofs_store **device_stores; /* NULL: no device was given (flattened image) */
	struct erofs_xattr_prefix *prefixes; /* super.xattr_prefix_count of them */
	char *prefix_names;	   /* what they point into */
	struct erofs_shared_report shared_report; /* readers in many threads speak through it */
};

/* Where readers report. */
static inline const struct erofs_report *erofs_image_report(const struct erofs_image *img)
{
	return &img->shared_report.report;
}

/* Sends "IMAGE: text" and returns @error. */
int erofs_image_fail(const struct erofs_image *img, int error, const char *format, ...)
	EROFS_PRINTF(3, 4);

#endif
