/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Fingerprint values (format section 7): the only place that knows how they are spelled. */
#include <erofs/ishare.h>

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* Algorithm names are shorter than this; EROFS_FINGERPRINT_MAX_BYTES leaves room for one and ':'. */
#define NAME_SIZE 16

/* Decodes 2 * @count digits; false when one of them is none. */
static bool decode_hex(const uint8_t *text, size_t count, uint8_t *ret)
{
	for (size_t i = 0; i < count; i++) {
		int high = erofs_text_hex_value((char)text[2 * i]), low = erofs_text_hex_value((char)text[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		ret[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

static char *encode_hex(const uint8_t *bytes, size_t count, char *out)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < count; i++) {
		*out++ = digits[bytes[i] >> 4];
		*out++ = digits[bytes[i] & 15];
	}
	*out = '\0';
	return out;
}

/* The algorithm in front of the first ':', and in @ret_rest where the digest starts. */
static enum erofs_digest_algorithm parse_name(const uint8_t *value, size_t value_bytes,
	size_t *ret_rest)
{
	char name[NAME_SIZE];
	size_t limit = value_bytes < sizeof(name) ? value_bytes : sizeof(name);
	const uint8_t *colon = limit ? memchr(value, ':', limit) : NULL;

	/* A NUL would end the name early and make another algorithm of it. */
	if (!colon || memchr(value, '\0', (size_t)(colon - value)))
		return EROFS_DIGEST_NONE;
	memcpy(name, value, (size_t)(colon - value));
	name[colon - value] = '\0';
	*ret_rest = (size_t)(colon - value) + 1;
	return erofs_digest_by_name(name);
}

enum erofs_fingerprint_form erofs_fingerprint_parse(const void *value, size_t value_bytes,
	enum erofs_digest_algorithm *ret_algorithm, uint8_t ret_digest[EROFS_DIGEST_MAX_BYTES])
{
	const uint8_t *bytes = value;
	size_t rest = 0;
	enum erofs_digest_algorithm algorithm = parse_name(bytes, value_bytes, &rest);
	size_t size = erofs_digest_size_bytes(algorithm);

	*ret_algorithm = algorithm;
	if (algorithm == EROFS_DIGEST_NONE)
		return value_bytes ? EROFS_FINGERPRINT_UNKNOWN : EROFS_FINGERPRINT_MALFORMED;
	bytes += rest;
	value_bytes -= rest;
	if (value_bytes == size) {
		memcpy(ret_digest, bytes, size);
		return EROFS_FINGERPRINT_RAW;
	}
	if (value_bytes == 2 * size && decode_hex(bytes, size, ret_digest))
		return EROFS_FINGERPRINT_HEX;
	return EROFS_FINGERPRINT_MALFORMED;
}

size_t erofs_fingerprint_encode(enum erofs_digest_algorithm algorithm, const uint8_t *digest,
	uint8_t ret[EROFS_FINGERPRINT_MAX_BYTES])
{
	const char *name = erofs_digest_name(algorithm);
	size_t size = erofs_digest_size_bytes(algorithm);
	size_t name_bytes;

	if (!name)
		return 0;
	name_bytes = strlen(name);
	memcpy(ret, name, name_bytes);
	ret[name_bytes] = ':';
	memcpy(ret + name_bytes + 1, digest, size);
	return name_bytes + 1 + size;
}

char *erofs_fingerprint_text(const void *value, size_t value_bytes)
{
	uint8_t digest[EROFS_DIGEST_MAX_BYTES];
	enum erofs_digest_algorithm algorithm;
	enum erofs_fingerprint_form form =
		erofs_fingerprint_parse(value, value_bytes, &algorithm, digest);
	bool known = form == EROFS_FINGERPRINT_RAW || form == EROFS_FINGERPRINT_HEX;
	const char *name = known ? erofs_digest_name(algorithm) : "hex";
	const uint8_t *bytes = known ? digest : value;
	size_t count = known ? erofs_digest_size_bytes(algorithm) : value_bytes;
	size_t name_bytes = strlen(name);
	char *text = malloc(name_bytes + 1 + 2 * count + 1);

	if (!text)
		return NULL;
	memcpy(text, name, name_bytes);
	text[name_bytes] = ':';
	encode_hex(bytes, count, text + name_bytes + 1);
	return text;
}
