/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Lists of heads, and the board that segments publish them on. Segments are taken in order, and those that wait do so
 * for smaller numbers, so the smallest that is not prepared never waits. */
#include "pack/heads.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/math.h"

int erofs_heads_open(struct pack_head_board *board, uint64_t segments)
{
	pthread_mutex_init(&board->lock, NULL);
	pthread_cond_init(&board->changed, NULL);
	if (segments < SIZE_MAX / sizeof(*board->segments)) {
		board->segments = calloc((size_t)segments, sizeof(*board->segments));
		board->published = calloc((size_t)segments, sizeof(*board->published));
	}
	if (board->segments && board->published)
		return 0;
	free(board->segments);
	free(board->published);
	board->segments = NULL;
	return -ENOMEM;
}

void erofs_heads_close(struct pack_head_board *board, uint64_t segments)
{
	if (!board->segments)
		return;
	for (uint64_t i = 0; i < segments; i++)
		free(board->segments[i].list);
	free(board->segments);
	free(board->published);
	pthread_cond_destroy(&board->changed);
	pthread_mutex_destroy(&board->lock);
}

int erofs_heads_publish(struct pack_head_board *board, uint64_t number, const struct pack_heads *heads)
{
	size_t bytes = heads->count * sizeof(*heads->list);
	struct pack_heads copy = { .list = bytes ? malloc(bytes) : NULL, .count = heads->count };

	if (copy.list)
		memcpy(copy.list, heads->list, bytes);
	else
		copy.count = 0;
	pthread_mutex_lock(&board->lock);
	board->segments[number] = copy;
	board->published[number] = true;
	pthread_cond_broadcast(&board->changed);
	pthread_mutex_unlock(&board->lock);
	return bytes && !copy.list ? -ENOMEM : 0;
}

void erofs_heads_stop(struct pack_head_board *board)
{
	if (!board->segments)
		return;
	pthread_mutex_lock(&board->lock);
	board->stopped = true;
	pthread_cond_broadcast(&board->changed);
	pthread_mutex_unlock(&board->lock);
}

const struct pack_heads *erofs_heads_await(struct pack_head_board *board, uint64_t number)
{
	static const struct pack_heads none;
	bool published;

	pthread_mutex_lock(&board->lock);
	while (!board->published[number] && !board->stopped)
		pthread_cond_wait(&board->changed, &board->lock);
	published = board->published[number];
	pthread_mutex_unlock(&board->lock);
	return published ? &board->segments[number] : &none;
}

int erofs_heads_add(struct pack_heads *heads, const struct pack_head *head)
{
	if (heads->count == heads->capacity) {
		size_t capacity = heads->capacity ? 2 * heads->capacity : 256;
		struct pack_head *list = realloc(heads->list, capacity * sizeof(*list));

		if (!list)
			return -ENOMEM;
		heads->list = list;
		heads->capacity = capacity;
	}
	heads->list[heads->count++] = *head;
	return 0;
}

size_t erofs_heads_find(const struct pack_head *list, size_t count, uint32_t node, uint64_t at)
{
	return EROFS_BISECT(count, i, list[i].node < node || (list[i].node == node && list[i].at < at));
}
