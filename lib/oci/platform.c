/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Platforms: "linux/arm64/v8". */
#include <errno.h>
#include <string.h>
#include "oci/document.h"

/* Lower-case letters, digits, dot, dash and underscore. */
static size_t word_length(const char *text)
{
	return strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789.-_");
}

int erofs_oci_platform_parse(const char *text, struct erofs_arena *arena,
	struct erofs_oci_platform *ret)
{
	const char *words[3] = { NULL };
	unsigned int count = 0;

	for (;;) {
		size_t length = word_length(text);

		if (!length || count == 3 || (text[length] && text[length] != '/'))
			return 0;
		words[count] = erofs_arena_string(arena, text, length);
		if (!words[count++])
			return -ENOMEM;
		if (!text[length])
			break;
		text += length + 1;
	}
	if (count < 2)
		return 0;
	*ret = (struct erofs_oci_platform){ words[0], words[1], words[2] };
	return 1;
}

bool erofs_oci_platform_matches(const struct erofs_oci_platform *want,
	const struct erofs_oci_platform *have)
{
	if (!have->os || !have->architecture || strcmp(want->os, have->os) ||
	    strcmp(want->architecture, have->architecture))
		return false;
	return !want->variant || (have->variant && !strcmp(want->variant, have->variant));
}
