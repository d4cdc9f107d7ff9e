/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of fsck.erofs share: the options, and how findings and messages leave the program. */
#ifndef FSCK_FSCK_H
#define FSCK_FSCK_H

#include <erofs/check.h>
#include <erofs/ishare.h>
#include "cli/cli.h"
#include "cli/json.h"

/* As fsck(8): conditions that hold are added up. */
enum fsck_status {
	FSCK_OK = 0,
	FSCK_ERRORS = 4,	/* errors were found (and stay: nothing is repaired) */
	FSCK_FAILED = 8,	/* it could not be checked or extracted */
	FSCK_USAGE = 16,
};

struct fsck_options {
	struct erofs_image_options image; /* its device_paths are @devices */
	const char **devices;
	char **images;
	int image_count;
	int level;		/* -d# */
	bool done;		/* help or version was asked for */
	bool print_ratio;
	bool decode;		/* --extract */
	char *extract_dir;	/* --extract=DIR; owned */
	bool force, overwrite;
	bool preserve_owner, preserve_perms;
	bool xattrs;
	bool check_ishare;
	bool json;
	bool start_given;
	uint64_t nid;		/* --nid */
	const char *path;	/* --path */
	unsigned int workers;
	uint64_t max_bytes;	/* --max-size, 0 = no limit */
};

extern const struct cli_program fsck_program;

/* Reads the command line. FSCK_OK, or a status after a message. */
int fsck_options_read(struct fsck_options *o, int argc, char **argv);
void fsck_options_fini(struct fsck_options *o);

/* ---- where findings go (output.c) ---- */

struct fsck_output {
	struct cli_reporter reporter;	/* stderr */
	struct cli_json *json;		/* NULL: findings are text on stderr */
	struct erofs_report report;	/* for the library: both of the above */
	const char *image;		/* the findings are about this one */
	const char *shown;		/* its name made printable */
	bool name_image;		/* several images: say which */
	uint64_t errors, warnings;	/* findings so far */
	uint64_t ishare_errors;		/* of these errors, about fingerprints */
	bool holding;			/* error messages are kept in @held, not shown */
	char held[1024];
};

void fsck_output_init(struct fsck_output *out, const struct fsck_options *o);

/* What became of one image, for the end of a JSON document. */
struct fsck_result {
	const char *image;
	int status;
	bool checked, verified;		/* which of the summaries below are filled */
	struct erofs_check_summary check;
	struct erofs_ishare_verify_summary ishare;
};

/* ---- the work ---- */

/* Everything that was asked for about one image (check.c). */
void fsck_image(struct fsck_output *out, const struct fsck_options *o, const char *path,
	struct fsck_result *ret);

/* Recomputes all fingerprints and prints the coverage (ishare.c). Returns status bits. */
int fsck_check_ishare(struct fsck_output *out, const struct fsck_options *o,
	struct erofs_image *img, struct fsck_result *result);

/* Extracts the tree at @nid to o->extract_dir (extract.c). Returns status bits. */
int fsck_extract(struct fsck_output *out, const struct fsck_options *o, struct erofs_image *img,
	uint64_t nid);

#endif
