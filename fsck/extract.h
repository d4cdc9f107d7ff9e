/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Extracting a tree. Every path component of the destination is opened relative to its parent and never
 * through a symbolic link, so that a hostile image reaches nothing outside. The main thread walks the
 * tree and creates files; their content is decoded by a pool of threads, whose results are taken in
 * order. */
#ifndef FSCK_EXTRACT_H
#define FSCK_EXTRACT_H

#include "fsck.h"

#include <pthread.h>
#include <sys/types.h>

/* How things are to be extracted. Constant while it lasts. */
struct extract_rules {
	bool overwrite, preserve_owner, preserve_perms, xattrs;
	bool root;		/* we may set what only root may */
	mode_t umask;
};

/* ---- metadata (extract_meta.c) ---- */

/* A file that was created: by descriptor, or by name where it has none that could be used. */
struct extract_target {
	int fd;			/* -1: by name */
	int dir_fd;
	const char *name;	/* one component, in @dir_fd */
	const char *path;	/* for messages */
};

/* Owner, xattrs, times and permissions of @inode, in the order in which they do not undo each other.
 * True when all of it worked; @ret_skipped tells that xattrs were left out for lack of privilege. */
bool extract_metadata(const struct extract_rules *rules, struct erofs_reader *rd,
	const struct erofs_inode *inode, const struct extract_target *target,
	const struct erofs_report *report, bool *ret_skipped);

/* "PATH: cannot WHAT: reason of errno", with the path escaped. */
void extract_complain(const struct erofs_report *report, enum erofs_level level,
	const char *path, const char *what, int error);

/* ---- content (extract_file.c) ---- */

/* One regular file: created by the main thread, filled by any. */
struct extract_job {
	int fd;
	struct erofs_inode inode;
	char *path;
	char *said;		/* lines of messages, each behind its level's digit; NULL = none */
	int status;		/* status bits */
	int write_error;	/* errno, 0 = none */
	bool skipped_xattrs;
	bool done;
};

/* Fills, completes and closes job->fd. */
void extract_file(const struct extract_rules *rules, struct erofs_reader *rd,
	struct extract_job *job);

/* Says what extract_file had to say. */
void extract_retell(const struct extract_job *job, const struct erofs_report *report);

/* ---- threads (extract_pool.c) ---- */

struct extract_pool;

/* Called on the main thread for each job in the order of submission. */
typedef void (*extract_retire)(void *user, const struct extract_job *job);

struct extract_pool *extract_pool_new(struct erofs_image *img, const struct extract_rules *rules,
	unsigned int workers, extract_retire retire, void *user);
/* Takes over the descriptor and path. May wait, and retire older jobs. */
void extract_pool_submit(struct extract_pool *pool, int fd, char *path,
	const struct erofs_inode *inode);
/* Waits for all jobs, retires them and frees the pool. NULL is a no-op. */
void extract_pool_finish(struct extract_pool *pool);

/* ---- directories (extract_dirs.c) ---- */

/* The directories from the destination down to where the walk is. Few are kept open. */
struct extract_level {
	char *name;		/* in the level above; owned */
	char *path;		/* for messages; owned */
	struct erofs_inode inode;
	int fd;			/* -1: closed for now */
};

struct extract_dirs {
	struct extract_level *levels;
	size_t depth, capacity;
};

/* Adds a level; takes over nothing. 0 or -errno. */
int extract_dirs_push(struct extract_dirs *dirs, int fd, const char *name, const char *path,
	const struct erofs_inode *inode);
/* A descriptor of the top level, opened again if need be; borrowed. -errno. */
int extract_dirs_top(struct extract_dirs *dirs);
/* Closes and forgets the top level. */
void extract_dirs_pop(struct extract_dirs *dirs);

/* Opens the directory that holds @path ("/a/b/c" below the destination), never through a symbolic link.
 * @ret_name is its last component, borrowed from @path. */
int extract_dirs_open_parent(struct extract_dirs *dirs, const char *path, const char **ret_name);

#endif
