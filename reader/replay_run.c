/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The reads of a replay: threads take them in order; each is done through the sharing domain and through
 * the plain one, and the bytes are compared. */
#include "replay.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BUFFER_BYTES (1u << 20)

struct thread {
	struct replay *rp;
	struct erofs_reader **readers; /* one per image, from the first use on */
	uint8_t *shared, *unshared;    /* BUFFER_BYTES each */
	pthread_t id;
};

static int item_error(const struct replay *rp, const struct replay_item *item, const char *what)
{
	return cli_error("%s: nid %" PRIu64 ": %s", rp->images[item->image].path, item->nid, what);
}

/* Reads as much as there is, so that both ways give the same pieces. */
static ssize_t read_piece(const struct replay *rp, struct erofs_domain_file *file, uint64_t offset,
	uint8_t *buffer, size_t size)
{
	return rp->options->sendfile ? erofs_domain_splice(file, offset, buffer, size) :
				       erofs_domain_read(file, offset, buffer, size);
}

static int compare_files(struct thread *t, const struct replay_item *item,
	struct erofs_domain_file *shared, struct erofs_domain_file *unshared)
{
	uint64_t at = item->offset, left = item->length;

	while (left) {
		size_t want = left < BUFFER_BYTES ? (size_t)left : BUFFER_BYTES;
		ssize_t n = read_piece(t->rp, shared, at, t->shared, want);
		ssize_t m = read_piece(t->rp, unshared, at, t->unshared, want);
		char text[96];

		if (n < 0 || m < 0)
			return item_error(t->rp, item, strerror(n < 0 ? (int)-n : (int)-m));
		if (n != m || memcmp(t->shared, t->unshared, (size_t)n)) {
			snprintf(text, sizeof(text),
				"shared and unshared reads at %" PRIu64 " differ", at);
			return item_error(t->rp, item, text);
		}
		pthread_mutex_lock(&t->rp->lock);
		t->rp->bytes += (uint64_t)n;
		pthread_mutex_unlock(&t->rp->lock);
		if ((size_t)n < want)
			break;
		at += (uint64_t)n;
		left -= (uint64_t)n;
	}
	return READER_OK;
}

static int get_reader(struct thread *t, uint32_t image, struct erofs_reader **ret)
{
	struct erofs_reader **slot = &t->readers[image];
	int r = *slot ? 0 : erofs_reader_new(t->rp->images[image].img, slot);

	*ret = *slot;
	return r;
}

static int read_item(struct thread *t, const struct replay_item *item)
{
	const struct replay_image *image = &t->rp->images[item->image];
	struct erofs_domain_file *shared = NULL, *unshared = NULL;
	struct erofs_reader *rd;
	int status, r = get_reader(t, item->image, &rd);

	if (r == 0)
		r = erofs_domain_open(image->shared, rd, item->nid, &shared);
	if (r == 0)
		r = erofs_domain_open(image->unshared, rd, item->nid, &unshared);
	status = r < 0 ? item_error(t->rp, item, strerror(-r)) :
			 compare_files(t, item, shared, unshared);
	if (shared)
		erofs_domain_close(shared);
	if (unshared)
		erofs_domain_close(unshared);
	return status;
}

static const struct replay_item *take_item(struct replay *rp)
{
	const struct replay_item *item = NULL;

	pthread_mutex_lock(&rp->lock);
	if (rp->next < rp->item_count)
		item = &rp->items[rp->next++];
	if (item && rp->report->progress)
		rp->report->progress(rp->report->user, "reading", rp->bytes, rp->total_bytes);
	pthread_mutex_unlock(&rp->lock);
	return item;
}

static bool start(struct thread *t, struct replay *rp)
{
	t->rp = rp;
	t->readers = calloc(rp->image_count, sizeof(struct erofs_reader *));
	t->shared = malloc(BUFFER_BYTES);
	t->unshared = malloc(BUFFER_BYTES);
	return t->readers && t->shared && t->unshared;
}

static void finish(struct thread *t)
{
	for (uint32_t i = 0; t->readers && i < t->rp->image_count; i++)
		erofs_reader_free(t->readers[i]);
	free(t->readers);
	free(t->shared);
	free(t->unshared);
}

static void *work(void *arg)
{
	struct thread *t = arg;
	const struct replay_item *item;

	while ((item = take_item(t->rp))) {
		if (read_item(t, item) == READER_OK)
			continue;
		pthread_mutex_lock(&t->rp->lock);
		t->rp->failed++;
		pthread_mutex_unlock(&t->rp->lock);
	}
	return NULL;
}

/* Threads beyond the first are welcome, not needed. */
static int run_threads(struct replay *rp, struct thread *threads, size_t count)
{
	size_t started = 1;

	if (!start(&threads[0], rp)) {
		finish(&threads[0]);
		return cli_out_of_memory();
	}
	for (; started < count; started++) {
		struct thread *t = &threads[started];

		if (start(t, rp) && !pthread_create(&t->id, NULL, work, t))
			continue;
		finish(t);
		break;
	}
	work(&threads[0]);
	finish(&threads[0]);
	for (size_t i = 1; i < started; i++) {
		pthread_join(threads[i].id, NULL);
		finish(&threads[i]);
	}
	return rp->failed ? READER_FAILED : READER_OK;
}

int replay_run(struct replay *rp)
{
	long online = sysconf(_SC_NPROCESSORS_ONLN);
	size_t count = rp->options->threads ? (size_t)rp->options->threads :
					      online > 0 ? (size_t)online : 1;
	struct thread *threads;
	int status;

	if (count > rp->item_count)
		count = rp->item_count ? rp->item_count : 1;
	threads = calloc(count, sizeof(*threads));
	if (!threads)
		return cli_out_of_memory();
	status = run_threads(rp, threads, count);
	free(threads);
	if (rp->report->progress && rp->total_bytes)
		rp->report->progress(rp->report->user, "reading", rp->total_bytes, rp->total_bytes);
	return status;
}
