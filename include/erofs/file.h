/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* file.h -- a file that is written from its start to its end, beside an image say, and is there as a whole or not at
 * all. One thread at a time uses it. */
#ifndef EROFS_FILE_H
#define EROFS_FILE_H

#include <stddef.h>
#include <stdint.h>
#include <erofs/report.h>

#ifdef __cplusplus
extern "C" {
#endif

struct erofs_file;

struct erofs_file_options {
	size_t struct_size;		/* sizeof(struct erofs_file_options) */
	/* Told of temporary files, as erofs_build_options.temporary; NULL = nobody. */
	void (*temporary)(void *user, const char *path, enum erofs_temporary_state state);
	void *temporary_user;
	uint8_t reserved[4 * sizeof(void *)]; /* 0; see erofs.h */
};

/* Prepares to write the file @path; symbolic links are followed. What is there stays until the commit, whose file
 * has its mode and, where permitted, its owner. Only what cannot be replaced (it is mounted on, its directory
 * takes no new file, or it is a block device) is overwritten where it is, from the first write on. What is neither a
 * regular file nor a block device, a pipe say, is written as the bytes come. @options may be NULL; @report is
 * borrowed and gets all errors. */
int erofs_file_open(const char *path, const struct erofs_file_options *options,
	const struct erofs_report *report, struct erofs_file **ret);
/* Appends. */
int erofs_file_write(struct erofs_file *file, const void *bytes, size_t size);
/* The file is complete and takes its name. Not for what has had an error. */
int erofs_file_commit(struct erofs_file *file);
/* Without a commit nothing is left. NULL is a no-op. */
void erofs_file_close(struct erofs_file *file);

#ifdef __cplusplus
}
#endif

#endif
