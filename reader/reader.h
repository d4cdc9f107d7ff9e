/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of read.erofs share. */
#ifndef READER_READER_H
#define READER_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <erofs/erofs.h>
#include "cli/cli.h"

enum { READER_OK = 0, READER_FAILED = 1, READER_USAGE = 2 };

enum reader_command { READER_CAT, READER_REPLAY, READER_MOUNT };

struct reader_options {
	const struct cli_program *program; /* reader_program, or erofsfuse's */
	enum reader_command command;
	struct erofs_image_options image; /* offset; its devices are those of one image */
	const char **devices;		  /* of all images in order; owned */
	size_t device_count;
	char **operands;		  /* after the command; borrowed from argv */
	int operand_count;
	bool quiet;
	int level;			  /* of messages, as -d# of the other programs */
	/* replay and mount: */
	enum erofs_domain_rules rules;
	const char **domain_ids;	  /* of the images in order, the last for the rest; owned, never shown */
	size_t domain_id_count;		  /* 0 = one domain of its own for this run */
	uint64_t cache_bytes;		  /* 0 = no bound */
	bool cache_given;
	/* replay: */
	uint64_t threads;		  /* 0 = as many as processors */
	const char *trace;		  /* NULL = read everything; "-" = stdin */
	bool verify, sendfile, json;
	/* mount: */
	const char *mountpoint;
	const char **fuse_options;	  /* each as behind -o; owned */
	size_t fuse_option_count;
	bool foreground, single_thread, debug;
	bool erofsfuse;			  /* called by that name */
};

extern const struct cli_program reader_program;

/* Fills @ret. Returns -1 to go on, else the exit status (--help, --version, a usage error). */
int reader_options_parse(int argc, char **argv, struct reader_options *ret);
void reader_options_fini(struct reader_options *options);

/* Each returns an exit status and has said on stderr what went wrong. */
int reader_cat(const struct reader_options *options, const struct erofs_report *report);
int reader_replay(const struct reader_options *options, const struct erofs_report *report);
int reader_mount(const struct reader_options *options, const struct erofs_report *report);

/* Opens @path with as many of the options' devices, from @first_device on, as its table lists. READER_OK
 * or READER_FAILED. */
int reader_open_image(const struct reader_options *options, const char *path, size_t first_device,
	const struct erofs_report *report, struct erofs_image **ret);
/* Opens all operands, each with the next devices, into @ret, which has room for them and is all NULL: those
 * that were opened before a failure are there to be closed. */
int reader_open_images(const struct reader_options *options, const struct erofs_report *report,
	struct erofs_image **ret);
/* A domain by the options' rules, which holds @cache_bytes. */
int reader_new_domain(const struct reader_options *options, bool share, uint64_t cache_bytes,
	const struct erofs_report *report, struct erofs_domain **ret);
/* Of the image that is this operand, from 0. */
const char *reader_domain_id(const struct reader_options *options, uint32_t image);

#endif
