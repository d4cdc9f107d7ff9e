/* SPDX-License-Identifier: GPL-2.0-or-later */
/* FILE.json: what a registry wants to know of an image that was made of a container image. */
#ifndef MKFS_ANNOTATE_H
#define MKFS_ANNOTATE_H

#include "mkfs/options.h"

struct annotation {
	const char *path;		/* of the image */
	uint64_t offset_bytes;		/* where it begins in its file */
	const char *blob_path;		/* its extra device, NULL = none */
	enum erofs_digest_algorithm ishare;
	const char *manifest;		/* digest of the manifest it comes from, "" = not known */
	const char *diff_id;		/* of the layer it is of; NULL = of all layers */
};

/* Reads the finished image, and writes the file beside it. Nothing is written for a block device. 0, or a
 * negative errno after a message. */
int annotate(const struct annotation *about, const struct erofs_report *report);

#endif
