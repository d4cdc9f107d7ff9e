/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Walking a tree with an explicit stack: hostile images are deep, wide and cyclic. */
#include <erofs/walk.h>

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "image/dir_cursor.h"
#include "image/nidset.h"
#include "image/reader.h"

/* Directories kept open above the current one; those further up are opened again on return. */
#define OPEN_LEVELS 64
/* No host could use a path that deep; it bounds the stack. */
#define MAX_DEPTH 65536

struct level {
	struct erofs_inode inode;
	uint64_t parent_nid;
	size_t path_bytes;		/* of this directory's own path */
	struct erofs_dir *dir;		/* NULL: closed, goes on at @cursor */
	struct erofs_dir_cursor cursor;
};

struct walk {
	struct erofs_reader *rd;
	const struct erofs_walk_visitor *visitor;
	struct erofs_nidset entered;
	uint64_t budget_bytes;		/* of directory content that may still be entered */
	struct level *levels;
	size_t depth, capacity;
	char *path;
	size_t path_size;
};

static int grow_path(struct walk *w, size_t size)
{
	size_t larger = size * 2;
	char *path;

	if (size <= w->path_size)
		return 0;
	path = realloc(w->path, larger);
	if (!path)
		return -ENOMEM;
	w->path = path;
	w->path_size = larger;
	return 0;
}

/* Makes w->path @parent_bytes of what it was, '/' and @name. */
static int set_path(struct walk *w, size_t parent_bytes, const struct erofs_dir_entry *ent,
	size_t *ret_bytes)
{
	size_t at = parent_bytes;
	int r = grow_path(w, parent_bytes + 1 + ent->name_bytes + 1);

	if (r < 0)
		return r;
	if (at != 1) /* the start is "/" */
		w->path[at++] = '/';
	memcpy(w->path + at, ent->name, ent->name_bytes + 1);
	*ret_bytes = at + ent->name_bytes;
	return 0;
}

/* The visitor decides whether @error ends the walk. */
static int handle_error(struct walk *w, const struct erofs_walk_entry *entry, int error)
{
	if (error == -ENOMEM || !w->visitor->error)
		return error;
	return w->visitor->error(w->visitor->user, entry, error);
}

static struct level *push_level(struct walk *w)
{
	if (w->depth == w->capacity) {
		size_t capacity = w->capacity ? w->capacity * 2 : 32;
		struct level *levels = realloc(w->levels, capacity * sizeof(*levels));

		if (!levels)
			return NULL;
		w->levels = levels;
		w->capacity = capacity;
	}
	return &w->levels[w->depth++];
}

/* Closes the directory that is now too far up to be kept open. */
static void close_distant(struct walk *w)
{
	struct level *level;

	if (w->depth <= OPEN_LEVELS)
		return;
	level = &w->levels[w->depth - 1 - OPEN_LEVELS];
	if (!level->dir)
		return;
	erofs_dir_tell(level->dir, &level->cursor);
	erofs_dir_close(level->dir);
	level->dir = NULL;
}

/* Whether directory @inode may be entered; if so it counts as entered. */
static int admit(struct walk *w, const struct erofs_inode *inode)
{
	int r;

	if (w->depth >= MAX_DEPTH)
		return erofs_nid_fail(w->rd, inode->nid, -ELOOP,
			"directories are nested deeper than %d", MAX_DEPTH);
	if (inode->size_bytes > w->budget_bytes)
		return erofs_nid_fail(w->rd, inode->nid, -EUCLEAN,
			"directories hold more than an image of %" PRIu64 " bytes can",
			erofs_image_size_bytes(w->rd->img));
	r = erofs_nidset_add(&w->entered, inode->nid);
	if (r == 0)
		return erofs_nid_fail(w->rd, inode->nid, -ELOOP, "directory met a second time");
	w->budget_bytes -= inode->size_bytes;
	return r < 0 ? r : 0;
}

static int enter(struct walk *w, const struct erofs_walk_entry *entry)
{
	struct erofs_dir *dir;
	struct level *level;
	int r = admit(w, entry->inode);

	if (r == 0)
		r = erofs_dir_open(w->rd, entry->inode, &dir);
	if (r < 0)
		return handle_error(w, entry, r);
	level = push_level(w);
	if (!level) {
		erofs_dir_close(dir);
		return -ENOMEM;
	}
	*level = (struct level){
		.inode = *entry->inode,
		.parent_nid = entry->parent_nid,
		.path_bytes = entry->path_bytes,
		.dir = dir,
	};
	close_distant(w);
	return 0;
}

/* Shows @entry, whose path is in place, and enters it if it is a directory. */
static int visit(struct walk *w, struct erofs_walk_entry *entry)
{
	struct erofs_inode inode;
	int r = erofs_inode_read(w->rd, entry->nid, &inode);

	if (r < 0)
		return handle_error(w, entry, r);
	entry->inode = &inode;
	if (entry->type == EROFS_TYPE_UNKNOWN)
		entry->type = erofs_type_of_mode(inode.mode);
	r = w->visitor->entry(w->visitor->user, entry);
	if (r == EROFS_WALK_CONTINUE && S_ISDIR(inode.mode))
		return enter(w, entry);
	return r == EROFS_WALK_SKIP ? 0 : r;
}

static bool is_dot_or_dotdot(const struct erofs_dir_entry *ent)
{
	return ent->name[0] == '.' &&
	       (ent->name_bytes == 1 || (ent->name_bytes == 2 && ent->name[1] == '.'));
}

static const char *last_component(const char *path, size_t bytes)
{
	while (bytes && path[bytes - 1] != '/')
		bytes--;
	return path + bytes;
}

/* Damage in the directory at the top of the stack. */
static int damaged_directory(struct walk *w, struct level *level, int error)
{
	struct erofs_walk_entry entry = {
		.path = w->path,
		.path_bytes = level->path_bytes,
		.nid = level->inode.nid,
		.parent_nid = level->parent_nid,
		.type = EROFS_TYPE_DIRECTORY,
		.inode = &level->inode,
	};

	w->path[level->path_bytes] = '\0';
	entry.name = last_component(w->path, level->path_bytes);
	return handle_error(w, &entry, error);
}

/* The next entry of @level: 1, 0 at its end, or an error. */
static int next_entry(struct walk *w, struct level *level, struct erofs_dir_entry *ret)
{
	int r;

	if (!level->dir) {
		r = erofs_dir_reopen(w->rd, &level->inode, &level->cursor, &level->dir);
		if (r < 0)
			return r;
	}
	do {
		r = erofs_dir_next(level->dir, ret);
	} while (r > 0 && is_dot_or_dotdot(ret));
	return r;
}

static void pop_level(struct walk *w)
{
	erofs_dir_close(w->levels[--w->depth].dir);
}

/* One step at the top of the stack. */
static int advance(struct walk *w)
{
	struct level *level = &w->levels[w->depth - 1];
	struct erofs_walk_entry entry;
	struct erofs_dir_entry ent;
	size_t path_bytes;
	int r = next_entry(w, level, &ent);

	if (r == 0)
		pop_level(w);
	else if (r < 0)
		r = damaged_directory(w, level, r);
	if (r <= 0)
		return r;
	r = set_path(w, level->path_bytes, &ent, &path_bytes);
	if (r < 0)
		return r;
	entry = (struct erofs_walk_entry){
		.path = w->path,
		.path_bytes = path_bytes,
		.name = w->path + path_bytes - ent.name_bytes,
		.nid = ent.nid,
		.parent_nid = level->inode.nid,
		.type = ent.type,
	};
	return visit(w, &entry);
}

static int walk_from(struct walk *w, uint64_t nid)
{
	struct erofs_walk_entry entry = { .name = "", .nid = nid, .parent_nid = nid };
	int r = grow_path(w, 2);

	if (r < 0)
		return r;
	strcpy(w->path, "/");
	entry.path = w->path;
	entry.path_bytes = 1;
	r = visit(w, &entry);
	while (r == 0 && w->depth)
		r = advance(w);
	return r;
}

int erofs_walk(struct erofs_reader *rd, uint64_t start_nid,
	const struct erofs_walk_visitor *visitor)
{
	struct walk w = {
		.rd = rd,
		.visitor = visitor,
		.budget_bytes = erofs_dir_limit_bytes(rd->img),
	};
	int r;

	erofs_nidset_init(&w.entered);
	r = walk_from(&w, start_nid);
	while (w.depth)
		pop_level(&w);
	free(w.levels);
	free(w.path);
	erofs_nidset_fini(&w.entered);
	return r;
}
