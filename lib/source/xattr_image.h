/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Extended attributes out of an image. */
#ifndef EROFS_SOURCE_XATTR_IMAGE_H
#define EROFS_SOURCE_XATTR_IMAGE_H

#include <erofs/inode.h>
#include "tree/loader.h"

/* Fills loader->draft with the wanted attributes of @inode; @path is for messages. *ret_opaque: overlayfs would
 * not look below the directory. The image's own fingerprints are no attributes; one planted under the name
 * that the new image will use is counted by the loader. */
int erofs_image_xattrs(struct erofs_loader *loader, struct erofs_reader *rd,
	const struct erofs_inode *inode, const char *path, bool *ret_opaque);

#endif
