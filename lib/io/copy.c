/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Bytes go to the copy as they are fetched. */
#include "io/copy.h"

#include <errno.h>
#include <stdlib.h>

struct copy_input {
	struct erofs_input base;
	struct erofs_input *inner;
	struct erofs_file *copy;
};

static int copy_fetch(struct erofs_input *base, const uint8_t **ret, size_t *ret_size)
{
	struct copy_input *input = (struct copy_input *)base;
	int r = erofs_input_next(input->inner, UINT64_MAX, ret, ret_size);

	return r < 0 ? r : erofs_file_write(input->copy, *ret, *ret_size);
}

static void copy_close(struct erofs_input *base)
{
	struct copy_input *input = (struct copy_input *)base;

	erofs_input_close(input->inner);
	free(input);
}

static const struct erofs_input_ops copy_ops = { copy_fetch, NULL, NULL, copy_close };

int erofs_copy_open_input(struct erofs_input *inner, struct erofs_file *copy, struct erofs_input **ret)
{
	struct copy_input *input = malloc(sizeof(*input));

	if (!input) {
		erofs_input_close(inner);
		return -ENOMEM;
	}
	*input = (struct copy_input){ .base = { .ops = &copy_ops, .report = inner->report,
		.name = inner->name }, .inner = inner, .copy = copy };
	*ret = &input->base;
	return 0;
}
