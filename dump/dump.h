/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of dump.erofs share: the options, the image that is looked at, and the output, which is
 * text or JSON from the same calls. */
#ifndef DUMP_DUMP_H
#define DUMP_DUMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <erofs/erofs.h>
#include "cli/cli.h"
#include "cli/json.h"

enum { DUMP_OK = 0, DUMP_FAILED = 1, DUMP_USAGE = 2 };

struct dump_options {
	bool super, stats, list, extents, cat, udev;
	bool ishare, groups, diff;
	bool json, csv, markdown, quiet;
	bool by_nid;
	uint64_t nid;
	const char *path;	/* NULL = by nid, if that is set */
	const char *html;	/* file for the page of --ishare-groups, NULL = none */
	uint64_t top;		/* groups or files shown in text and page; 0 = all */
	bool has_budget;
	uint64_t max_unshared_bytes; /* of --ishare-diff, when has_budget */
	struct erofs_image_options image;
	const char **devices;	/* owned; image.device_paths points here */
	char **operands;	/* images, borrowed from argv */
	int operand_count;
};

/* Fills @ret. Returns -1 to go on, else the exit status (--help, --version, a usage error). */
int dump_options_parse(int argc, char **argv, struct dump_options *ret);
void dump_options_fini(struct dump_options *options);

extern const struct cli_program dump_program;

/* One opened image. */
struct dump_target {
	const struct dump_options *options;
	const struct erofs_report *report;
	struct erofs_image *img;
	struct erofs_reader *rd;
	struct cli_json *json;	/* NULL = text on stdout */
};

/* Every action returns an exit status and has said on stderr what went wrong. */
int dump_super(struct dump_target *t);
int dump_udev(struct dump_target *t);
int dump_stats(struct dump_target *t);
int dump_inode(struct dump_target *t);	/* --nid/--path with --ls and -e */
int dump_cat(struct dump_target *t);
int dump_ishare(struct dump_target *t);
int dump_groups(const struct dump_options *options, struct cli_reporter *reporter);
int dump_diff(const struct dump_options *options, struct cli_reporter *reporter);

/* Parts of the inode block. */
int dump_list(struct dump_target *t, const struct erofs_inode *inode);
int dump_extents(struct dump_target *t, const struct erofs_inode *inode, const char *path);
/* The inode that --path or --nid name. Says "read inode failed" when there is none. */
int dump_find_inode(struct dump_target *t, struct erofs_inode *ret);
uint64_t dump_disk_bytes(const struct erofs_image *img, const struct erofs_inode *inode);

/* @bytes on stdout as it is for a file or pipe, as erofs-utils has it; escaped on a terminal. */
void dump_print_name(const char *bytes);
/* @bytes escaped, wherever it goes: for what only we print. 0 or -ENOMEM. */
int dump_print_escaped(const char *bytes, FILE *out);
/* What stands over a list of which the @top first are shown (0 = all); nothing over an empty one. */
void dump_print_top(uint64_t count, uint64_t top, const char *what, FILE *out);
const char *dump_type_name(enum erofs_file_type type);
/* In the local time zone: "Sun Nov 22 11:05:02 2026" and "2026-11-22 11:05:02". */
void dump_format_created(int64_t seconds, char *ret, size_t size);
void dump_format_mtime(int64_t seconds, char *ret, size_t size);

#endif
