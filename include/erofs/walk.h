/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* walk.h -- visiting a tree of an image, parents before children, names in on-disk order. */
#ifndef EROFS_WALK_H
#define EROFS_WALK_H

#include <erofs/dir.h>

#ifdef __cplusplus
extern "C" {
#endif

struct erofs_walk_entry {
	const char *path;	/* from the start, "/" first; raw bytes; valid during the call */
	size_t path_bytes;
	const char *name;	/* last component, "" for the start itself */
	uint64_t nid;
	uint64_t parent_nid;	/* the start's own nid for the start */
	enum erofs_file_type type; /* as the directory says; from the mode for the start */
	const struct erofs_inode *inode;
};

enum { EROFS_WALK_CONTINUE = 0, EROFS_WALK_SKIP = 1 };

struct erofs_walk_visitor {
	void *user;
	/* CONTINUE, SKIP (do not enter this directory) or -errno (stop, returned by the walk). */
	int (*entry)(void *user, const struct erofs_walk_entry *entry);
	/* Called for damage: an unreadable inode (@inode NULL in @entry), a broken directory block (the
	 * entry is the directory), a directory met a second time (-ELOOP). Returning 0 goes on with
	 * the next entry, anything else stops the walk. NULL: the first error stops it. */
	int (*error)(void *user, const struct erofs_walk_entry *entry, int error);
};

/* Walks from @start_nid. Uses an explicit stack and enters every directory at most once, so cycles
 * and deep trees end; memory is bounded by the number of directories. */
int erofs_walk(struct erofs_reader *rd, uint64_t start_nid,
	const struct erofs_walk_visitor *visitor);

#ifdef __cplusplus
}
#endif

#endif
