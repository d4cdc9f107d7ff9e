/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* What all inputs have in common. */
#include "io/input.h"

#include <errno.h>
#include <string.h>

void erofs_input_close(struct erofs_input *input)
{
	if (input)
		input->ops->close(input);
}

static int fetch(struct erofs_input *input, const uint8_t **ret, size_t *ret_size)
{
	if (!input->rest_left)
		return input->ops->fetch(input, ret, ret_size);
	*ret = input->rest;
	*ret_size = input->rest_left;
	input->rest_left = 0;
	return 0;
}

/* Bytes that lie apart are joined: what is left of one fetch and the first of the next. */
static int join(struct erofs_input *input, size_t size)
{
	size_t have = input->left, count = 1;

	memmove(input->joint, input->bytes, have);
	while (have < size && count) {
		const uint8_t *more;
		size_t part;
		int r = fetch(input, &more, &count);

		if (r < 0)
			return r;
		part = count < sizeof(input->joint) - have ? count : sizeof(input->joint) - have;
		memcpy(input->joint + have, more, part);
		have += part;
		input->rest = more + part;
		input->rest_left = count - part;
	}
	input->bytes = input->joint;
	input->left = have;
	return 0;
}

int erofs_input_peek(struct erofs_input *input, size_t size, const uint8_t **ret)
{
	int r = 0;

	if (!input->left)
		r = fetch(input, &input->bytes, &input->left);
	if (r == 0 && input->left && input->left < size)
		r = join(input, size);
	if (r < 0)
		return r;
	*ret = input->bytes;
	return (int)(input->left < size ? input->left : size);
}

void erofs_input_take(struct erofs_input *input, size_t size)
{
	input->bytes += size;
	input->left -= size;
	input->position += size;
}

int erofs_input_next(struct erofs_input *input, uint64_t max, const uint8_t **ret, size_t *ret_size)
{
	int r = input->left ? 0 : fetch(input, &input->bytes, &input->left);

	if (r < 0)
		return r;
	*ret = input->bytes;
	*ret_size = input->left < max ? input->left : (size_t)max;
	erofs_input_take(input, *ret_size);
	return 0;
}

int erofs_input_read(struct erofs_input *input, uint8_t *to, size_t room, size_t *ret_size)
{
	const uint8_t *bytes;
	int r;

	if (!input->left && !input->rest_left && input->ops->read) {
		r = input->ops->read(input, to, room, ret_size);
		input->position += r < 0 ? 0 : *ret_size;
		return r;
	}
	r = erofs_input_next(input, room, &bytes, ret_size);
	if (r == 0 && *ret_size)
		memcpy(to, bytes, *ret_size);
	return r;
}

int erofs_input_skip(struct erofs_input *input, uint64_t size)
{
	const uint8_t *bytes;
	size_t count;
	int r = 0;

	while (r == 0 && size) {
		if (!input->left && !input->rest_left && input->ops->skip) {
			r = input->ops->skip(input, size);
			input->position += r < 0 ? 0 : size;
			return r;
		}
		r = erofs_input_next(input, size, &bytes, &count);
		if (r == 0 && !count)
			r = -ENODATA;
		size -= r < 0 ? 0 : count;
	}
	return r;
}

int erofs_input_drain(struct erofs_input *input)
{
	const uint8_t *bytes;
	size_t count;
	int r;

	do
		r = erofs_input_next(input, UINT64_MAX, &bytes, &count);
	while (r == 0 && count);
	return r;
}
