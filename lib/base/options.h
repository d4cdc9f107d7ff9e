/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Options structures of callers that were built against an earlier or a later header than ours. */
#ifndef EROFS_BASE_OPTIONS_H
#define EROFS_BASE_OPTIONS_H

#include <stddef.h>
#include <erofs/report.h>

/* Copies @options, a public structure whose first member is `size_t struct_size`, to @ret, which has room
 * for the @known_bytes of this version. What a shorter one lacks is 0, and all is when @options is NULL;
 * what a longer one has beyond must be 0, because nobody here would heed it. The copy has a size of
 * @known_bytes. @what names the structure in the message: "image options". -EINVAL: a size of nothing; -EOPNOTSUPP: something unknown is set.
 *
 * Padding at the end of a structure is part of its size, and not 0 for sure: behind a last member that leaves
 * some, a new one must be preceded by unused members that fill it. */
int erofs_options_take(const void *options, size_t known_bytes, const char *what,
	const struct erofs_report *report, void *ret);

#endif
