/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* The stream that will be the packed inode: ends of files and whole small files one behind the other
 * (section 10), and where one that is there already can be found. For one thread. */
#ifndef EROFS_PACK_FRAGMENT_STREAM_H
#define EROFS_PACK_FRAGMENT_STREAM_H

#include <erofs/build.h>
#include "base/arena.h"
#include "base/table.h"
#include "io/spool.h"

struct erofs_fragments {
	const struct erofs_report *report;
	struct erofs_spool *spool;		/* NULL: there are none */
	enum erofs_fragment_dedupe dedupe;
	struct erofs_table by_end;		/* of the last bytes: candidates */
	struct erofs_arena arena;
	uint64_t shared_bytes;			/* found, not stored again */
};

/* All zero is closed, too. @directory is for the temporary file. */
int erofs_fragments_open(struct erofs_fragments *fr, const char *directory,
	enum erofs_fragment_dedupe dedupe, const struct erofs_report *report);
void erofs_fragments_close(struct erofs_fragments *fr);

/* Finds the @size bytes, not none, at @bytes at the end of an earlier fragment, or appends them. @whole: they are
 * a file. @ret_at: where they begin. Reports its errors. */
int erofs_fragments_add(struct erofs_fragments *fr, const void *bytes, size_t size, bool whole,
	uint64_t *ret_at);

#endif
