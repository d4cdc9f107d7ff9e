/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* The JSON documents of an image, taken apart: bytes of any origin in, plain values out. Nothing here opens
 * a file. What is wrong is described once, with the document's name and the field; -EINVAL then, -EFBIG
 * past a limit, -EOPNOTSUPP for what is known and not for us, -ENOMEM. */
#ifndef EROFS_OCI_DOCUMENT_H
#define EROFS_OCI_DOCUMENT_H

#include "base/arena.h"
#include "oci/oci_digest.h"

#define EROFS_OCI_DOCUMENT_MAX_BYTES (4u << 20) /* what registries take */
/* All that are read to find one image: each may be small, or the same again and again. */
#define EROFS_OCI_DOCUMENTS_MAX_BYTES (64u << 20)
#define EROFS_OCI_LIST_MAX 1024u		/* layers of an image, images of an index */
#define EROFS_OCI_TEXT_MAX_BYTES 4096u

/* What is parsed, and where its values go: everything that is returned lives in @arena. */
struct erofs_oci_document {
	const char *name;	/* for messages, printable */
	const void *bytes;
	size_t size;
	struct erofs_arena *arena;
	const struct erofs_report *report;
};

struct erofs_oci_platform {
	const char *os, *architecture, *variant; /* NULL = not told */
};

struct erofs_oci_descriptor {
	const char *media_type;	/* "" = not told */
	const char *ref;	/* the name given to an image, NULL = none */
	struct erofs_oci_platform platform;
	struct erofs_oci_digest digest;
	uint64_t size_bytes;
	bool attestation;	/* says something about another image, and is none */
};

enum erofs_oci_kind {
	EROFS_OCI_INDEX = 0,	/* of images and further indexes */
	EROFS_OCI_MANIFEST,	/* one image: a configuration and layers */
};

struct erofs_oci_list {
	enum erofs_oci_kind kind;
	struct erofs_oci_descriptor config;	/* of a manifest */
	struct erofs_oci_descriptor *items;	/* layers from the lowest up, or what an index lists */
	size_t count;
};
/* An index or a manifest, whichever it is by its fields. */
int erofs_oci_parse_list(const struct erofs_oci_document *doc, struct erofs_oci_list *ret);

struct erofs_oci_config {
	struct erofs_oci_platform platform;
	struct erofs_oci_digest *diff_ids;	/* of the layers' uncompressed bytes, from the lowest up */
	size_t count;
};
int erofs_oci_parse_config(const struct erofs_oci_document *doc, struct erofs_oci_config *ret);

/* An image of a "docker save" archive: parts by name. */
struct erofs_oci_saved {
	const char *config;
	const char **tags;
	size_t tag_count;
	const char **layers;
	size_t layer_count;
};
/* Its manifest.json. */
int erofs_oci_parse_saved(const struct erofs_oci_document *doc, struct erofs_oci_saved **ret,
	size_t *ret_count);

/* Whether @text is OS/ARCHITECTURE or OS/ARCHITECTURE/VARIANT; the parts live in @arena. 1, 0 or -ENOMEM.
 * Pure. */
int erofs_oci_platform_parse(const char *text, struct erofs_arena *arena,
	struct erofs_oci_platform *ret);
/* Whether an image for @have is what @want asks for; a variant only when one is asked for. */
bool erofs_oci_platform_matches(const struct erofs_oci_platform *want,
	const struct erofs_oci_platform *have);

#endif
