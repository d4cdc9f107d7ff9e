/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Blob, digest, unpacking, digest again: an input within an input. */
#include "oci/stream.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include "base/cleanup.h"
#include "base/digest.h"
#include "base/report.h"
#include "io/unpack.h"

#define BUFFER_BYTES ((size_t)256 << 10)

/* The bytes of the blob as they lie there. */
struct blob {
	struct erofs_input base;
	const struct erofs_oci_layout *layout;
	struct erofs_oci_part part;
	uint64_t at;
	struct erofs_digest *digest;	/* NULL when there is nothing to hold it against */
	uint8_t buffer[BUFFER_BYTES];
};

struct erofs_oci_stream {
	struct erofs_input base;	/* what is taken: the uncompressed bytes */
	struct erofs_oci_image *image;
	const struct erofs_oci_layer *layer;
	const struct erofs_report *report;
	struct blob blob;
	struct erofs_input *inner;	/* the blob, or what unpacks it and closes it */
	struct erofs_digest *digest;
};

DEFINE_AUTO(stream, struct erofs_oci_stream *, erofs_oci_stream_close)

static int fetch_blob(struct erofs_input *base, const uint8_t **ret, size_t *ret_size)
{
	struct blob *b = (struct blob *)base;
	uint64_t left = b->part.size_bytes - b->at;
	size_t size = left < BUFFER_BYTES ? (size_t)left : BUFFER_BYTES;
	int r = erofs_oci_part_read(b->layout, &b->part, base->name, b->at, b->buffer, size);

	if (r == 0 && b->digest)
		r = erofs_digest_update(b->digest, b->buffer, size);
	if (r < 0)
		return r;
	b->at += size;
	*ret = b->buffer;
	*ret_size = size;
	return 0;
}

static int fetch_unpacked(struct erofs_input *base, const uint8_t **ret, size_t *ret_size)
{
	struct erofs_oci_stream *s = (struct erofs_oci_stream *)base;
	int r = erofs_input_next(s->inner, UINT64_MAX, ret, ret_size);

	return r < 0 ? r : erofs_digest_update(s->digest, *ret, *ret_size);
}

/* Both belong to the stream. */
static void close_nothing(struct erofs_input *base)
{
	(void)base;
}

static const struct erofs_input_ops blob_ops = { fetch_blob, NULL, NULL, close_nothing };
static const struct erofs_input_ops unpacked_ops = { fetch_unpacked, NULL, NULL, close_nothing };

/* ---- opening ---- */

static int open_part(struct erofs_oci_stream *s)
{
	struct erofs_oci_image *image = s->image;
	int r = erofs_oci_part_open(image->layout, s->layer->part, &s->blob.part);

	if (r == -ENOENT)
		return erofs_fail(s->report, -EINVAL, "%s: no %s, a layer of the image",
			image->layout->path, s->layer->part);
	if (r < 0)
		return r;
	if (s->layer->blob.algorithm && s->blob.part.size_bytes != s->layer->size_bytes)
		return erofs_fail(s->report, -EBADMSG, "%s: %s has %" PRIu64
			" bytes, its descriptor says %" PRIu64, image->layout->path, s->layer->part,
			s->blob.part.size_bytes, s->layer->size_bytes);
	return 0;
}

static int open_digest(enum erofs_digest_algorithm algorithm, struct erofs_digest **ret)
{
	int r = erofs_digest_new(algorithm, ret);

	return r < 0 ? r : erofs_digest_start(*ret);
}

/* Compressed or not, and how, shows in the bytes: media types lie, digests do not. */
static int open_inputs(struct erofs_oci_stream *s)
{
	int packing;

	s->blob.base = (struct erofs_input){ .ops = &blob_ops, .report = s->report, .name = s->layer->part };
	s->blob.layout = s->image->layout;
	s->base = (struct erofs_input){ .ops = &unpacked_ops, .report = s->report, .name = s->layer->part };
	s->inner = &s->blob.base;
	packing = erofs_unpack_detect(s->inner);
	if (packing < 0)
		return packing;
	if (packing == EROFS_PACKING_NONE)
		return 0;
	return erofs_unpack_open(take(&s->inner), (enum erofs_packing)packing, &s->inner);
}

int erofs_oci_stream_open(struct erofs_oci_image *image, size_t layer,
	const struct erofs_report *report, struct erofs_oci_stream **ret)
{
	auto_of(stream) struct erofs_oci_stream *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return -ENOMEM;
	s->image = image;
	s->layer = &image->layers[layer];
	s->report = report;
	s->blob.part.fd = -1;
	r = open_part(s);
	if (r == 0)
		r = open_digest(s->layer->diff_id.algorithm, &s->digest);
	if (r == 0 && s->layer->blob.algorithm)
		r = open_digest(s->layer->blob.algorithm, &s->blob.digest);
	if (r == 0)
		r = open_inputs(s);
	if (r == 0)
		*ret = take(&s);
	return r;
}

/* First the thread that unpacks ends, which reads the blob. */
void erofs_oci_stream_close(struct erofs_oci_stream *stream)
{
	if (!stream)
		return;
	erofs_input_close(stream->inner);
	erofs_digest_free(stream->digest);
	erofs_digest_free(stream->blob.digest);
	erofs_oci_part_close(&stream->blob.part);
	free(stream);
}

struct erofs_input *erofs_oci_stream_input(struct erofs_oci_stream *stream)
{
	return &stream->base;
}

/* ---- the verdict ---- */

static int compare(struct erofs_oci_stream *s, struct erofs_digest *digest,
	const struct erofs_oci_digest *expected, const char *what)
{
	struct erofs_oci_digest actual = { .algorithm = expected->algorithm };
	char is[EROFS_OCI_DIGEST_TEXT], should[EROFS_OCI_DIGEST_TEXT];
	int r = erofs_digest_finish(digest, actual.bytes);

	if (r < 0 || erofs_oci_digest_equal(&actual, expected))
		return r;
	return erofs_fail(s->report, -EBADMSG, "%s: %s: %s is %s, the image says %s",
		s->image->layout->path, s->layer->part, what, erofs_oci_digest_format(&actual, ':', is),
		erofs_oci_digest_format(expected, ':', should));
}

int erofs_oci_stream_finish(struct erofs_oci_stream *stream)
{
	int r = erofs_input_drain(&stream->base);

	/* What the unpacker did not want is part of the blob all the same. */
	erofs_input_close(take(&stream->inner));
	if (r == 0)
		r = erofs_input_drain(&stream->blob.base);
	if (r == 0 && stream->blob.digest)
		r = compare(stream, stream->blob.digest, &stream->layer->blob, "the digest");
	if (r == 0)
		r = compare(stream, stream->digest, &stream->layer->diff_id,
			"the digest of the uncompressed bytes");
	return r;
}
