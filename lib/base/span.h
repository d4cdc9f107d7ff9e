/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Bounds-checked bytes. Bytes of an image reach a decoder only through a span. */
#ifndef EROFS_BASE_SPAN_H
#define EROFS_BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct erofs_span {
	const uint8_t *data;
	size_t size; /* bytes */
};

/* @size bytes at @offset of @span, or NULL when they are not all inside. */
static inline const void *erofs_span_at(struct erofs_span span, size_t offset, size_t size)
{
	if (offset > span.size || size > span.size - offset)
		return NULL;
	return span.data + offset;
}

/* The part of @span from @offset; empty when that is past the end. */
static inline struct erofs_span erofs_span_from(struct erofs_span span, size_t offset)
{
	if (offset > span.size)
		offset = span.size;
	return (struct erofs_span){ span.data + offset, span.size - offset };
}

#endif
