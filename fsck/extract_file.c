/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The content of one regular file. Messages are kept with the job, as any thread may run it. */
#include "extract.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <erofs/data.h>

struct writing {
	int fd;
	uint64_t at;
	int error;	/* errno of a failed write */
};

static int write_piece(void *user, const void *bytes, uint64_t size)
{
	struct writing *w = user;
	const char *p = bytes;

	if (!bytes) {
		w->at += size; /* stays a hole */
		return 0;
	}
	while (size) {
		size_t some = size < (1u << 30) ? (size_t)size : 1u << 30;
		ssize_t n = pwrite(w->fd, p, some, (off_t)w->at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			w->error = n < 0 ? errno : ENOSPC;
			return -w->error;
		}
		p += n;
		size -= (uint64_t)n;
		w->at += (uint64_t)n;
	}
	return 0;
}

/* Keeps a message of any level: a digit, the text, a newline. */
static void keep(void *user, enum erofs_level level, const char *text)
{
	struct extract_job *job = user;
	char *all;

	if (asprintf(&all, "%s%d%s\n", job->said ? job->said : "", (int)level, text) < 0)
		return;
	free(job->said);
	job->said = all;
}

static bool fill(struct extract_job *job, struct erofs_reader *rd,
	const struct erofs_report *report)
{
	struct writing w = { .fd = job->fd };
	int r = erofs_data_stream(rd, &job->inode, write_piece, &w);

	if (w.error) {
		job->write_error = w.error;
		extract_complain(report, EROFS_LEVEL_ERROR, job->path, "cannot write", w.error);
		job->status |= FSCK_FAILED;
		return false;
	}
	if (r < 0) {
		extract_complain(report, EROFS_LEVEL_ERROR, job->path, "cannot be read", -r);
		job->status |= r == -EUCLEAN ? FSCK_ERRORS : FSCK_FAILED;
		return false;
	}
	/* A hole at the end has not been written. */
	if (ftruncate(job->fd, (off_t)job->inode.size_bytes) < 0) {
		extract_complain(report, EROFS_LEVEL_ERROR, job->path, "cannot set the size",
			errno);
		job->status |= FSCK_FAILED;
		return false;
	}
	return true;
}

void extract_file(const struct extract_rules *rules, struct erofs_reader *rd,
	struct extract_job *job)
{
	const struct extract_target target = { .fd = job->fd, .dir_fd = -1, .path = job->path };
	const struct erofs_report report = { .user = job, .message = keep };

	erofs_reader_set_report(rd, &report);
	if (fill(job, rd, &report) &&
	    !extract_metadata(rules, rd, &job->inode, &target, &report, &job->skipped_xattrs))
		job->status |= FSCK_FAILED;
	erofs_reader_set_report(rd, NULL);
	if (close(job->fd) < 0) {
		extract_complain(&report, EROFS_LEVEL_ERROR, job->path, "cannot write", errno);
		job->status |= FSCK_FAILED;
	}
	job->fd = -1;
}

void extract_retell(const struct extract_job *job, const struct erofs_report *report)
{
	char *line = job->said, *end;

	for (; line && (end = strchr(line, '\n')); line = end + 1) {
		*end = '\0';
		report->message(report->user, (enum erofs_level)(line[0] - '0'), line + 1);
	}
}
