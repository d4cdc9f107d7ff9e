/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names out of an image on a terminal: UTF-8 stays readable, nothing can drive the terminal. */
#include "cli/cli.h"

#include <stdlib.h>
#include <string.h>

/* Length of the well-formed, printable UTF-8 sequence at @s, 0 when there is none. C1 controls and the
 * bidirectional overrides count as not printable. */
static size_t printable_sequence(const unsigned char *s)
{
	uint32_t code;
	size_t n;

	if (s[0] < 0x80)
		return s[0] >= 0x20 && s[0] != 0x7f && s[0] != '\\';
	n = s[0] >= 0xf0 && s[0] <= 0xf4 ? 4 : s[0] >= 0xe0 ? 3 : s[0] >= 0xc2 ? 2 : 0;
	if (!n || s[0] > 0xf4)
		return 0;
	code = s[0] & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (s[i] & 0x3f);
	}
	if ((n == 3 && code < 0x800) || (n == 4 && (code < 0x10000 || code > 0x10ffff)) ||
	    (code >= 0xd800 && code <= 0xdfff))
		return 0;
	if (code < 0xa0 || (code >= 0x200e && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
	    (code >= 0x2066 && code <= 0x2069) || code == 0xfeff)
		return 0;
	return n;
}

char *cli_escape(const char *bytes)
{
	static const char hex[] = "0123456789abcdef";
	const unsigned char *s = (const unsigned char *)bytes;
	char *result = malloc(4 * strlen(bytes) + 1);
	char *p = result;

	if (!result)
		return NULL;
	while (*s) {
		size_t n = printable_sequence(s);

		if (n) {
			memcpy(p, s, n);
			p += n;
			s += n;
			continue;
		}
		*p++ = '\\';
		*p++ = 'x';
		*p++ = hex[*s >> 4];
		*p++ = hex[*s & 15];
		s++;
	}
	*p = '\0';
	return result;
}
