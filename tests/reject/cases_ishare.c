/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fingerprints that are not true, not there or not where they belong. /file and /xattrs have content;
 * both are tagged in what the cases start from. */
#include "reject.h"

#include <string.h>
#include "base/digest.h"

#define NAME "erofs.fingerprint.v1"

/* The true value for @size bytes of 'f', as the prototype of /file has them. */
static size_t true_value(size_t size, uint8_t ret[EROFS_FINGERPRINT_MAX_BYTES])
{
	uint8_t content[FILE_BYTES], digest[EROFS_DIGEST_MAX_BYTES];
	struct erofs_digest *d = NULL;

	memset(content, 'f', sizeof(content));
	if (erofs_digest_new(EROFS_DIGEST_SHA256, &d) == 0 && erofs_digest_start(d) == 0 &&
	    erofs_digest_update(d, content, size) == 0)
		erofs_digest_finish(d, digest);
	erofs_digest_free(d);
	return erofs_fingerprint_encode(EROFS_DIGEST_SHA256, digest, ret);
}

static void announce(struct image *img)
{
	struct erofs_xattr_long_prefix record = { erofs_put16(sizeof(NAME)), 0 };

	super_of(img)->feature_incompat = erofs_put32(EROFS_INCOMPAT_XATTR_PREFIXES);
	super_of(img)->feature_compat = erofs_put32(EROFS_COMPAT_MTIME |
		EROFS_COMPAT_PLAIN_XATTR_PFX | EROFS_COMPAT_ISHARE_XATTRS);
	super_of(img)->xattr_prefix_count = 1;
	super_of(img)->xattr_prefix_start = erofs_put32(TABLES / 4);
	memcpy(img->bytes + TABLES, &record, sizeof(record));
	memcpy(img->bytes + TABLES + sizeof(record), NAME, sizeof(NAME) - 1);
}

/* /xattrs gets the content of /file; the fingerprint, if any, is put by the case. /file itself is empty
 * so that one file is all there is to tag. */
static void begin(struct image *img)
{
	announce(img);
	extended_of(img, TAGGED)->i_size = erofs_put64(FILE_BYTES);
	extended_of(img, TAGGED)->i_u = erofs_put32(FILE_BLOCK);
	compact_of(img, FILE_)->i_size = erofs_put32(0);
	begin_xattrs(img, 0);
}

static void put_value(struct image *img, const void *value, size_t size)
{
	put_xattr(img, EROFS_XATTR_LONG_PREFIX, "", value, size);
}

static void forged(struct image *img)
{
	uint8_t value[EROFS_FINGERPRINT_MAX_BYTES];
	size_t size = true_value(FILE_BYTES - 1, value);

	begin(img);
	put_value(img, value, size);
}

static void missing(struct image *img)
{
	begin(img);
	put_xattr(img, EROFS_XATTR_INDEX_USER, "k", "v", 1);
}

static void no_fingerprints_at_all(struct image *img)
{
	(void)img;
}

static void duplicate(struct image *img)
{
	uint8_t value[EROFS_FINGERPRINT_MAX_BYTES];
	size_t size = true_value(FILE_BYTES, value);

	begin(img);
	put_value(img, value, size);
	put_value(img, value, size);
}

static void short_value(struct image *img)
{
	uint8_t value[EROFS_FINGERPRINT_MAX_BYTES];
	size_t size = true_value(FILE_BYTES, value);

	begin(img);
	put_value(img, value, size - 1);
}

static void on_an_empty_file(struct image *img)
{
	uint8_t value[EROFS_FINGERPRINT_MAX_BYTES];
	size_t size = true_value(0, value);

	begin(img);
	extended_of(img, TAGGED)->i_size = erofs_put64(0);
	put_value(img, value, size);
}

static void unannounced(struct image *img)
{
	uint8_t value[EROFS_FINGERPRINT_MAX_BYTES];
	size_t size = true_value(FILE_BYTES, value);

	begin(img);
	super_of(img)->feature_compat =
		erofs_put32(EROFS_COMPAT_MTIME | EROFS_COMPAT_PLAIN_XATTR_PFX);
	put_value(img, value, size);
}

static void hexadecimal(struct image *img)
{
	static const char digits[] = "0123456789abcdef";
	uint8_t value[EROFS_FINGERPRINT_MAX_BYTES];
	char hex[EROFS_FINGERPRINT_MAX_BYTES * 2] = "sha256:";
	size_t size = true_value(FILE_BYTES, value), at = 7;

	for (size_t i = 7; i < size; i++) {
		hex[at++] = digits[value[i] >> 4];
		hex[at++] = digits[value[i] & 15];
	}
	begin(img);
	put_value(img, hex, at);
}

static void unknown(struct image *img)
{
	begin(img);
	put_value(img, "md4:0123456789abcdef", 20);
}

const struct reject_case ishare_cases[] = {
	{ "ishare-forged", "", forged },
	{ "ishare-missing", "file", missing },
	{ "ishare-missing", "image", no_fingerprints_at_all },
	{ "ishare-duplicate xattr-duplicate", "", duplicate },
	{ "ishare-malformed", "", short_value },
	{ "ishare-misplaced", "empty", on_an_empty_file },
	{ "ishare-misplaced ishare-missing", "unannounced", unannounced },
	{ "ishare-hex", "", hexadecimal },
	{ "ishare-unknown", "", unknown },
	{ NULL, NULL, NULL },
};
