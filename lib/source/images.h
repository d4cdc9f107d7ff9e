/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* EROFS images as sources: the opened files, and the content of what is in them. */
#ifndef EROFS_SOURCE_IMAGES_H
#define EROFS_SOURCE_IMAGES_H

#include <erofs/image.h>
#include "tree/content.h"

/* Opened images and readers of them for any number of threads. */
struct erofs_images;

/* Opens @count images. A failure is reported. */
int erofs_images_open(const char *const *paths, size_t count, const struct erofs_report *report,
	struct erofs_images **ret);
void erofs_images_close(struct erofs_images *images); /* NULL is a no-op */

size_t erofs_images_count(const struct erofs_images *images);
struct erofs_image *erofs_images_get(const struct erofs_images *images, size_t index);

/* A reader of image @index, one that was given back or a new one. 0 or -ENOMEM. */
int erofs_images_borrow(struct erofs_images *images, size_t index, struct erofs_reader **ret);
void erofs_images_give_back(struct erofs_images *images, size_t index, struct erofs_reader *rd);

/* A source of content for nodes whose source_device is 1 + the index of an image and whose source_inode
 * is a nid in it. Takes over @images on success. */
int erofs_content_image_new(struct erofs_images *images, struct erofs_content_source **ret);

#endif
