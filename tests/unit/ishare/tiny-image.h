/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes images of a few files in memory, honest or forged, straight from the structures of the format:
 * what these tests need must not depend on our own builder, which writes no forged tags. */
#ifndef TESTS_UNIT_ISHARE_TINY_IMAGE_H
#define TESTS_UNIT_ISHARE_TINY_IMAGE_H

#include <erofs/erofs.h>

#define TINY_XATTRS 3
#define TINY_VALUE_MAX 600

struct tiny_xattr {
	uint8_t name_index;
	const char *suffix; /* "" for a whole long prefix */
	uint8_t value[TINY_VALUE_MAX];
	size_t value_bytes;
};

struct tiny_file {
	const char *name;
	const void *content;	/* NULL: a hole of size_bytes */
	uint64_t size_bytes;
	uint32_t mode;		/* 0: a regular file */
	enum erofs_layout layout;
	const char *link_to;	/* another name of an earlier file; everything else is ignored */
	struct tiny_xattr xattrs[TINY_XATTRS];
	size_t xattr_count;
	uint32_t filter;
};

struct tiny_spec {
	const struct tiny_file *files; /* by name, in byte order */
	size_t file_count;
	uint8_t base_index;	/* of the fingerprint's prefix */
	const char *infix;	/* NULL: the default name */
	bool no_ishare_bit;
	bool filter_feature;
};

/* Adds a true fingerprint, or any bytes, under the prefix id. */
void tiny_tag(struct tiny_file *file, enum erofs_digest_algorithm algorithm);
void tiny_tag_bytes(struct tiny_file *file, const void *value, size_t value_bytes);
void tiny_add_xattr(struct tiny_file *file, uint8_t name_index, const char *suffix,
	const void *value, size_t value_bytes);
/* NAME ':' digest of @size bytes; returns the size of @ret. */
size_t tiny_fingerprint(enum erofs_digest_algorithm algorithm, const void *content, size_t size,
	uint8_t ret[EROFS_FINGERPRINT_MAX_BYTES]);

/* A file without and with its true fingerprint; two different contents for them. */
#define TINY_PAGE 4096
extern const uint8_t tiny_a[3 * TINY_PAGE], tiny_b[3 * TINY_PAGE];
struct tiny_file tiny_plain(const char *name, const void *content, uint64_t size_bytes);
struct tiny_file tiny_tagged(const char *name, const void *content, uint64_t size_bytes);

/* The image's bytes, to be freed. */
void *tiny_build(const struct tiny_spec *spec, size_t *ret_size);

/* Builds and opens; closing frees the bytes too. */
struct tiny_image {
	void *bytes;
	struct erofs_image *img;
};
void tiny_open(const struct tiny_spec *spec, struct tiny_image *ret);
void tiny_close(struct tiny_image *tiny);

/* Adds an image of these files, which is gone afterwards: a report must not lean on it. */
void tiny_add(struct erofs_ishare_groups *g, const struct tiny_file *files, size_t count);

/* The nid of file number @i of a spec (hard links have their own numbers). */
uint64_t tiny_nid(size_t i);

#endif
