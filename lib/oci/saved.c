/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Choosing by manifest.json, which "docker save" and its like write: layers by name, their diff ids in a
 * configuration whose name tells its digest. */
#include "oci/image.h"

#include <errno.h>
#include <string.h>
#include "base/cleanup.h"
#include "base/report.h"

/* "HEX.json", "blobs/sha256/HEX", "sha256:HEX": the digest in the last 64 digits of the name. */
static void digest_of_name(const char *name, struct erofs_oci_digest *ret)
{
	const char *slash = strrchr(name, '/');
	size_t length;

	*ret = (struct erofs_oci_digest){ .algorithm = EROFS_DIGEST_NONE };
	name = slash ? slash + 1 : name;
	if (!strncmp(name, "sha256:", 7))
		name += 7;
	length = strlen(name);
	if (length > 5 && !strcmp(name + length - 5, ".json"))
		length -= 5;
	erofs_oci_digest_parse_hex(name, length, ret);
}

static int load_list(struct erofs_oci_image *image, struct erofs_oci_saved **ret, size_t *ret_count)
{
	auto_free void *bytes = NULL;
	struct erofs_oci_document doc = { "manifest.json", NULL, 0, &image->arena, image->report };
	int r = erofs_oci_layout_load(image->layout, doc.name, EROFS_OCI_DOCUMENT_MAX_BYTES, &bytes,
		&doc.size);

	if (r < 0)
		return r;
	doc.bytes = bytes;
	return erofs_oci_parse_saved(&doc, ret, ret_count);
}

static bool has_tag(const struct erofs_oci_saved *saved, const char *tag)
{
	for (size_t i = 0; i < saved->tag_count; i++)
		if (!strcmp(saved->tags[i], tag))
			return true;
	return false;
}

static int load_config(struct erofs_oci_image *image, const struct erofs_oci_saved *saved,
	struct erofs_oci_config *ret)
{
	struct erofs_oci_digest digest;
	int r;

	digest_of_name(saved->config, &digest);
	if (!digest.algorithm)
		erofs_say(image->report, EROFS_LEVEL_WARNING,
			"%s: the name of the configuration %s tells no digest: it is not verified",
			image->layout->path, saved->config);
	r = erofs_oci_load_config(image, saved->config, &digest, ret);
	return r == -ENOENT ? -EINVAL : r;
}

static int set_layers(struct erofs_oci_image *image, const struct erofs_oci_saved *saved)
{
	image->layer_count = saved->layer_count;
	image->layers = erofs_arena_alloc(&image->arena,
		(saved->layer_count + 1) * sizeof(*image->layers));
	if (!image->layers)
		return -ENOMEM;
	for (size_t i = 0; i < saved->layer_count; i++)
		image->layers[i].part = saved->layers[i];
	return 0;
}

static int take_saved(struct erofs_oci_image *image, const struct erofs_oci_saved *saved,
	const struct erofs_oci_config *config)
{
	int r = set_layers(image, saved);

	return r < 0 ? r : erofs_oci_set_diff_ids(image, saved->config, config);
}

int erofs_oci_choose_saved(struct erofs_oci_image *image, const struct erofs_oci_choice *choice)
{
	struct erofs_oci_saved *list, *chosen = NULL;
	struct erofs_oci_config config, chosen_config = { 0 };
	struct erofs_oci_choice settled = *choice;
	size_t count, matches = 0;
	int r = load_list(image, &list, &count);

	for (size_t i = 0; r == 0 && choice->word && i < count; i++)
		if (has_tag(&list[i], choice->word)) {
			settled.ref = choice->word;
			settled.has_platform = false;
		}
	if (r == 0 && choice->word && !settled.ref && !settled.has_platform)
		settled.ref = choice->word; /* which there is none of */
	for (size_t i = 0; r == 0 && i < count; i++) {
		if (settled.ref && !has_tag(&list[i], settled.ref))
			continue;
		r = load_config(image, &list[i], &config);
		if (r == 0 && erofs_oci_choice_takes(&settled, &config.platform)) {
			chosen = &list[i];
			chosen_config = config;
			matches++;
		}
	}
	if (r < 0)
		return r;
	if (matches != 1)
		return erofs_fail(image->report, -EINVAL, "%s: %zu images in manifest.json, %zu of them as "
			"asked for: one has to be chosen by name or platform", image->layout->path,
			count, matches);
	return take_saved(image, chosen, &chosen_config);
}
