/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Bytes that come once, from the first to the last: a pipe, a file, what a filter makes of another input.
 * An input belongs to one thread. Errors are reported with its name, once. */
#ifndef EROFS_IO_INPUT_H
#define EROFS_IO_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <erofs/report.h>

#define EROFS_INPUT_BLOCK_BYTES 512u /* what erofs_input_peek joins; the block of a tar archive */

struct erofs_input;

struct erofs_input_ops {
	/* The next bytes, as many as are at hand, borrowed until the next call; none at the end. */
	int (*fetch)(struct erofs_input *input, const uint8_t **ret, size_t *ret_size);
	/* Passes over @size bytes that were not fetched yet; NULL: they are fetched and forgotten. */
	int (*skip)(struct erofs_input *input, uint64_t size);
	/* The next bytes, at most @room, to @to; none at the end. NULL: they are fetched and copied. */
	int (*read)(struct erofs_input *input, uint8_t *to, size_t room, size_t *ret_size);
	void (*close)(struct erofs_input *input);
};

/* Implementations embed this as their first member. */
struct erofs_input {
	const struct erofs_input_ops *ops;
	const struct erofs_report *report;
	const char *name;		/* for messages */
	const uint8_t *bytes;		/* fetched and not taken yet */
	size_t left;
	const uint8_t *rest;		/* fetched behind those, while they are joined */
	size_t rest_left;
	uint64_t position;		/* bytes taken so far */
	/* A descriptor that becomes readable when nobody wants what a reader still waits for: -ECANCELED, without a
	 * message. NULL = none. */
	const int *wake;
	uint8_t joint[EROFS_INPUT_BLOCK_BYTES];
};

/* Reads @fd from where it stands. Takes it over, also when that fails. @name and @report stay borrowed. */
int erofs_input_open_fd(int fd, const char *name, const struct erofs_report *report,
	struct erofs_input **ret);
/* Borrows @bytes. */
int erofs_input_open_memory(const void *bytes, size_t size, const struct erofs_report *report,
	struct erofs_input **ret);
void erofs_input_close(struct erofs_input *input); /* NULL is a no-op */

/* Looks at up to @size of the next bytes, at most EROFS_INPUT_BLOCK_BYTES, and takes none. Returns how many
 * there are, fewer only at the end. */
int erofs_input_peek(struct erofs_input *input, size_t size, const uint8_t **ret);
/* Takes what erofs_input_peek has shown. */
void erofs_input_take(struct erofs_input *input, size_t size);
/* Takes at most @max bytes, as many as are at hand. *ret_size is 0 at the end. */
int erofs_input_next(struct erofs_input *input, uint64_t max, const uint8_t **ret, size_t *ret_size);
/* The same, to @to, which has room for @room bytes. */
int erofs_input_read(struct erofs_input *input, uint8_t *to, size_t room, size_t *ret_size);
/* Passes over @size bytes. -ENODATA, without a message, when there are fewer. */
int erofs_input_skip(struct erofs_input *input, uint64_t size);
/* Passes over all that is left, so that whoever writes to a pipe can finish. */
int erofs_input_drain(struct erofs_input *input);

#endif
