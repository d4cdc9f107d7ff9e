/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* The table of long xattr name prefixes (format section 6.5). */
#ifndef EROFS_IMAGE_PREFIX_H
#define EROFS_IMAGE_PREFIX_H

#include "image/handle.h"

/* Reads the table from whichever stream holds it; called once by open, last. */
int erofs_prefixes_read(struct erofs_image *img);

#endif
