/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Files put into a tree by path, in any order, as archives and layers deliver them.
 *
 * A later entry replaces an earlier one of the same path; a directory put over a directory updates it and
 * keeps what it holds. Parents that no entry names are implied. Time and memory are linear in what is put:
 * no call looks at more than its own path, and whatever else one walks over was put once and is let go. */
#ifndef EROFS_TREE_GRAFT_H
#define EROFS_TREE_GRAFT_H

#include "tree/loader.h"

/* A path that is longer or deeper is an error: no program could open it, and each of its names costs
 * a directory. */
#define EROFS_GRAFT_PATH_MAX_BYTES 65535u
#define EROFS_GRAFT_PATH_MAX_DEPTH 2048u
/* Directories that no entry names, so many and some for each entry that was put: a few bytes of an archive could
 * stand for thousands each otherwise, which compress to nothing. Real archives imply few or none. */
#define EROFS_GRAFT_IMPLIED_MAX 65536u
#define EROFS_GRAFT_IMPLIED_MAX_PER_ENTRY 8u
/* readlink(2) of no file system returns more. */
#define EROFS_GRAFT_TARGET_MAX_BYTES 4095u

/* What ".wh.NAME" (NAME is hidden) and ".wh..wh..opq" (all that the directory has below is hidden) mean.
 * Such a mark is about lower layers only: what its own layer has under that name stays, wherever in
 * the layer it stands. */
enum erofs_graft_marks {
	EROFS_GRAFT_MARKS_PLAIN = 0,	/* names like any other */
	EROFS_GRAFT_MARKS_OVERLAY,	/* they become those of overlayfs, or with strip_overlay nothing */
	EROFS_GRAFT_MARKS_APPLY,	/* what they hide is taken out of the tree */
	/* The marks are those of overlayfs already: a character device 0:0 hides what lower layers have
	 * under its name. The source calls erofs_graft_hide_below for opaque directories. */
	EROFS_GRAFT_MARKS_DEVICES,
};

struct erofs_graft_name; /* a path that something stands at */

struct erofs_graft {
	struct erofs_loader *loader;
	enum erofs_graft_marks marks;
	uint32_t layer;			/* of what is put now, from 1 */
	uint64_t entries, implied;	/* put so far; directories made besides */
	struct erofs_arena arena;	/* of names; gone after fini */
	struct erofs_table names;
	struct erofs_graft_name *root;
	char *path, *target;		/* in hand, clean: room for the longest */
	struct erofs_graft_name *last_directory;	/* where the last file was put, */
	char *last_path;		/* the path of that directory, */
	size_t last_bytes;		/* and its length */
	struct erofs_graft_link **links; /* to what was not there yet */
	size_t link_count, link_capacity;
};

/* Starts with a root as @root says, which is what an archive without one gets: its owner is forced by
 * the rules but not shifted, its time is as given. @loader stays borrowed. After any outcome, fini. */
int erofs_graft_init(struct erofs_graft *graft, struct erofs_loader *loader,
	enum erofs_graft_marks marks, const struct erofs_entry *root);
void erofs_graft_fini(struct erofs_graft *graft);

/* Puts the file that @entry describes at @path, with the attributes in loader->draft. Leading and repeated
 * slashes, "." and ".." are resolved within the root without regard to symbolic links. @target: of a
 * symbolic link. *ret is the new node, for the source to note where its content is; NULL when @path
 * was a mark and no file comes of it. -ENOTDIR when another file stands in the way, unless a
 * lower layer put it there. -E2BIG when too many directories are implied. */
int erofs_graft_put(struct erofs_graft *graft, const char *path, const struct erofs_entry *entry,
	const char *target, struct erofs_node **ret);

/* Makes @path another name of the file at @target: of the one that is there now, or when there is none,
 * of the one that is there at the end of the layer. -EISDIR for a directory. */
int erofs_graft_link(struct erofs_graft *graft, const char *path, const char *target);

/* Makes @path another name of @node, which is no directory and was put in this layer. */
int erofs_graft_link_node(struct erofs_graft *graft, const char *path, struct erofs_node *node);

/* Takes out what lower layers have below @path, as opaque marks do: for sources with marks of their own. */
int erofs_graft_hide_below(struct erofs_graft *graft, const char *path);

/* Ties the links that wait for their targets; what is put from now on is a layer above. -ENOENT for a
 * target that never came, -ELOOP for links to each other. */
int erofs_graft_end_layer(struct erofs_graft *graft);

/* After the last layer ended: gives the loader's tree its directories, without what is excluded. Then comes
 * erofs_loader_finish. */
int erofs_graft_finish(struct erofs_graft *graft);

#endif
