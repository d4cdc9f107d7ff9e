/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Memory for the content of segments in flight. Many may wait, most of them small, so buffers do not belong to those
 * who use them: what one has left goes to the next that needs about as much, the last one first, since that is
 * still in the processor's cache. What nobody uses is freed when there would be too much with it. It comes from the
 * kernel and goes back there: what is freed otherwise may stay with the heap of a thread that does not need it. */
#include "pack/pack.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(at, bytes) ((void)(at), (void)(bytes))
#define ASAN_UNPOISON_MEMORY_REGION(at, bytes) ((void)(at), (void)(bytes))
#endif

#include "base/math.h"
#include "base/report.h"

/* Between a power of two and the next there are so many sizes: no more than a fifth of a buffer is in vain. */
#define STEPS 4u

uint64_t erofs_pack_buffer_bytes(uint64_t bytes)
{
	uint64_t step = PACK_BATCH_BYTES / STEPS;

	if (bytes <= PACK_BATCH_BYTES)
		return bytes ? PACK_BATCH_BYTES : 0;
	while (2 * STEPS * step < bytes)
		step *= 2;
	return erofs_round_up(bytes, step);
}

/* ---- one ---- */

/* Of what is not asked for AddressSanitizer tells. */
static void hide(const struct pack_buffer *buffer)
{
	ASAN_POISON_MEMORY_REGION(buffer->in, 2 * buffer->bytes);
}

static void show(const struct pack_buffer *buffer, size_t bytes)
{
	ASAN_UNPOISON_MEMORY_REGION(buffer->in, bytes);
	ASAN_UNPOISON_MEMORY_REGION(buffer->out, bytes);
}

static struct pack_buffer *new_buffer(size_t bytes)
{
	struct pack_buffer *buffer = calloc(1, sizeof(*buffer));
	void *memory;

	if (!buffer)
		return NULL;
	memory = mmap(NULL, 2 * bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED) {
		free(buffer);
		return NULL;
	}
	*buffer = (struct pack_buffer){ .bytes = bytes, .in = memory, .out = (uint8_t *)memory + bytes };
	hide(buffer);
	return buffer;
}

static void free_all(struct pack_buffer *list)
{
	while (list) {
		struct pack_buffer *buffer = list;

		list = list->next;
		show(buffer, buffer->bytes);
		munmap(buffer->in, 2 * buffer->bytes);
		free(buffer);
	}
}

/* ---- all of them, under the lock ---- */

/* The smallest with at least @bytes and at most @most, of these the one left last. */
static struct pack_buffer *find_idle(struct pack_buffers *all, size_t bytes, size_t most)
{
	struct pack_buffer **best = NULL, *found;

	for (struct pack_buffer **at = &all->idle; *at; at = &(*at)->next)
		if ((*at)->bytes >= bytes && (*at)->bytes <= (best ? (*best)->bytes - 1 : most))
			best = at;
	if (!best)
		return NULL;
	found = *best;
	*best = found->next;
	return found;
}

/* Takes out what was left first, while there is anything, until @bytes more are within the limit. */
static struct pack_buffer *make_room(struct pack_buffers *all, size_t bytes)
{
	struct pack_buffer *taken = NULL;

	while (all->idle && all->bytes + bytes > all->max_bytes) {
		struct pack_buffer **at = &all->idle;

		while ((*at)->next)
			at = &(*at)->next;
		all->bytes -= (*at)->bytes;
		(*at)->next = taken;
		taken = *at;
		*at = NULL;
	}
	return taken;
}

/* Rather twice what is needed than to free another for it. */
static struct pack_buffer *take_idle(struct pack_buffers *all, size_t bytes, struct pack_buffer **ret_surplus)
{
	bool full = all->bytes + bytes > all->max_bytes;
	struct pack_buffer *buffer = find_idle(all, bytes, full ? 2 * bytes : bytes);

	*ret_surplus = NULL;
	if (buffer)
		return buffer;
	*ret_surplus = make_room(all, bytes);
	all->bytes += bytes;
	return NULL;
}

/* ---- those of a worker ---- */

static int no_memory(const struct pack_worker *pw, uint64_t bytes)
{
	return erofs_fail_errno(pw->hashing.w->report, -ENOMEM, "%" PRIu64 " bytes to compress files", bytes);
}

static int get_buffer(struct pack_worker *pw, uint64_t bytes, struct pack_buffer **ret)
{
	struct pack_buffers *all = &pw->pack->buffers;
	struct pack_buffer *buffer, *surplus;

	if (bytes > SIZE_MAX / 2)
		return no_memory(pw, bytes);
	pthread_mutex_lock(&pw->pack->lock);
	buffer = take_idle(all, (size_t)bytes, &surplus);
	pthread_mutex_unlock(&pw->pack->lock);
	free_all(surplus);
	if (!buffer)
		buffer = new_buffer((size_t)bytes);
	if (buffer) {
		*ret = buffer;
		return 0;
	}
	pthread_mutex_lock(&pw->pack->lock);
	all->bytes -= (size_t)bytes;
	pthread_mutex_unlock(&pw->pack->lock);
	return no_memory(pw, bytes);
}

static void use(struct pack_worker *pw, struct pack_buffer *buffer)
{
	pw->buffer = buffer;
	pw->in = buffer ? buffer->in : NULL;
	pw->out = buffer ? buffer->out : NULL;
}

int erofs_pack_take_buffer(struct pack_worker *pw, size_t bytes)
{
	struct pack_buffer *buffer = NULL;
	int r = bytes ? get_buffer(pw, erofs_pack_buffer_bytes(bytes), &buffer) : 0;

	if (r < 0)
		return r;
	if (buffer)
		show(buffer, bytes);
	use(pw, buffer);
	return 0;
}

static int replace(struct pack_worker *pw, size_t bytes)
{
	size_t had = pw->buffer ? pw->buffer->bytes : 0;
	struct pack_buffer *larger = NULL;
	int r = get_buffer(pw, erofs_pack_buffer_bytes(bytes), &larger);

	if (r < 0)
		return r;
	show(larger, bytes);
	if (had) {
		show(pw->buffer, had);
		memcpy(larger->in, pw->in, had);
		memcpy(larger->out, pw->out, had);
	}
	erofs_pack_leave_buffer(pw);
	use(pw, larger);
	return 0;
}

int erofs_pack_extend_buffer(struct pack_worker *pw, size_t bytes)
{
	if (!pw->buffer || bytes > pw->buffer->bytes)
		return replace(pw, bytes);
	show(pw->buffer, bytes);
	return 0;
}

void erofs_pack_leave_buffer(struct pack_worker *pw)
{
	struct pack_buffers *all = &pw->pack->buffers;
	struct pack_buffer *surplus;

	if (!pw->buffer)
		return;
	hide(pw->buffer);
	pthread_mutex_lock(&pw->pack->lock);
	pw->buffer->next = all->idle;
	all->idle = pw->buffer;
	surplus = make_room(all, 0);
	pthread_mutex_unlock(&pw->pack->lock);
	free_all(surplus);
	use(pw, NULL);
}

void erofs_pack_free_buffers(struct pack *pack)
{
	free_all(pack->buffers.idle);
}
