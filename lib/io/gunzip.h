/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Unpacking gzip (RFC 1952), held against the sum and the length behind each of its members. */
#ifndef EROFS_IO_GUNZIP_H
#define EROFS_IO_GUNZIP_H

#include "io/input.h"

#define EROFS_GUNZIP_WINDOW_BYTES 32768u

/* A border of blocks, from which unpacking can go on. */
struct erofs_gunzip_point {
	uint64_t packed_at;	/* first byte that is wholly behind the border */
	uint64_t unpacked_at;
	uint8_t bits;		/* of the byte before that belong behind it, too */
	const uint8_t *window;	/* EROFS_GUNZIP_WINDOW_BYTES before it; zeros where there are none */
};

/* Who is told of such borders, and of where the data of each member begins, unless there are so many members that their
 * windows would take more than all they hold; called in the thread that unpacks. */
struct erofs_gunzip_watcher {
	void *user;
	uint64_t span_bytes;	/* unpacked bytes from one to the next, or a little more */
	int (*point)(void *user, const struct erofs_gunzip_point *point); /* 0 or a reported error */
};

/* What @inner unpacks to, made in a thread of its own. Takes over @inner, also when that fails. @watcher is
 * copied; NULL = none. -EUCLEAN from the input: damage, or anything but zeros behind the last member;
 * -EOPNOTSUPP with a message where this build cannot. */
int erofs_gunzip_open(struct erofs_input *inner, const struct erofs_gunzip_watcher *watcher,
	struct erofs_input **ret);

#endif
