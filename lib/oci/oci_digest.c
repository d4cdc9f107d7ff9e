/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Digests between text and bytes. */
#include "oci/oci_digest.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

static bool parse_hex(enum erofs_digest_algorithm algorithm, const char *hex, size_t length,
	struct erofs_oci_digest *ret)
{
	struct erofs_oci_digest digest = { .algorithm = algorithm };

	if (length != 2 * (size_t)erofs_digest_size_bytes(algorithm))
		return false;
	for (size_t i = 0; i < length; i++) {
		int value = erofs_text_hex_value(hex[i]);

		/* Lower case: files are named by digests. */
		if (value < 0 || (value > 9 && hex[i] < 'a'))
			return false;
		digest.bytes[i / 2] = (uint8_t)(digest.bytes[i / 2] << 4 | value);
	}
	*ret = digest;
	return true;
}

bool erofs_oci_digest_parse(const char *text, struct erofs_oci_digest *ret)
{
	if (!strncmp(text, "sha256:", 7))
		return parse_hex(EROFS_DIGEST_SHA256, text + 7, strlen(text + 7), ret);
	if (!strncmp(text, "sha512:", 7))
		return parse_hex(EROFS_DIGEST_SHA512, text + 7, strlen(text + 7), ret);
	return false;
}

bool erofs_oci_digest_parse_hex(const char *hex, size_t length, struct erofs_oci_digest *ret)
{
	return parse_hex(EROFS_DIGEST_SHA256, hex, length, ret);
}

char *erofs_oci_digest_format(const struct erofs_oci_digest *digest, char separator,
	char ret[EROFS_OCI_DIGEST_TEXT])
{
	const char *name = erofs_digest_name(digest->algorithm);
	int n = snprintf(ret, EROFS_OCI_DIGEST_TEXT, "%s%c", name ? name : "none", separator);

	for (uint32_t i = 0; i < erofs_digest_size_bytes(digest->algorithm); i++)
		n += snprintf(ret + n, EROFS_OCI_DIGEST_TEXT - (size_t)n, "%02x", digest->bytes[i]);
	return ret;
}

bool erofs_oci_digest_equal(const struct erofs_oci_digest *a, const struct erofs_oci_digest *b)
{
	return a->algorithm == b->algorithm &&
	       !memcmp(a->bytes, b->bytes, erofs_digest_size_bytes(a->algorithm));
}
