/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Indexes, manifests, configurations and the list of a "docker save" archive. */
#include "oci/document.h"

#include <errno.h>
#include <string.h>
#include "base/cleanup.h"
#include "oci/json.h"

DEFINE_AUTO(json, struct json_object *, json_object_put)

static int parse_platform(const struct erofs_oci_document *doc, struct json_object *object,
	struct erofs_oci_platform *ret)
{
	int r = erofs_oci_json_text(doc, object, "os", &ret->os);

	if (r == 0)
		r = erofs_oci_json_text(doc, object, "architecture", &ret->architecture);
	if (r == 0)
		r = erofs_oci_json_text(doc, object, "variant", &ret->variant);
	return r;
}

static int parse_annotations(const struct erofs_oci_document *doc, struct json_object *object,
	struct erofs_oci_descriptor *ret)
{
	const char *about;
	int r = erofs_oci_json_text(doc, object, "org.opencontainers.image.ref.name", &ret->ref);

	if (r == 0)
		r = erofs_oci_json_text(doc, object, "vnd.docker.reference.type", &about);
	if (r == 0)
		ret->attestation = about != NULL;
	return r;
}

static int parse_size(const struct erofs_oci_document *doc, struct json_object *object, uint64_t *ret)
{
	struct json_object *value;
	int r = erofs_oci_json_need(doc, object, "size", json_type_int, &value);
	int64_t size;

	if (r < 0)
		return r;
	size = json_object_get_int64(value);
	if (size < 0)
		return erofs_oci_bad(doc, "\"size\" is %lld", (long long)size);
	*ret = (uint64_t)size;
	return 0;
}

static int parse_parts(const struct erofs_oci_document *doc, struct json_object *object,
	struct erofs_oci_descriptor *ret)
{
	struct json_object *part;
	int r = erofs_oci_json_get(doc, object, "platform", json_type_object, &part);

	if (r == 0 && part)
		r = parse_platform(doc, part, &ret->platform);
	if (r == 0)
		r = erofs_oci_json_get(doc, object, "annotations", json_type_object, &part);
	if (r == 0 && part)
		r = parse_annotations(doc, part, ret);
	return r;
}

static int parse_descriptor(const struct erofs_oci_document *doc, struct json_object *object,
	struct erofs_oci_descriptor *ret)
{
	const char *digest;
	int r;

	if (!json_object_is_type(object, json_type_object))
		return erofs_oci_bad(doc, "a descriptor is not an object");
	memset(ret, 0, sizeof(*ret));
	r = erofs_oci_json_text(doc, object, "mediaType", &ret->media_type);
	if (r == 0)
		r = erofs_oci_json_text(doc, object, "digest", &digest);
	if (r < 0)
		return r;
	if (!ret->media_type)
		ret->media_type = "";
	if (!digest)
		return erofs_oci_bad(doc, "a descriptor has no \"digest\"");
	r = erofs_oci_parse_digest(doc, "digest", digest, &ret->digest);
	if (r == 0)
		r = parse_size(doc, object, &ret->size_bytes);
	return r < 0 ? r : parse_parts(doc, object, ret);
}

static int parse_descriptors(const struct erofs_oci_document *doc, struct json_object *array,
	const char *key, struct erofs_oci_list *ret)
{
	int r = erofs_oci_json_length(doc, array, key, &ret->count);

	if (r < 0)
		return r;
	ret->items = erofs_arena_alloc(doc->arena, (ret->count + 1) * sizeof(*ret->items));
	if (!ret->items)
		return -ENOMEM;
	for (size_t i = 0; r == 0 && i < ret->count; i++)
		r = parse_descriptor(doc, json_object_array_get_idx(array, i), &ret->items[i]);
	return r;
}

int erofs_oci_parse_list(const struct erofs_oci_document *doc, struct erofs_oci_list *ret)
{
	auto_of(json) struct json_object *top = NULL;
	struct json_object *manifests, *layers, *config;
	struct erofs_oci_list list = { .kind = EROFS_OCI_INDEX };
	int r = erofs_oci_json_open(doc, json_type_object, &top);

	if (r == 0)
		r = erofs_oci_json_get(doc, top, "manifests", json_type_array, &manifests);
	if (r == 0)
		r = erofs_oci_json_get(doc, top, "layers", json_type_array, &layers);
	if (r < 0)
		return r;
	if (!manifests == !layers)
		return erofs_oci_bad(doc, "neither an index with \"manifests\" nor a manifest with \"layers\"");
	if (manifests) {
		r = parse_descriptors(doc, manifests, "manifests", &list);
	} else {
		list.kind = EROFS_OCI_MANIFEST;
		r = erofs_oci_json_need(doc, top, "config", json_type_object, &config);
		if (r == 0)
			r = parse_descriptor(doc, config, &list.config);
		if (r == 0)
			r = parse_descriptors(doc, layers, "layers", &list);
	}
	if (r == 0)
		*ret = list;
	return r;
}

static int parse_diff_ids(const struct erofs_oci_document *doc, struct json_object *rootfs,
	struct erofs_oci_config *ret)
{
	const char **texts;
	int r = erofs_oci_json_texts(doc, rootfs, "diff_ids", &texts, &ret->count);

	if (r < 0)
		return r;
	ret->diff_ids = erofs_arena_alloc(doc->arena, (ret->count + 1) * sizeof(*ret->diff_ids));
	if (!ret->diff_ids)
		return -ENOMEM;
	for (size_t i = 0; r == 0 && i < ret->count; i++)
		r = erofs_oci_parse_digest(doc, "diff_ids", texts[i], &ret->diff_ids[i]);
	return r;
}

int erofs_oci_parse_config(const struct erofs_oci_document *doc, struct erofs_oci_config *ret)
{
	auto_of(json) struct json_object *top = NULL;
	struct erofs_oci_config config = { .count = 0 };
	struct json_object *rootfs;
	int r = erofs_oci_json_open(doc, json_type_object, &top);

	if (r == 0)
		r = parse_platform(doc, top, &config.platform);
	if (r == 0)
		r = erofs_oci_json_need(doc, top, "rootfs", json_type_object, &rootfs);
	if (r == 0)
		r = parse_diff_ids(doc, rootfs, &config);
	if (r == 0)
		*ret = config;
	return r;
}

static int parse_saved_image(const struct erofs_oci_document *doc, struct json_object *object,
	struct erofs_oci_saved *ret)
{
	int r;

	if (!json_object_is_type(object, json_type_object))
		return erofs_oci_bad(doc, "an image is not an object");
	r = erofs_oci_json_text(doc, object, "Config", &ret->config);
	if (r == 0)
		r = erofs_oci_json_texts(doc, object, "RepoTags", &ret->tags, &ret->tag_count);
	if (r == 0)
		r = erofs_oci_json_texts(doc, object, "Layers", &ret->layers, &ret->layer_count);
	if (r == 0 && !ret->config)
		return erofs_oci_bad(doc, "no \"Config\"");
	return r;
}

int erofs_oci_parse_saved(const struct erofs_oci_document *doc, struct erofs_oci_saved **ret,
	size_t *ret_count)
{
	auto_of(json) struct json_object *top = NULL;
	struct erofs_oci_saved *images;
	size_t count;
	int r = erofs_oci_json_open(doc, json_type_array, &top);

	if (r == 0)
		r = erofs_oci_json_length(doc, top, "images", &count);
	if (r < 0)
		return r;
	images = erofs_arena_alloc(doc->arena, (count + 1) * sizeof(*images));
	if (!images)
		return -ENOMEM;
	for (size_t i = 0; r == 0 && i < count; i++)
		r = parse_saved_image(doc, json_object_array_get_idx(top, i), &images[i]);
	if (r < 0)
		return r;
	*ret = images;
	*ret_count = count;
	return 0;
}
