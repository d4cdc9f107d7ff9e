/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzz target: the documents of container images. The first byte chooses which kind the rest is read as. */
#include "tests/fuzz/fuzz.h"

#if defined(HAVE_JSON) && defined(HAVE_LIBARCHIVE)

#include <stdlib.h>
#include <string.h>
#include "oci/document.h"

static void parse_platform(const struct erofs_oci_document *doc)
{
	struct erofs_oci_platform platform;
	struct erofs_oci_digest digest;
	char *text = erofs_arena_string(doc->arena, doc->bytes, doc->size);
	char again[EROFS_OCI_DIGEST_TEXT];

	if (!text)
		return;
	if (erofs_oci_platform_parse(text, doc->arena, &platform) > 0 &&
	    !erofs_oci_platform_matches(&platform, &platform))
		abort();
	/* What passes as a digest is written back as it was, and is a safe name. */
	if (erofs_oci_digest_parse(text, &digest) &&
	    (strcmp(erofs_oci_digest_format(&digest, ':', again), text) || strpbrk(text, "/.")))
		abort();
}

static void parse(const struct erofs_oci_document *doc, uint8_t kind)
{
	struct erofs_oci_list list;
	struct erofs_oci_config config;
	struct erofs_oci_saved *saved;
	size_t count;

	switch (kind) {
	case 'l':
		if (erofs_oci_parse_list(doc, &list) == 0 && list.count > EROFS_OCI_LIST_MAX)
			abort();
		return;
	case 'c':
		if (erofs_oci_parse_config(doc, &config) == 0 && config.count > EROFS_OCI_LIST_MAX)
			abort();
		return;
	case 's':
		if (erofs_oci_parse_saved(doc, &saved, &count) == 0)
			for (size_t i = 0; i < count; i++)
				if (!saved[i].config)
					abort();
		return;
	default:
		parse_platform(doc);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct erofs_arena arena;
	struct erofs_oci_document doc = { "document", bytes + 1, size - 1, &arena, NULL };

	if (!size)
		return 0;
	erofs_arena_init(&arena);
	parse(&doc, bytes[0]);
	erofs_arena_fini(&arena);
	return 0;
}

#else

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	(void)bytes;
	(void)size;
	return 0;
}

#endif
