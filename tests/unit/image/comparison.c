/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Walks over a whole image. */
#include "tests/unit/image/comparison.h"

#include <stdio.h>
#include <erofs/image.h>

static void print_message(void *user, enum erofs_level level, const char *text)
{
	(void)user;
	(void)level;
	printf("%s\n", text);
}

int walk_image(const char *image, const char *device, const struct erofs_walk_visitor *visitor,
	struct erofs_reader **ret_rd)
{
	static const struct erofs_report report = { .message = print_message };
	struct erofs_image_options options = { .struct_size = sizeof(options),
		.device_paths = &device, .device_count = device ? 1 : 0 };
	struct erofs_image *img;
	int r = erofs_image_open(image, &options, &report, &img);

	if (r < 0)
		return r;
	r = erofs_reader_new(img, ret_rd);
	if (r == 0) {
		r = erofs_walk(*ret_rd, erofs_image_super(img)->root_nid, visitor);
		erofs_reader_free(*ret_rd);
	}
	erofs_image_close(img);
	return r;
}
