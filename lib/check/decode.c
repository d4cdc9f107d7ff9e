/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Reading and decoding the content of all files, by threads that do not wait for each other: findings are sent
 * afterwards, in the order in which the files were met. Nothing is done with the content, so what several extents
 * refer to is decoded once. */
#include "check/rules.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <erofs/data.h>
#include "base/cleanup.h"
#include "base/workers.h"
#include "check/seen.h"
#include "image/reader.h"

#define PIECE_BYTES ((size_t)256 << 10)

struct decode_job {
	struct check *chk;
	const struct check_inode **files;
	char **words;		/* about each that cannot be read; else NULL */
	uint64_t count;
	pthread_mutex_t lock;	/* around progress */
	uint64_t done;
	struct erofs_seen seen;
};

/* One worker: a reader, and what it said about the file in hand. */
struct decoder {
	struct erofs_reader *rd;
	struct erofs_report report;
	char words[512];
	uint8_t piece[PIECE_BYTES];
};

static void hear(void *user, enum erofs_level level, const char *text)
{
	struct decoder *d = user;

	if (level == EROFS_LEVEL_ERROR)
		snprintf(d->words, sizeof(d->words), "%s", text);
}

static int open_decoder(void *user, void **ret)
{
	struct decode_job *job = user;
	auto_free struct decoder *d = calloc(1, sizeof(*d));
	int r;

	if (!d)
		return -ENOMEM;
	r = erofs_reader_new(job->chk->img, &d->rd);
	if (r < 0)
		return r;
	d->report = (struct erofs_report){ .user = d, .message = hear };
	erofs_reader_set_report(d->rd, &d->report);
	*ret = take(&d);
	return 0;
}

static void close_decoder(void *user, void *state)
{
	struct decoder *d = state;

	(void)user;
	erofs_reader_free(d->rd);
	free(d);
}

/* Reads bytes [@at, @end) that are stored as they are. */
static int read_stored(struct decoder *d, const struct erofs_inode *inode, uint64_t at,
	uint64_t end)
{
	while (at < end) {
		size_t size = end - at < sizeof(d->piece) ? (size_t)(end - at) : sizeof(d->piece);
		ssize_t n = erofs_data_read(d->rd, inode, at, d->piece, size);

		if (n <= 0)
			return n < 0 ? (int)n : -EUCLEAN;
		at += (uint64_t)n;
	}
	return 0;
}

/* The content of @extent but for what is in the packed inode. @end: up to where content is wanted; more
 * than the extent may be read, which *@at tells. */
static int decode_extent(struct decode_job *job, struct decoder *d,
	const struct erofs_inode *inode, const struct erofs_extent *extent, uint64_t *at,
	uint64_t end)
{
	uint64_t start = *at, next = extent->logical + extent->length;
	bool whole = start == extent->logical && next <= end;
	const void *bytes;
	int r = 0;

	/* Chunks are small; those that lie together are read together. */
	if (extent->kind == EROFS_EXTENT_PLAIN && extent->length < PIECE_BYTES) {
		next = end - start < PIECE_BYTES ? end : start + PIECE_BYTES;
		whole = false;
	}
	*at = next;
	if (extent->kind == EROFS_EXTENT_HOLE || erofs_seen_has(&job->seen, extent))
		return 0;
	if (extent->kind == EROFS_EXTENT_ENCODED)
		r = erofs_zdata_get(d->rd, inode, extent, &bytes);
	else
		r = read_stored(d, inode, start, next < end ? next : end);
	if (r == 0 && (whole || extent->kind == EROFS_EXTENT_ENCODED))
		erofs_seen_add(&job->seen, extent);
	return r;
}

static int decode_range(struct decode_job *job, struct decoder *d,
	const struct erofs_inode *inode, uint64_t at, uint64_t end);

/* The part of @extent from @at to @end of the file, in the packed inode. */
static int decode_fragment(struct decode_job *job, struct decoder *d,
	const struct erofs_extent *extent, uint64_t at, uint64_t end)
{
	uint64_t start = extent->physical + (at - extent->logical);
	const struct erofs_inode *packed;
	int r = erofs_special_inode_get(d->rd, EROFS_STREAM_PACKED, &packed);

	return r < 0 ? r : decode_range(job, d, packed, start, start + (end - at));
}

/* Bytes [@at, @end) of @inode. */
static int decode_range(struct decode_job *job, struct decoder *d,
	const struct erofs_inode *inode, uint64_t at, uint64_t end)
{
	struct erofs_extent extent;
	int r = 0;

	while (r == 0 && at < end) {
		r = erofs_map_at(d->rd, inode, at, &extent);
		if (r <= 0)
			return r < 0 ? r : -EUCLEAN;
		if (extent.kind == EROFS_EXTENT_FRAGMENT)
			return decode_fragment(job, d, &extent, at, end);
		r = decode_extent(job, d, inode, &extent, &at, end);
	}
	return r;
}

static void show_progress(struct decode_job *job)
{
	pthread_mutex_lock(&job->lock);
	erofs_progress(job->chk->report, "decoding files", ++job->done, job->count);
	pthread_mutex_unlock(&job->lock);
}

static int decode(void *user, void *state, uint64_t item)
{
	struct decode_job *job = user;
	struct decoder *d = state;
	struct erofs_inode inode;
	int r;

	d->words[0] = '\0';
	r = erofs_inode_read(d->rd, job->files[item]->nid, &inode);
	if (r == 0)
		r = decode_range(job, d, &inode, 0, inode.size_bytes);
	show_progress(job);
	if (r == 0 || r == -ENOMEM)
		return r;
	job->words[item] = strdup(d->words[0] ? d->words : "the content cannot be read");
	return job->words[item] ? 0 : -ENOMEM;
}

static void judge(struct check *chk, const struct check_inode *file, const char *words)
{
	chk->found_here = 0;
	chk->at = (struct check_place){ .nid = file->nid };
	if (file->name) {
		chk->at.dir = file->parent;
		chk->at.name = file->name;
		chk->at.name_bytes = file->name_bytes;
	}
	erofs_check_found(chk, RULE_DATA_DECODE, "%s", words);
}

static void judge_all(const struct decode_job *job)
{
	for (uint64_t i = 0; i < job->count; i++)
		if (job->words[i])
			judge(job->chk, job->files[i], job->words[i]);
}

/* Files whose map was found unsound have their findings already. */
static bool wanted(const struct check_inode *n)
{
	return n->type == EROFS_TYPE_REGULAR && n->sound_map && !n->undecodable;
}

/* The files in the order in which they were met. */
static int collect(struct decode_job *job)
{
	uint64_t i = 0;

	for (const struct check_inode *n = job->chk->first; n; n = n->next)
		job->count += wanted(n);
	if (!job->count)
		return 0;
	job->files = calloc(job->count, sizeof(*job->files));
	job->words = calloc(job->count, sizeof(*job->words));
	if (!job->files || !job->words)
		return -ENOMEM;
	for (const struct check_inode *n = job->chk->first; n; n = n->next) {
		if (wanted(n))
			job->files[i++] = n;
	}
	return 0;
}

static void fini(struct decode_job *job)
{
	for (uint64_t i = 0; job->words && i < job->count; i++)
		free(job->words[i]);
	free(job->words);
	free(job->files);
	pthread_mutex_destroy(&job->lock);
	erofs_seen_fini(&job->seen);
}

int erofs_check_decode(struct check *chk)
{
	struct decode_job job = { .chk = chk };
	const struct erofs_workers_job work = {
		.user = &job,
		.open = open_decoder,
		.close = close_decoder,
		.prepare = decode,
	};
	int r = erofs_seen_init(&job.seen);

	pthread_mutex_init(&job.lock, NULL);
	if (r == 0)
		r = collect(&job);
	if (r == 0)
		r = erofs_workers_run(&work, job.count, chk->options.workers);
	if (r == 0)
		judge_all(&job);
	fini(&job);
	return r;
}
