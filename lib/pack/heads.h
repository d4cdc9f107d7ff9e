/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Where extents begin in files that links refer to. Segments publish theirs when they are prepared; who compresses a file
 * with links waits for those of their sources, which are before it, and takes from there on what it finds. What is
 * published does not change any more, whatever commits do to a file, so that nothing depends on who works when. */
#ifndef EROFS_PACK_HEADS_H
#define EROFS_PACK_HEADS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pack_head {
	uint64_t at;		/* of the file */
	uint64_t extent;	/* by its number in the plan, in turn; HEADS_NO_EXTENT */
	uint32_t node;		/* by index */
	uint32_t bytes;		/* that the extent has of the file ... */
	uint32_t stored_bytes;	/* ... and takes; at most as many of a part */
	bool tail;		/* inline, or a fragment */
};
#define HEADS_NO_EXTENT UINT64_MAX

/* Of one segment or several, by node and offset. */
struct pack_heads {
	struct pack_head *list;
	size_t count, capacity;
};

struct pack_head_board {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct pack_heads *segments;	/* by number; NULL: there are no links */
	bool *published;		/* the same */
	bool stopped;			/* nobody needs to wait any more */
};

/* For @segments numbers. 0 or -ENOMEM. */
int erofs_heads_open(struct pack_head_board *board, uint64_t segments);
/* @segments: as before. All zero is closed, too. */
void erofs_heads_close(struct pack_head_board *board, uint64_t segments);
/* Takes over a copy of @heads for segment @number, also when it has none. 0 or -ENOMEM; published it is in any case. */
int erofs_heads_publish(struct pack_head_board *board, uint64_t number, const struct pack_heads *heads);
/* Lets all go on that wait, and those that will: somebody failed. */
void erofs_heads_stop(struct pack_head_board *board);
/* Waits until segment @number has published; what it has. */
const struct pack_heads *erofs_heads_await(struct pack_head_board *board, uint64_t number);

/* Appends one. 0 or -ENOMEM. */
int erofs_heads_add(struct pack_heads *heads, const struct pack_head *head);
/* Position of the first at or behind @at of @node, or of a later node, in @count of @list. */
size_t erofs_heads_find(const struct pack_head *list, size_t count, uint32_t node, uint64_t at);

#endif
