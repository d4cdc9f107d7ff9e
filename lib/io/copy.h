/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* A file that is written from its start to its end beside the image: all of it, or nothing is left. */
#ifndef EROFS_IO_COPY_H
#define EROFS_IO_COPY_H

#include "io/input.h"
#include "io/output.h"

struct erofs_copy;

/* The file @path, as erofs_output_open has it; what is neither a regular file nor a block device (a pipe, say) is
 * written as the bytes come. @watcher and @report as there. Reports its errors. */
int erofs_copy_open(const char *path, const struct erofs_output_watcher *watcher,
	const struct erofs_report *report, struct erofs_copy **ret);
/* The file is complete and takes its name. */
int erofs_copy_commit(struct erofs_copy *copy);
/* Without a commit nothing is left. NULL is a no-op. */
void erofs_copy_close(struct erofs_copy *copy);

/* Passes on what @inner has, and writes it to @copy, which is borrowed. Takes over @inner, also when that fails. */
int erofs_copy_open_input(struct erofs_input *inner, struct erofs_copy *copy, struct erofs_input **ret);

#endif
