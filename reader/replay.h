/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A replay: a list of reads over several images, done by threads through two domains, one that shares and
 * one that does not, and compared byte by byte. */
#ifndef READER_REPLAY_H
#define READER_REPLAY_H

#include <pthread.h>
#include "reader.h"

struct replay_image {
	const char *path;
	struct erofs_image *img;
	struct erofs_domain_mount *shared, *unshared;
};

/* One read. There may be millions: no path, dump.erofs --nid tells it. */
struct replay_item {
	uint64_t nid;
	uint64_t offset, length; /* clipped at the end of the file */
	uint32_t image;
};

struct replay {
	const struct reader_options *options;
	const struct erofs_report *report;
	struct replay_image *images;
	uint32_t image_count;
	struct replay_item *items;
	size_t item_count, item_capacity;
	struct erofs_domain *shared, *unshared;

	pthread_mutex_t lock; /* around what follows */
	size_t next;
	uint64_t total_bytes;	/* of the items, for progress */
	uint64_t bytes;		/* read and found equal */
	uint64_t failed;	/* reads that failed or differed */
};

/* Lists what to read: every name of every regular file, or the lines of the trace. An exit status; says
 * what went wrong. */
int replay_list_all(struct replay *rp);
int replay_list_trace(struct replay *rp);

/* Reads everything with the threads asked for. READER_FAILED when a read failed or differed. */
int replay_run(struct replay *rp);

/* The figures of both domains, on standard output. */
int replay_print_text(struct replay *rp);
int replay_print_json(struct replay *rp);

#endif
