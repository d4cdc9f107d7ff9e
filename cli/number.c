/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers and UUIDs from option values: the whole text or nothing. */
#include "cli/cli.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool cli_parse_u64(const char *text, uint64_t *ret)
{
	char *end;
	unsigned long long v;

	/* strtoull takes a minus sign and wraps; a count has none. */
	if (strchr(text, '-'))
		return false;
	errno = 0;
	v = strtoull(text, &end, 0);
	if (errno || *end || v > UINT64_MAX)
		return false;
	*ret = v;
	return true;
}

bool cli_parse_i64(const char *text, int64_t *ret)
{
	char *end;
	long long v;

	errno = 0;
	v = strtoll(text, &end, 0);
	if (errno || *end)
		return false;
	*ret = v;
	return true;
}

bool cli_parse_size(const char *text, uint64_t *ret)
{
	static const char units[] = "kmg";
	char *end;
	unsigned long long v;
	unsigned int shift = 0;

	if (strchr(text, '-'))
		return false;
	errno = 0;
	v = strtoull(text, &end, 0);
	if (errno)
		return false;
	if (*end) {
		const char *unit = strchr(units, *end | 0x20);

		if (!unit || end == text || end[1])
			return false;
		shift = 10 * (unsigned int)(unit - units + 1);
	}
	if (v > UINT64_MAX >> shift)
		return false;
	*ret = v << shift;
	return true;
}

bool cli_parse_debug_level(const char *text, int *ret)
{
	if (text[0] < '0' || text[0] > '9' || text[1])
		return false;
	*ret = text[0] - '0';
	return true;
}

void cli_format_uuid(const uint8_t uuid[16], char ret[37])
{
	static const char hex[] = "0123456789abcdef";
	char *p = ret;

	for (int i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*p++ = '-';
		*p++ = hex[uuid[i] >> 4];
		*p++ = hex[uuid[i] & 15];
	}
	*p = '\0';
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool cli_parse_uuid(const char *text, uint8_t ret[16])
{
	uint8_t uuid[16];

	for (int i = 0; i < 16; i++) {
		int high, low;

		if ((i == 4 || i == 6 || i == 8 || i == 10) && *text++ != '-')
			return false;
		high = hex_digit(text[0]);
		low = high < 0 ? -1 : hex_digit(text[1]);
		if (low < 0)
			return false;
		uuid[i] = (uint8_t)(high << 4 | low);
		text += 2;
	}
	if (*text)
		return false;
	memcpy(ret, uuid, sizeof(uuid));
	return true;
}
