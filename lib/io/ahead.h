/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* An input whose bytes are made in a thread of its own, so that whoever takes them can work meanwhile. */
#ifndef EROFS_IO_AHEAD_H
#define EROFS_IO_AHEAD_H

#include "io/input.h"

/* What makes the bytes; used by that thread only. */
struct erofs_ahead_maker {
	void *user;
	struct erofs_input *inner;	/* what it waits for, woken up by the close */
	/* Puts at most @room bytes into @to; none at the end. 0 or a reported error. */
	int (*fill)(void *user, uint8_t *to, size_t room, size_t *ret_size);
	void (*close)(void *user);
};

/* Takes over what @maker has, also when that fails. @name and @report stay borrowed; the report is entered from
 * the thread. */
int erofs_ahead_open(const struct erofs_ahead_maker *maker, const char *name,
	const struct erofs_report *report, struct erofs_input **ret);

/* Reads @inner ahead. Takes it over, also when that fails; until the close no other thread may use it. */
int erofs_ahead_open_input(struct erofs_input *inner, struct erofs_input **ret);

#endif
