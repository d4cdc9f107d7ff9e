/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Raw bytes for people: UTF-8 stays readable, nothing breaks a line or drives a terminal. */
#include <erofs/text.h>
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

size_t erofs_text_decode(const char *bytes, size_t room, uint32_t *ret_code)
{
	/* The smallest code point that needs this many bytes: less is an overlong form. */
	static const uint32_t lowest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *s = (const unsigned char *)bytes;
	uint32_t code;
	size_t n;

	if (!room)
		return 0;
	if (s[0] < 0x80) {
		*ret_code = s[0];
		return 1;
	}
	n = s[0] >= 0xf8 ? 0 : s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : s[0] >= 0xc0 ? 2 : 0;
	if (!n || n > room)
		return 0;
	code = s[0] & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (s[i] & 0x3f);
	}
	if (code < lowest[n] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		return 0;
	*ret_code = code;
	return n;
}

bool erofs_text_printable(uint32_t code)
{
	if (code < 0xa0)
		return code >= 0x20 && code < 0x7f;
	/* Marks that reorder or hide text around them, and the line separators. */
	return !(code == 0xad || code == 0x61c || (code >= 0x200b && code <= 0x200f) ||
		(code >= 0x2028 && code <= 0x202e) || (code >= 0x2060 && code <= 0x206f) ||
		code == 0xfeff || (code >= 0xfff9 && code <= 0xfffb));
}

int erofs_text_hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

char *erofs_text_put(char *to, const char *bytes, size_t count)
{
	static const char hex[] = "0123456789abcdef";

	while (count) {
		uint32_t code;
		size_t n = erofs_text_decode(bytes, count, &code);

		if (n && erofs_text_printable(code) && code != '\\') {
			memcpy(to, bytes, n);
			to += n;
		} else {
			n = 1;
			*to++ = '\\';
			*to++ = 'x';
			*to++ = hex[(unsigned char)*bytes >> 4];
			*to++ = hex[(unsigned char)*bytes & 15];
		}
		bytes += n;
		count -= n;
	}
	return to;
}

char *erofs_text_escape(const char *bytes)
{
	size_t count = strlen(bytes);
	char *result = malloc(4 * count + 1);

	if (result)
		*erofs_text_put(result, bytes, count) = '\0';
	return result;
}
