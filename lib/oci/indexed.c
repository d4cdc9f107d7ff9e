/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Choosing by index.json: what lies under the index and the indexes in it, by name and platform. */
#include "oci/image.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/cleanup.h"
#include "base/report.h"

/* Digests rule cycles out; this is for chains. */
#define INDEX_DEPTH_MAX 8
#define INDEXES_MAX 256u
#define CANDIDATES_MAX 4096u

struct search {
	struct erofs_oci_image *image;
	const struct erofs_oci_choice *choice;
	struct erofs_oci_descriptor *found; /* manifests */
	size_t count, capacity;
	unsigned int indexes;
};

static bool has_prefix(const char *text, const char *prefix)
{
	return !strncmp(text, prefix, strlen(prefix));
}

static bool is_index(const struct erofs_oci_descriptor *d)
{
	return has_prefix(d->media_type, "application/vnd.oci.image.index.") ||
	       has_prefix(d->media_type, "application/vnd.docker.distribution.manifest.list.");
}

static bool is_manifest(const struct erofs_oci_descriptor *d)
{
	return has_prefix(d->media_type, "application/vnd.oci.image.manifest.") ||
	       has_prefix(d->media_type, "application/vnd.docker.distribution.manifest.v2") ||
	       !*d->media_type;
}

static int add_found(struct search *s, const struct erofs_oci_descriptor *d)
{
	for (size_t i = 0; i < s->count; i++)
		if (erofs_oci_digest_equal(&s->found[i].digest, &d->digest))
			return 0; /* one image with two names */
	if (s->count == s->capacity) {
		size_t capacity = s->capacity ? 2 * s->capacity : 16;
		void *grown = capacity > CANDIDATES_MAX ? NULL :
			reallocarray(s->found, capacity, sizeof(*s->found));

		if (!grown)
			return erofs_fail(s->image->report, -EFBIG, "%s: more than %zu images in the index",
				s->image->layout->path, s->capacity);
		s->found = grown;
		s->capacity = capacity;
	}
	s->found[s->count++] = *d;
	return 0;
}

static int collect(struct search *s, const struct erofs_oci_list *index, int depth);

/* What is not in the layout was not copied into it, and is no candidate. */
static int collect_nested(struct search *s, const struct erofs_oci_descriptor *d, int depth)
{
	struct erofs_oci_list nested;
	int r;

	if (depth == INDEX_DEPTH_MAX || s->indexes++ == INDEXES_MAX)
		return erofs_fail(s->image->report, -ELOOP, "%s: indexes in indexes, deeper than %d or more "
			"than %u", s->image->layout->path, INDEX_DEPTH_MAX, INDEXES_MAX);
	r = erofs_oci_load_list(s->image, d, &nested);
	if (r == -ENOENT)
		return 0;
	if (r == 0 && nested.kind != EROFS_OCI_INDEX)
		r = erofs_fail(s->image->report, -EINVAL, "%s: a manifest where an index was announced",
			s->image->layout->path);
	return r < 0 ? r : collect(s, &nested, depth + 1);
}

static int collect(struct search *s, const struct erofs_oci_list *index, int depth)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < index->count; i++) {
		const struct erofs_oci_descriptor *d = &index->items[i];

		if (depth == 0 && s->choice->ref && (!d->ref || strcmp(d->ref, s->choice->ref)))
			continue;
		if (is_index(d))
			r = collect_nested(s, d, depth);
		else if (is_manifest(d) && !d->attestation)
			r = add_found(s, d);
	}
	return r;
}

/* ---- choosing ---- */

/* An index may leave the platform to the image's configuration. */
static int learn_platform(struct search *s, struct erofs_oci_descriptor *d)
{
	struct erofs_oci_list manifest;
	struct erofs_oci_config config;
	int r;

	if (d->platform.os && d->platform.architecture)
		return 0;
	r = erofs_oci_load_list(s->image, d, &manifest);
	if (r < 0 || manifest.kind != EROFS_OCI_MANIFEST)
		return r == -ENOENT ? 0 : r;
	r = erofs_oci_load_config(s->image, erofs_oci_blob_name(s->image, &manifest.config.digest),
		&manifest.config.digest, &config);
	if (r == 0)
		d->platform = config.platform;
	return r;
}

static int keep_platform(struct search *s, const struct erofs_oci_choice *choice)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->count; i++) {
		int r = learn_platform(s, &s->found[i]);

		if (r < 0)
			return r;
		if (erofs_oci_choice_takes(choice, &s->found[i].platform))
			s->found[kept++] = s->found[i];
	}
	s->count = kept;
	return 0;
}

static int fail_choice(const struct search *s, size_t had)
{
	const struct erofs_oci_choice *c = s->choice;
	const char *ref = c->ref ? c->ref : "";

	if (!had)
		return erofs_fail(s->image->report, -EINVAL, "%s: no image%s%s in index.json",
			s->image->layout->path, c->ref ? " named " : "", ref);
	return erofs_fail(s->image->report, -EINVAL, "%s: %zu images%s%s, %zu of them for %s/%s%s%s: "
		"one has to be chosen by name or platform", s->image->layout->path, had,
		c->ref ? " named " : "", ref, s->count, c->has_platform ? c->platform.os : "linux",
		c->has_platform ? c->platform.architecture : "amd64",
		c->has_platform && c->platform.variant ? "/" : "",
		c->has_platform && c->platform.variant ? c->platform.variant : "");
}

static int choose_one(struct search *s)
{
	static const struct erofs_oci_choice usual = {
		.has_platform = true, .platform = { "linux", "amd64", NULL },
	};
	size_t had = s->count;
	int r = 0;

	if (s->choice->has_platform)
		r = keep_platform(s, s->choice);
	else if (s->count > 1)
		r = keep_platform(s, &usual);
	if (r < 0)
		return r;
	return s->count == 1 ? 0 : fail_choice(s, had);
}

/* A single word is a name if there is an image of that name, else a platform. */
static int settle_word(struct erofs_oci_image *image, const struct erofs_oci_list *index,
	struct erofs_oci_choice *choice)
{
	if (!choice->word)
		return 0;
	for (size_t i = 0; i < index->count; i++) {
		if (!index->items[i].ref || strcmp(index->items[i].ref, choice->word))
			continue;
		choice->ref = choice->word;
		choice->has_platform = false;
		return 0;
	}
	if (choice->has_platform)
		return 0;
	return erofs_fail(image->report, -EINVAL, "%s: no image named %s in index.json",
		image->layout->path, choice->word);
}

/* ---- the chosen manifest ---- */

static bool is_layer(const char *media_type)
{
	static const char *const kinds[] = {
		"application/vnd.oci.image.layer.v1.tar",
		"application/vnd.oci.image.layer.nondistributable.v1.tar",
		"application/vnd.docker.image.rootfs.diff.tar",
		"application/vnd.docker.image.rootfs.foreign.diff.tar",
	};
	static const char *const suffixes[] = { "", "+gzip", "+zstd", ".gzip", ".zstd" };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const char *suffix = media_type + strlen(kinds[i]);

		if (!has_prefix(media_type, kinds[i]))
			continue;
		for (size_t j = 0; j < sizeof(suffixes) / sizeof(suffixes[0]); j++)
			if (!strcmp(suffix, suffixes[j]))
				return true;
	}
	return false;
}

static int set_layers(struct erofs_oci_image *image, const struct erofs_oci_list *manifest)
{
	image->layer_count = manifest->count;
	image->layers = erofs_arena_alloc(&image->arena, (manifest->count + 1) * sizeof(*image->layers));
	if (!image->layers)
		return -ENOMEM;
	for (size_t i = 0; i < manifest->count; i++) {
		const struct erofs_oci_descriptor *d = &manifest->items[i];

		if (!is_layer(d->media_type))
			return erofs_fail(image->report, -EOPNOTSUPP, "%s: layer %zu has media type \"%s\", "
				"not a tar archive, plain or compressed with gzip or zstd",
				image->layout->path, i + 1, d->media_type);
		image->layers[i] = (struct erofs_oci_layer){
			.part = erofs_oci_blob_name(image, &d->digest),
			.blob = d->digest,
			.size_bytes = d->size_bytes,
		};
		if (!image->layers[i].part)
			return -ENOMEM;
	}
	return 0;
}

static int take_manifest(struct erofs_oci_image *image, const struct erofs_oci_descriptor *d)
{
	struct erofs_oci_list manifest;
	struct erofs_oci_config config;
	const char *part;
	int r = erofs_oci_load_list(image, d, &manifest);

	if (r == -ENOENT)
		return erofs_fail(image->report, -EINVAL, "%s: no %s, the manifest of the image",
			image->layout->path, erofs_oci_blob_name(image, &d->digest));
	if (r < 0)
		return r;
	if (manifest.kind != EROFS_OCI_MANIFEST)
		return erofs_fail(image->report, -EINVAL, "%s: an index where a manifest was announced",
			image->layout->path);
	image->manifest = d->digest;
	r = set_layers(image, &manifest);
	if (r < 0)
		return r;
	part = erofs_oci_blob_name(image, &manifest.config.digest);
	r = erofs_oci_load_config(image, part, &manifest.config.digest, &config);
	return r < 0 ? (r == -ENOENT ? -EINVAL : r) : erofs_oci_set_diff_ids(image, part, &config);
}

static int load_index(struct erofs_oci_image *image, struct erofs_oci_list *ret)
{
	auto_free void *bytes = NULL;
	struct erofs_oci_document doc = { "index.json", NULL, 0, &image->arena, image->report };
	int r = erofs_oci_layout_load(image->layout, doc.name, EROFS_OCI_DOCUMENT_MAX_BYTES, &bytes,
		&doc.size);

	if (r < 0)
		return r;
	doc.bytes = bytes;
	r = erofs_oci_parse_list(&doc, ret);
	if (r == 0 && ret->kind != EROFS_OCI_INDEX)
		r = erofs_fail(image->report, -EINVAL, "%s: index.json is not an index", image->layout->path);
	return r;
}

int erofs_oci_choose_indexed(struct erofs_oci_image *image, const struct erofs_oci_choice *choice)
{
	struct erofs_oci_choice settled = *choice;
	struct search s = { .image = image, .choice = &settled };
	struct erofs_oci_list index;
	int r = load_index(image, &index);

	if (r < 0)
		return r;
	r = settle_word(image, &index, &settled);
	if (r == 0)
		r = collect(&s, &index, 0);
	if (r == 0)
		r = choose_one(&s);
	if (r == 0)
		r = take_manifest(image, &s.found[0]);
	free(s.found);
	return r;
}
