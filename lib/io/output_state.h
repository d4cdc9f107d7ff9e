/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* What an output consists of, for its ways of writing. */
#ifndef EROFS_IO_OUTPUT_STATE_H
#define EROFS_IO_OUTPUT_STATE_H

#include <pthread.h>
#include <sys/stat.h>
#include "io/coverage.h"
#include "io/output.h"

struct erofs_output {
	const struct erofs_report *report;
	char *name;		/* as the caller spelled it, for messages */
	char *target;		/* the file behind symbolic links */
	char *temporary;	/* its name until commit, or NULL */
	uint64_t offset;
	int fd;
	bool is_device;
	bool exists;		/* @target is there and is to be replaced */
	bool in_place;		/* it cannot be replaced and is written itself */
	bool append;		/* to an image that stays valid */
	bool begun;		/* the image is being changed: what is new has to stay */
	uint64_t old_end;	/* append: what was written begins here, relative to the offset */
	uint64_t old_size;	/* append: of the regular file */
	bool done;
	bool revocable;		/* the old file is kept until close, by the temporary name once done */
	struct erofs_coverage coverage;	/* devices only */
	pthread_mutex_t lock;
	bool wipe_done;
	struct erofs_output_watcher watcher;
};

/* ---- output.c ---- */
/* An output that is not open yet. */
int erofs_output_new(const char *destination, uint64_t offset, const struct erofs_report *report,
	struct erofs_output **ret);
/* @error with a message "NAME: @what". */
int erofs_output_fail(const struct erofs_output *out, int error, const char *what);
/* All of @size bytes at @at, whatever the output is. */
int erofs_output_put(const struct erofs_output *out, uint64_t at, const void *bytes, size_t size);
/* The reverse; what is beyond the end of the file are zeros. */
int erofs_output_get(const struct erofs_output *out, uint64_t at, void *bytes, size_t size);
/* Makes "never written reads as zeros" true of a device. */
int erofs_output_zero_gaps(struct erofs_output *out, uint64_t start, uint64_t end);

/* ---- output_name.c ---- */
/* @path's directory, "." when it has none, in a new string. */
char *erofs_output_directory(const char *path);
/* The name that is not a symbolic link, whether or not it exists: a link that points nowhere makes a new
 * file there, as open would. In a new string. */
int erofs_output_resolve(const char *path, char **ret);
/* Tells the watcher. */
void erofs_output_tell(const struct erofs_output *out, const char *name, enum erofs_temporary_state state);
/* Gives the output a temporary name: @make makes the file or the link, -EEXIST asks for another name.
 * @what is for the message. */
int erofs_output_make_temporary(struct erofs_output *out,
	int (*make)(struct erofs_output *out, const char *name), const char *what);
/* How the open file is found without a name. */
void erofs_output_descriptor_path(const struct erofs_output *out, char *buffer, size_t size);
/* Names the nameless file. -EEXIST is left to the caller. */
int erofs_output_give_name(struct erofs_output *out, const char *name);
bool erofs_output_same_file(const struct stat *a, const struct stat *b);

/* ---- output_append.c ---- */
int erofs_output_commit_append(struct erofs_output *out, uint64_t size, uint64_t head_at,
	const void *head, size_t head_size);
void erofs_output_close_append(struct erofs_output *out);

#endif
