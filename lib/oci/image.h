/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* One image of a layout: chosen, its documents verified, its layers known. */
#ifndef EROFS_OCI_IMAGE_H
#define EROFS_OCI_IMAGE_H

#include <erofs/oci.h>
#include "oci/document.h"
#include "oci/layout.h"

struct erofs_oci_layer {
	const char *part;		/* its name in the layout */
	struct erofs_oci_digest blob;	/* of the bytes as they lie there; NONE = not told */
	struct erofs_oci_digest diff_id; /* of the uncompressed bytes */
	uint64_t size_bytes;		/* when blob is told */
};

struct erofs_oci_image {
	struct erofs_oci_layout *layout; /* owned */
	struct erofs_arena arena;
	struct erofs_oci_digest manifest; /* NONE in a "docker save" archive */
	struct erofs_oci_platform platform;
	struct erofs_oci_layer *layers;	/* from the lowest up */
	size_t layer_count;
	size_t document_bytes;		/* read so far */
	const struct erofs_report *report;
};

/* What the caller asks for. */
struct erofs_oci_choice {
	const char *ref;		/* NULL = any */
	bool has_platform;
	struct erofs_oci_platform platform;
	const char *word;		/* a single word that may be either */
};

/* By index.json, and by manifest.json of "docker save". */
int erofs_oci_choose_indexed(struct erofs_oci_image *image, const struct erofs_oci_choice *choice);
int erofs_oci_choose_saved(struct erofs_oci_image *image, const struct erofs_oci_choice *choice);

/* The document that @descriptor points at, verified and parsed into @ret's kind. */
int erofs_oci_load_list(struct erofs_oci_image *image, const struct erofs_oci_descriptor *descriptor,
	struct erofs_oci_list *ret);
int erofs_oci_load_config(struct erofs_oci_image *image, const char *part,
	const struct erofs_oci_digest *digest, struct erofs_oci_config *ret);
/* "blobs/sha256/HEX" in image->arena; NULL when out of memory. */
const char *erofs_oci_blob_name(struct erofs_oci_image *image, const struct erofs_oci_digest *digest);

/* Takes over the diff ids of @config for @count layers that are there: -EINVAL when they differ in number. */
int erofs_oci_set_diff_ids(struct erofs_oci_image *image, const char *name,
	const struct erofs_oci_config *config);
/* Whether the choice is for this platform, or for any. */
bool erofs_oci_choice_takes(const struct erofs_oci_choice *choice,
	const struct erofs_oci_platform *platform);

#endif
