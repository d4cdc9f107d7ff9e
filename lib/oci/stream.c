/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Blob, digest, decompression by libarchive, digest again. */
#include "oci/stream.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "base/cleanup.h"
#include "base/digest.h"
#include "base/report.h"

#define BUFFER_BYTES ((size_t)256 << 10)

struct erofs_oci_stream {
	struct erofs_oci_image *image;
	const struct erofs_oci_layer *layer;
	struct erofs_oci_part part;
	char name[EROFS_PRINTABLE_SIZE];	/* of the part, printable */
	uint64_t at;			/* of the blob, how far it was read */
	int error;			/* of reading the blob: reported already */
	struct archive *archive;
	struct erofs_digest *blob_digest, *diff_digest; /* blob: NULL when there is nothing to hold against */
	bool ended;
	char in[BUFFER_BYTES], out[BUFFER_BYTES];
};

DEFINE_AUTO(stream, struct erofs_oci_stream *, erofs_oci_stream_close)

/* The next piece of the blob into s->in; its size, 0 at the end, or an error. */
static ssize_t read_blob(struct erofs_oci_stream *s)
{
	uint64_t left = s->part.size_bytes - s->at;
	size_t size = left < BUFFER_BYTES ? (size_t)left : BUFFER_BYTES;
	int r = erofs_oci_part_read(s->image->layout, &s->part, s->name, s->at, s->in, size);

	if (r == 0 && s->blob_digest)
		r = erofs_digest_update(s->blob_digest, s->in, size);
	if (r < 0)
		return s->error = r;
	s->at += size;
	return (ssize_t)size;
}

static la_ssize_t give_blob(struct archive *a, void *user, const void **ret)
{
	struct erofs_oci_stream *s = user;
	ssize_t n = read_blob(s);

	if (n < 0) {
		archive_set_error(a, (int)-n, "cannot be read");
		return -1;
	}
	*ret = s->in;
	return n;
}

static int fail_archive(struct erofs_oci_stream *s)
{
	const char *text = archive_error_string(s->archive);
	char printable[EROFS_PRINTABLE_SIZE];

	if (s->error)
		return s->error;
	text = text ? text : "no reason given";
	return erofs_fail(s->image->report, -EINVAL, "%s: %s: cannot decompress: %s",
		s->image->layout->path, s->name,
		erofs_printable(text, strlen(text), printable, sizeof(printable)));
}

/* Compressed or not is seen from the bytes: media types lie, digests do not. */
static int open_archive(struct erofs_oci_stream *s)
{
	struct archive_entry *entry;
	int status;

	s->archive = archive_read_new();
	if (!s->archive)
		return -ENOMEM;
	if (archive_read_support_filter_gzip(s->archive) < ARCHIVE_WARN ||
	    archive_read_support_filter_zstd(s->archive) < ARCHIVE_WARN ||
	    archive_read_support_format_raw(s->archive) < ARCHIVE_WARN ||
	    archive_read_support_format_empty(s->archive) < ARCHIVE_WARN ||
	    archive_read_open(s->archive, s, NULL, give_blob, NULL) < ARCHIVE_WARN)
		return fail_archive(s);
	status = archive_read_next_header(s->archive, &entry);
	s->ended = status == ARCHIVE_EOF;
	return status < ARCHIVE_WARN ? fail_archive(s) : 0;
}

static int open_digests(struct erofs_oci_stream *s)
{
	int r = erofs_digest_new(s->layer->diff_id.algorithm, &s->diff_digest);

	if (r == 0)
		r = erofs_digest_start(s->diff_digest);
	if (r == 0 && s->layer->blob.algorithm) {
		r = erofs_digest_new(s->layer->blob.algorithm, &s->blob_digest);
		if (r == 0)
			r = erofs_digest_start(s->blob_digest);
	}
	return r;
}

static int open_part(struct erofs_oci_stream *s)
{
	struct erofs_oci_image *image = s->image;
	int r = erofs_oci_part_open(image->layout, s->layer->part, &s->part);

	if (r == -ENOENT) {
		s->part = (struct erofs_oci_part){ .fd = -1 };
		return erofs_fail(image->report, -EINVAL, "%s: no %s, a layer of the image",
			image->layout->path, s->name);
	}
	if (r < 0)
		return r;
	if (s->layer->blob.algorithm && s->part.size_bytes != s->layer->size_bytes)
		return erofs_fail(image->report, -EBADMSG, "%s: %s has %" PRIu64
			" bytes, its descriptor says %" PRIu64, image->layout->path, s->name,
			s->part.size_bytes, s->layer->size_bytes);
	return 0;
}

int erofs_oci_stream_open(struct erofs_oci_image *image, size_t layer, struct erofs_oci_stream **ret)
{
	auto_of(stream) struct erofs_oci_stream *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return -ENOMEM;
	s->image = image;
	s->layer = &image->layers[layer];
	s->part.fd = -1;
	erofs_printable(s->layer->part, strlen(s->layer->part), s->name, sizeof(s->name));
	r = open_part(s);
	if (r == 0)
		r = open_digests(s);
	if (r == 0)
		r = open_archive(s);
	if (r == 0)
		*ret = take(&s);
	return r;
}

void erofs_oci_stream_close(struct erofs_oci_stream *stream)
{
	if (!stream)
		return;
	archive_read_free(stream->archive);
	erofs_digest_free(stream->blob_digest);
	erofs_digest_free(stream->diff_digest);
	erofs_oci_part_close(&stream->part);
	free(stream);
}

int erofs_oci_stream_next(struct erofs_oci_stream *stream, const void **ret, size_t *ret_size)
{
	la_ssize_t n = 0;
	int r;

	if (!stream->ended)
		n = archive_read_data(stream->archive, stream->out, sizeof(stream->out));
	if (n < 0)
		return fail_archive(stream);
	stream->ended = n == 0;
	r = erofs_digest_update(stream->diff_digest, stream->out, (size_t)n);
	if (r < 0)
		return r;
	*ret = stream->out;
	*ret_size = (size_t)n;
	return 0;
}

static int compare(struct erofs_oci_stream *s, struct erofs_digest *digest,
	const struct erofs_oci_digest *expected, const char *what)
{
	struct erofs_oci_digest actual = { .algorithm = expected->algorithm };
	char is[EROFS_OCI_DIGEST_TEXT], should[EROFS_OCI_DIGEST_TEXT];
	int r = erofs_digest_finish(digest, actual.bytes);

	if (r < 0 || erofs_oci_digest_equal(&actual, expected))
		return r;
	return erofs_fail(s->image->report, -EBADMSG, "%s: %s: %s is %s, the image says %s",
		s->image->layout->path, s->name, what, erofs_oci_digest_format(&actual, ':', is),
		erofs_oci_digest_format(expected, ':', should));
}

int erofs_oci_stream_finish(struct erofs_oci_stream *stream)
{
	const void *bytes;
	size_t size = 1;
	ssize_t n = 1;
	int r = 0;

	while (r == 0 && size)
		r = erofs_oci_stream_next(stream, &bytes, &size);
	/* What the decompressor did not want is part of the blob all the same. */
	while (r == 0 && n > 0)
		n = read_blob(stream);
	if (r == 0 && n < 0)
		r = (int)n;
	if (r == 0 && stream->blob_digest)
		r = compare(stream, stream->blob_digest, &stream->layer->blob, "the digest");
	if (r == 0)
		r = compare(stream, stream->diff_digest, &stream->layer->diff_id,
			"the digest of the uncompressed bytes");
	return r;
}
