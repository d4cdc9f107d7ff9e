/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Options structures of callers that were built against an earlier or a later header than ours. */
#ifndef EROFS_BASE_OPTIONS_H
#define EROFS_BASE_OPTIONS_H

#include <stddef.h>
#include <erofs/report.h>

/* Copies @options, a public structure whose first member is `size_t struct_size`, to @ret, which has room
 * for the @known_bytes of this version (EROFS_OPTIONS_BYTES). What a shorter one lacks is 0, and all is when
 * @options is NULL; what a longer one has beyond must be 0, because nobody here would heed it. The copy has a
 * size of @known_bytes. @what names the structure in the message: "image options". -EINVAL: a size of nothing;
 * -EOPNOTSUPP: something unknown is set. */
int erofs_options_take(const void *options, size_t known_bytes, const char *what,
	const struct erofs_report *report, void *ret);

/* What has a meaning in a structure like @options: all before its member `reserved`. That one must fill it up to
 * the end, because padding counts in sizeof, yet is not 0 for sure: a member that came to stand in padding
 * would be garbage from callers that do not know it. A new member takes its place from `reserved`, without a gap. */
#define EROFS_OPTIONS_BYTES(options) \
	(offsetof(__typeof__(options), reserved) + 0 * sizeof(struct { \
		char unused; \
		_Static_assert(offsetof(__typeof__(options), reserved) + sizeof((options).reserved) == \
			sizeof(options), "reserved does not end the structure"); \
	}))

#endif
