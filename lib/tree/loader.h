/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* What every source uses to put its files into a tree: the filters are applied here, so that they hold
 * for all sources alike. */
#ifndef EROFS_TREE_LOADER_H
#define EROFS_TREE_LOADER_H

#include "format/erofs_fs.h"
#include "tree/filter_exclude.h"
#include "tree/filter_xattr.h"
#include "tree/node.h"
#include "tree/xattrs.h"

struct erofs_loader {
	struct erofs_tree *tree;
	const struct erofs_tree_options *options;
	struct erofs_excludes *excludes;
	struct erofs_table hardlinks;
	struct erofs_xattr_sets sets;
	struct erofs_xattr_draft draft;	/* attributes of the file in hand */
	/* Marks are needed until the tree is added to its base; then @options are these. */
	bool strip_late;
	struct erofs_tree_options keeping;
	char *first_reserved;		/* where the first of each was met, printable */
	char *first_foreign;
};

/* What a source knows of one file. */
struct erofs_entry {
	uint64_t device, inode;
	uint64_t size_bytes;
	int64_t mtime_seconds;
	uint32_t mtime_nsec;
	uint32_t mode, uid, gid;
	uint32_t rdev_major, rdev_minor;
	bool linked;		/* may have other names with the same device and inode */
};

/* Starts a tree with no nodes. @options and @report stay borrowed. The loader stays where it is. After any
 * outcome, fini. */
int erofs_loader_init(struct erofs_loader *loader, const struct erofs_tree_options *options,
	const struct erofs_report *report);
void erofs_loader_fini(struct erofs_loader *loader);

/* The node for @entry, by rules of owner and time. @path is for messages. *ret_known: it was met before
 * under another name and has its target and attributes already. */
int erofs_loader_node(struct erofs_loader *loader, const struct erofs_entry *entry,
	const char *path, struct erofs_node **ret, bool *ret_known);

/* The node for a directory that no entry of the source stands for: an owner is forced by the rules but not
 * shifted. @path is for messages. */
int erofs_loader_implied(struct erofs_loader *loader, const struct erofs_entry *entry,
	const char *path, struct erofs_node **ret);

/* Whether the attribute @name is wanted at all; counts what is dropped. */
bool erofs_loader_wants_xattr(struct erofs_loader *loader, const char *name, const char *path);
/* Gives @node the attributes in loader->draft. */
int erofs_loader_set_xattrs(struct erofs_loader *loader, struct erofs_node *node);

/* Adds a mark of overlayfs to the attributes of @node unless it has one of that name, or none are wanted. */
int erofs_loader_mark(struct erofs_loader *loader, struct erofs_node *node, const char *name,
	const char *value);

/* Checks a name for an edge: 1..255 bytes, not "." or "..", no slash. */
int erofs_loader_check_name(struct erofs_loader *loader, const char *name, const char *path);

/* Orders, labels and hands over the tree. */
int erofs_loader_finish(struct erofs_loader *loader, struct erofs_tree **ret);

#endif
