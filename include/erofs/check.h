/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* check.h -- the structure of an image, held against named rules (format section 13).
 *
 * Every violation is one finding of the report; tests/reject/ has one tiny image per rule. */
#ifndef EROFS_CHECK_H
#define EROFS_CHECK_H

#include <erofs/walk.h>

#ifdef __cplusplus
extern "C" {
#endif

struct erofs_check_options {
	size_t struct_size;	/* sizeof(struct erofs_check_options) */
	uint64_t start_nid;	/* check only this subtree; 0 = the whole image */
	bool decode_data;	/* also fetch and decode the content of every file */
	unsigned int workers;	/* for decoding; 0 = as many as processors */
	uint64_t max_bytes;	/* decode nothing if the files hold more in all; 0 = no limit */
	uint8_t reserved[8];	/* 0; see erofs.h */
};

struct erofs_check_summary {
	uint64_t errors, warnings;	/* findings by severity */
	uint64_t inodes;		/* distinct inodes met */
	uint64_t regular_files;		/* distinct regular inodes */
	uint64_t logical_blocks;	/* of all content, as if nothing were compressed */
	uint64_t physical_blocks;	/* what it takes on disk: `fsck.erofs -p` */
	uint64_t content_bytes;		/* of the regular files, each inode once: what decoding yields */
	uint32_t missing_algorithms;	/* bit N: algorithm N is needed for content that this build
					 * cannot decode. No finding, but nothing is known of it */
	bool missing_devices;		/* content is on extra devices that were not given: likewise */
	bool gave_up;			/* the rest was not looked at: the superblock makes it impossible,
					 * or the metadata refers to more than the image can hold */
};

/* Checks the bytes of the superblock and its tables in the file @path before anything is opened, so that
 * what makes erofs_image_open refuse has a rule of its own. @options may be NULL. Findings go to
 * @report and are counted in @ret. Returns 0 when it ran, -EUCLEAN when there is no superblock at all,
 * other errors from the file, all of them with a message. Only what it cannot see without opening the
 * image, such as a table inside the packed inode, is left: callers report an image that cannot be opened
 * after a clean result as rule "super-open". */
int erofs_check_super(const char *path, const struct erofs_image_options *options,
	const struct erofs_report *report, struct erofs_check_summary *ret);

/* Checks @img (which passed erofs_check_super). Findings go to @report. Returns 0 when the check ran to
 * its end (the summary says what it found), -errno when it could not run, such as -EOPNOTSUPP for a
 * metabox of an algorithm that this build lacks. Memory is bounded by the number of inodes and, for each
 * worker, the largest pcluster and what it decodes to. Content is decoded once however often files refer
 * to it. */
int erofs_check(struct erofs_image *img, const struct erofs_check_options *options,
	const struct erofs_report *report, struct erofs_check_summary *ret);

/* All rule ids with a one-line meaning, for documentation and tests; ends with id NULL. */
struct erofs_check_rule {
	const char *id;
	enum erofs_severity severity;
	const char *meaning;
};
const struct erofs_check_rule *erofs_check_rules(void);

#ifdef __cplusplus
}
#endif

#endif
