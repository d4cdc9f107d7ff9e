/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* What both kinds of layout have in common: selectors, verified documents, the chosen image. */
#include "oci/image.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/cleanup.h"
#include "base/digest.h"
#include "base/report.h"

DEFINE_AUTO(image, struct erofs_oci_image *, erofs_oci_image_close)
DEFINE_AUTO(digest, struct erofs_digest *, erofs_digest_free)

const char *erofs_oci_blob_name(struct erofs_oci_image *image, const struct erofs_oci_digest *digest)
{
	char text[sizeof("blobs/") + EROFS_OCI_DIGEST_TEXT] = "blobs/";

	erofs_oci_digest_format(digest, '/', text + 6);
	return erofs_arena_string(&image->arena, text, strlen(text));
}

static int verify(struct erofs_oci_image *image, const char *part,
	const struct erofs_oci_digest *expected, const void *bytes, size_t size)
{
	struct erofs_oci_digest actual = { .algorithm = expected->algorithm };
	auto_of(digest) struct erofs_digest *digest = NULL;
	char text[EROFS_OCI_DIGEST_TEXT];
	int r = erofs_digest_new(expected->algorithm, &digest);

	if (r == 0)
		r = erofs_digest_start(digest);
	if (r == 0)
		r = erofs_digest_update(digest, bytes, size);
	if (r == 0)
		r = erofs_digest_finish(digest, actual.bytes);
	if (r < 0)
		return r;
	if (erofs_oci_digest_equal(&actual, expected))
		return 0;
	return erofs_fail(image->report, -EBADMSG, "%s: %s has the digest %s", image->layout->path,
		part, erofs_oci_digest_format(&actual, ':', text));
}

/* Loads the document @part; @digest->algorithm NONE = nothing to hold it against. */
static int load_document(struct erofs_oci_image *image, const char *part,
	const struct erofs_oci_digest *digest, struct erofs_oci_document *ret, void **ret_bytes)
{
	auto_free void *bytes = NULL;
	size_t size;
	int r = part ? erofs_oci_layout_load(image->layout, part, EROFS_OCI_DOCUMENT_MAX_BYTES, &bytes,
		&size) : -ENOMEM;

	if (r == 0 && size > EROFS_OCI_DOCUMENTS_MAX_BYTES - image->document_bytes)
		r = erofs_fail(image->report, -EFBIG, "%s: documents of more than %u bytes to choose from",
			image->layout->path, EROFS_OCI_DOCUMENTS_MAX_BYTES);
	if (r == 0 && digest->algorithm)
		r = verify(image, part, digest, bytes, size);
	if (r < 0)
		return r;
	image->document_bytes += size;
	*ret = (struct erofs_oci_document){ part, bytes, size, &image->arena, image->report };
	*ret_bytes = take(&bytes);
	return 0;
}

int erofs_oci_load_list(struct erofs_oci_image *image, const struct erofs_oci_descriptor *descriptor,
	struct erofs_oci_list *ret)
{
	auto_free void *bytes = NULL;
	struct erofs_oci_document doc;
	int r = load_document(image, erofs_oci_blob_name(image, &descriptor->digest),
		&descriptor->digest, &doc, &bytes);

	if (r < 0)
		return r;
	if (doc.size != descriptor->size_bytes)
		return erofs_fail(image->report, -EBADMSG, "%s: %s has %zu bytes, its descriptor says %llu",
			image->layout->path, doc.name, doc.size,
			(unsigned long long)descriptor->size_bytes);
	return erofs_oci_parse_list(&doc, ret);
}

int erofs_oci_load_config(struct erofs_oci_image *image, const char *part,
	const struct erofs_oci_digest *digest, struct erofs_oci_config *ret)
{
	auto_free void *bytes = NULL;
	struct erofs_oci_document doc;
	int r = load_document(image, part, digest, &doc, &bytes);

	if (r == -ENOENT)
		return erofs_fail(image->report, r, "%s: no %s, the configuration of the image",
			image->layout->path, part);
	if (r < 0)
		return r;
	doc.name = part;
	return erofs_oci_parse_config(&doc, ret);
}

int erofs_oci_set_diff_ids(struct erofs_oci_image *image, const char *name,
	const struct erofs_oci_config *config)
{
	if (config->count != image->layer_count)
		return erofs_fail(image->report, -EINVAL,
			"%s: %zu diff ids in the configuration %s, for %zu layers", image->layout->path,
			config->count, name, image->layer_count);
	for (size_t i = 0; i < image->layer_count; i++)
		image->layers[i].diff_id = config->diff_ids[i];
	image->platform = config->platform;
	return 0;
}

bool erofs_oci_choice_takes(const struct erofs_oci_choice *choice,
	const struct erofs_oci_platform *platform)
{
	return !choice->has_platform || erofs_oci_platform_matches(&choice->platform, platform);
}

/* ---- opening ---- */

/* No name of an image holds a comma. */
static int parse_selector(struct erofs_oci_image *image, const char *selector,
	struct erofs_oci_choice *ret)
{
	const char *comma = strrchr(selector, ',');
	int r;

	r = erofs_oci_platform_parse(comma ? comma + 1 : selector, &image->arena, &ret->platform);
	if (r < 0)
		return r;
	ret->has_platform = r > 0;
	if (!comma) {
		ret->word = selector;
		return 0;
	}
	if (!ret->has_platform)
		return erofs_fail(image->report, -EINVAL, "%s is not OS/ARCHITECTURE[/VARIANT]", comma + 1);
	ret->ref = erofs_arena_string(&image->arena, selector, (size_t)(comma - selector));
	return ret->ref ? 0 : -ENOMEM;
}

static int choose(struct erofs_oci_image *image, const char *selector)
{
	struct erofs_oci_choice choice = { 0 };
	int r = selector && *selector ? parse_selector(image, selector, &choice) : 0;

	if (r < 0)
		return r;
	/* Newer archives of "docker save" have both. */
	r = erofs_oci_choose_indexed(image, &choice);
	if (r == -ENOENT)
		r = erofs_oci_choose_saved(image, &choice);
	if (r == -ENOENT)
		return erofs_fail(image->report, -EINVAL,
			"%s: neither index.json nor manifest.json in it: no OCI layout, no docker archive",
			image->layout->path);
	return r;
}

int erofs_oci_image_open(const char *path, const char *selector, const struct erofs_report *report,
	struct erofs_oci_image **ret)
{
	auto_of(image) struct erofs_oci_image *image = calloc(1, sizeof(*image));
	int r;

	if (!image)
		return -ENOMEM;
	erofs_arena_init(&image->arena);
	image->report = report;
	r = erofs_oci_layout_open(path, report, &image->layout);
	if (r == 0)
		r = choose(image, selector);
	if (r == 0)
		*ret = take(&image);
	return r;
}

void erofs_oci_image_close(struct erofs_oci_image *image)
{
	if (!image)
		return;
	erofs_oci_layout_close(image->layout);
	erofs_arena_fini(&image->arena);
	free(image);
}
