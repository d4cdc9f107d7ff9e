/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Reading and decoding the content of all files, in parallel, with findings in the order in which the
 * files were met. */
#include "check/rules.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <erofs/data.h>
#include "base/cleanup.h"
#include "base/workers.h"

struct decode_job {
	struct check *chk;
	const struct check_inode **files;
	uint64_t count;
	uint64_t done;		/* for progress, under the order of commits */
};

/* One worker: a reader, and what it said about the file in hand. */
struct decoder {
	struct erofs_reader *rd;
	struct erofs_report report;
	bool failed;
	char words[512];
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

static int drop(void *user, const void *bytes, uint64_t size)
{
	(void)user;
	(void)bytes;
	(void)size;
	return 0;
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
		r = erofs_data_stream(d->rd, &inode, drop, NULL);
	d->failed = r < 0;
	return r == -ENOMEM ? r : 0;
}

static int judge(void *user, void *state, uint64_t item)
{
	struct decode_job *job = user;
	struct check *chk = job->chk;
	const struct check_inode *file = job->files[item];
	const struct decoder *d = state;

	erofs_progress(chk->report, "decoding files", ++job->done, job->count);
	if (!d->failed)
		return 0;
	chk->found_here = 0;
	chk->at = (struct check_place){ .nid = file->nid };
	if (file->name) {
		chk->at.dir = file->parent;
		chk->at.name = file->name;
		chk->at.name_bytes = file->name_bytes;
	}
	erofs_check_found(chk, RULE_DATA_DECODE, "%s",
		d->words[0] ? d->words : "the content cannot be read");
	return 0;
}

/* Files whose map was found unsound have their findings already. */
static bool wanted(const struct check_inode *n)
{
	return n->type == EROFS_TYPE_REGULAR && n->sound_map;
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
	if (!job->files)
		return -ENOMEM;
	for (const struct check_inode *n = job->chk->first; n; n = n->next) {
		if (wanted(n))
			job->files[i++] = n;
	}
	return 0;
}

int erofs_check_decode(struct check *chk)
{
	struct decode_job job = { .chk = chk };
	const struct erofs_workers_job work = {
		.user = &job,
		.open = open_decoder,
		.close = close_decoder,
		.prepare = decode,
		.commit = judge,
	};
	int r = collect(&job);

	if (r == 0)
		r = erofs_workers_run(&work, job.count, chk->options.workers);
	free(job.files);
	return r;
}
