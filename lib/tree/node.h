/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* The build tree: one node per inode, one edge per name. Everything lives in the tree's arena. */
#ifndef EROFS_TREE_NODE_H
#define EROFS_TREE_NODE_H

#include <erofs/features.h>
#include <erofs/inode.h>
#include <erofs/tree.h>
#include "base/arena.h"

/* One attribute, name in full ("user.k"). */
struct erofs_node_xattr {
	const char *name;	/* NUL-terminated */
	const void *value;
	uint32_t name_bytes;
	uint32_t value_bytes;
};

/* A set of attributes, sorted by name bytes, no name twice. Equal sets are one object, so that
 * thousands of labelled files cost one. */
struct erofs_node_xattrs {
	uint32_t count;
	struct erofs_node_xattr list[];
};

struct erofs_edge;

/* See erofs_node.carried_beyond. */
#define EROFS_CARRIED_STRETCH (4u << 20)

/* How the source has compressed a file that can be carried over without compressing it again. */
enum erofs_carried_form {
	EROFS_CARRIED_NOT = 0,
	EROFS_CARRIED_FRAGMENT,	/* all of it is in a packed inode */
	EROFS_CARRIED_COMPACT,	/* the other three by their index (sections 8.4, 8.5, 8.7) */
	EROFS_CARRIED_FULL,
	EROFS_CARRIED_RECORDS,
};

struct erofs_node {
	struct erofs_node *parent;	/* the directory of its first name; the root's is itself */
	const char *name;		/* first name; "" for the root */
	const struct erofs_node_xattrs *xattrs; /* NULL = none */
	struct erofs_edge *edges;	/* directories: sorted by name bytes, without "." and ".." */
	const char *target;		/* symbolic links: size_bytes bytes and a NUL */
	uint64_t size_bytes;		/* regular files and symbolic links; else 0 */
	int64_t mtime_seconds;
	/* What the source said of the file, so that its content can be recognised when it is opened. */
	uint64_t source_device, source_inode;
	int64_t source_mtime_seconds;
	uint32_t source_mtime_nsec;
	uint32_t mtime_nsec;
	uint32_t uid, gid;
	uint32_t nlink;			/* names in the tree; directories: 2 + subdirectories */
	uint32_t edge_count;
	uint32_t rdev_major, rdev_minor;
	uint32_t index;			/* 0..node_count-1 in canonical order, the root first */
	uint16_t mode;			/* POSIX type and permission bits */
	/* Regular files whose content is not stored in the image but stays on a device of the tree:
	 * log2 of the bytes of one chunk, whose place content.h tells. 0 = stored like others. */
	uint8_t referred_bits;
	uint8_t carried;		/* enum erofs_carried_form */
	uint8_t carried_algorithm;	/* of its index */
	uint32_t carried_bytes;		/* stored, of its largest piece */
	uint32_t carried_total;		/* of all of them, or UINT32_MAX when that is less */
	uint32_t carried_tail;		/* content of its last piece; not of a fragment */
	/* What the pieces that begin within EROFS_CARRIED_STRETCH of it may take beyond that, decoded or stored. */
	uint32_t carried_beyond;
	/* Value of a fingerprint that is taken for true without reading the file, in the raw form of
	 * the algorithm that the image gets; NULL = it is computed. Of referred files, and of those that are
	 * carried over. */
	const uint8_t *trusted_fingerprint;
	/* An inode of the image that the tree is added to, with all that is below: only @mode's type is set,
	 * and it has no index. */
	bool kept;
	uint64_t kept_nid;
};

struct erofs_edge {
	const char *name;		/* 1..255 bytes, NUL-terminated */
	struct erofs_node *node;
	uint32_t name_bytes;
};

/* A file that the image refers to: an extra device (format section 4.4). */
struct erofs_tree_device {
	char tag[65];			/* NUL-terminated, at most 64 bytes */
	uint64_t size_bytes;
};

/* A file of the image that the tree is added to which keeps only some of its names. */
struct erofs_tree_link {
	uint64_t at;			/* byte of the image where the count is */
	uint32_t bytes;			/* that it has: 2 or 4 */
	uint32_t nlink;
};

/* The image that the tree is added to (section 1 for its superblock). */
struct erofs_tree_base {
	struct erofs_super super;
	struct erofs_inode root;	/* stays where it is and is written anew, or */
	bool root_moves;		/* it is in a metabox: the superblock will name another inode */
	uint64_t end_bytes;		/* nothing of the image lies at or behind this block */
	const char *ishare_xattr;	/* NULL = no fingerprints */
	struct erofs_tree_prefix {
		uint8_t base_index, infix_bytes;
		const char *infix;
	} *prefixes;			/* as many as the superblock says */
	struct erofs_tree_link *links;
	size_t link_count;
};

/* What the images have in common whose files can be carried over. */
struct erofs_tree_carried {
	uint32_t block_bits;		/* 0 = there are none */
	bool trusted;			/* the caller trusts who made the images */
	uint32_t lzma_dictionary_bytes, zstd_window_bits; /* the largest */
	bool fragments;			/* of any of these files */
	bool packed_is_encoded;		/* what holds fragments, in the first image that has them ... */
	uint8_t packed_algorithm;	/* ... by this one ... */
	uint32_t packed_bytes;		/* ... in pieces of at most so many */
};

struct erofs_tree {
	struct erofs_arena arena;
	const struct erofs_report *report;
	struct erofs_tree_summary summary;
	struct erofs_node *root;
	/* By index. Canonical order: a directory's children in name order, each directory's whole level
	 * before its subdirectories' (so that siblings lie together); an inode stands at its first name. */
	struct erofs_node **nodes;
	uint32_t node_count;
	struct erofs_content_source *source; /* where the bytes come from */
	struct erofs_tree_device *devices;   /* what referred files refer to; in the arena */
	uint32_t device_count;
	struct erofs_tree_base *base;	     /* NULL = a new image; in the arena */
	struct erofs_tree_carried carried;
	struct erofs_intake *intake;	     /* has stored the content of files already; NULL = none has */
};

/* The path of @node from the root, "/" first, for messages and look-ups. Written into @buffer,
 * NUL-terminated; when it does not fit, the front is replaced by "...". Returns @buffer. */
const char *erofs_node_path(const struct erofs_node *node, char *buffer, size_t size);
#define EROFS_NODE_PATH_SHOWN 1024 /* size of a buffer for messages */
/* Its length without the NUL. */
size_t erofs_node_path_bytes(const struct erofs_node *node);

#endif
