/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the programs share that hold an image against something else. */
#ifndef TESTS_IMAGE_COMPARISON_H
#define TESTS_IMAGE_COMPARISON_H

#include <erofs/walk.h>

/* Opens @image, with @device unless that is NULL, and shows @visitor everything below the root. The
 * reader stands in @ret_rd during the walk. Messages go to stdout. 0, -EOPNOTSUPP from opening, or what
 * ended the walk. */
int walk_image(const char *image, const char *device, const struct erofs_walk_visitor *visitor,
	struct erofs_reader **ret_rd);

#endif
