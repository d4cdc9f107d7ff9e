/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* A layer in one pass, as an input of its uncompressed bytes, held against both digests: the blob's and the
 * diff id. Unpacking has a thread of its own. */
#ifndef EROFS_OCI_STREAM_H
#define EROFS_OCI_STREAM_H

#include "io/input.h"
#include "oci/image.h"

struct erofs_oci_stream;

/* @image outlives the stream; @report, which several threads may enter, too. Reports its errors. */
int erofs_oci_stream_open(struct erofs_oci_image *image, size_t layer,
	const struct erofs_report *report, struct erofs_oci_stream **ret);
void erofs_oci_stream_close(struct erofs_oci_stream *stream); /* NULL is a no-op */

/* The uncompressed bytes; the stream's, which closes it. */
struct erofs_input *erofs_oci_stream_input(struct erofs_oci_stream *stream);

/* Reads what is left, and tells whether all was what the image says: -EBADMSG with a message when not. Until
 * then the bytes are anybody's. */
int erofs_oci_stream_finish(struct erofs_oci_stream *stream);

#endif
