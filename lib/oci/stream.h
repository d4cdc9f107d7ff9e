/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* The uncompressed bytes of a layer in one pass, held against both digests: the blob's and the diff id. */
#ifndef EROFS_OCI_STREAM_H
#define EROFS_OCI_STREAM_H

#include "oci/image.h"

struct erofs_oci_stream;

/* @image outlives the stream. Reports its errors. */
int erofs_oci_stream_open(struct erofs_oci_image *image, size_t layer, struct erofs_oci_stream **ret);
void erofs_oci_stream_close(struct erofs_oci_stream *stream); /* NULL is a no-op */

/* The next bytes: a size of 1 or more in @ret_size and borrowed bytes until the next call; 0 at the end. Errors
 * are reported. */
int erofs_oci_stream_next(struct erofs_oci_stream *stream, const void **ret, size_t *ret_size);

/* Reads what is left, and tells whether all was what the image says: -EBADMSG with a message when not. Until
 * then the bytes are anybody's. */
int erofs_oci_stream_finish(struct erofs_oci_stream *stream);

#endif
