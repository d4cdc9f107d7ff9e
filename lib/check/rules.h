/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* What the rules share: the state of one check, where it stands, and how a rule speaks.
 *
 * Rules look at bytes before the reading layer does, so that each kind of damage has a name of its own;
 * whatever the reader refuses beyond that becomes a finding with the reader's words. */
#ifndef EROFS_CHECK_RULES_H
#define EROFS_CHECK_RULES_H

#include <erofs/check.h>
#include <erofs/map.h>
#include "base/arena.h"
#include "base/report.h"
#include "base/table.h"

enum check_rule {
	RULE_SUPER_TRUNCATED,
	RULE_SUPER_CHECKSUM,
	RULE_SUPER_BLOCK_SIZE,
	RULE_SUPER_SIZE,
	RULE_SUPER_DIR_BLOCK,
	RULE_SUPER_NSEC,
	RULE_SUPER_COMPRESSION,
	RULE_SUPER_DEVICES,
	RULE_SUPER_PREFIXES,
	RULE_SUPER_SHARED_XATTRS,
	RULE_SUPER_ISHARE,
	RULE_SUPER_OPEN,
	RULE_SUPER_ROOT,
	RULE_SUPER_PACKED,
	RULE_SUPER_METABOX,
	RULE_INODE_BOUNDS,
	RULE_INODE_FORMAT,
	RULE_INODE_MODE,
	RULE_INODE_SIZE,
	RULE_INODE_LAYOUT,
	RULE_INODE_NSEC,
	RULE_INODE_NLINK,
	RULE_INODE_NLINK_STALE,
	RULE_INODE_SYMLINK,
	RULE_DIR_SIZE,
	RULE_DIR_BLOCK,
	RULE_DIR_NAME,
	RULE_DIR_TYPE,
	RULE_DIR_ORDER,
	RULE_DIR_DUPLICATE,
	RULE_DIR_DOT,
	RULE_DIR_DOTDOT,
	RULE_DIR_LOOP,
	RULE_XATTR_COUNT,
	RULE_XATTR_BOUNDS,
	RULE_XATTR_SHARED,
	RULE_XATTR_INDEX,
	RULE_XATTR_NAME,
	RULE_XATTR_DUPLICATE,
	RULE_XATTR_ACL,
	RULE_XATTR_FILTER,
	RULE_MAP_INLINE,
	RULE_MAP_CHUNKS,
	RULE_MAP_DEVICE,
	RULE_MAP_BOUNDS,
	RULE_MAP_COMPRESSED,
	RULE_MAP_FRAGMENT,
	RULE_MAP_HOLE,
	RULE_DATA_DECODE,
	RULE_LIMIT_WORK,
	RULE_LIMIT_FINDINGS,
	RULE_COUNT,
};

/* One inode that a name (or the superblock) led to. */
struct check_inode {
	uint64_t nid;
	struct check_inode *parent;	/* directory of its first name; the start's is itself */
	const char *name;		/* first name, kept only where a later finding may need it */
	struct check_inode *next;	/* in the order they were met */
	struct check_inode *next_dir;	/* in the queue of directories to enter */
	uint32_t name_bytes;
	uint32_t nlink;			/* as stored */
	uint32_t names;			/* directory entries met that lead here */
	uint32_t subdirs;		/* directories: children that are directories */
	enum erofs_file_type type;	/* of the mode; UNKNOWN when the inode cannot be read */
	bool sound_map;			/* content can be read as far as the map tells */
	bool undecodable;		/* content that needs what this build or caller lacks */
	bool special;			/* packed inode or metabox: has no name */
	bool incomplete;		/* a directory some of whose names could not be seen */
};

/* Where the check stands, for the path of a finding. */
struct check_place {
	uint64_t nid;
	const struct check_inode *dir;	/* NULL: the path is unknown */
	const char *name;		/* in @dir; NULL: @dir itself */
	uint32_t name_bytes;
};

struct check {
	struct erofs_image *img;
	struct erofs_reader *rd;
	const struct erofs_super *super;
	const struct erofs_report *report;
	struct erofs_check_options options;
	struct erofs_check_summary summary;
	struct check_place at;
	uint32_t found_here;		/* findings about the inode in hand */
	uint64_t work_left;		/* bytes of metadata that may still be looked at */
	struct erofs_arena arena;
	struct erofs_table inodes;	/* struct check_inode by nid */
	struct check_inode *first, **end; /* all of them */
	struct check_inode *queue, **queue_end; /* directories to enter */
	uint32_t packed_algorithms;	/* what reading a fragment may take, as a bitmap */
	bool names_lost;		/* some directory is incomplete */
	struct erofs_report heard;	/* the reading layer speaks here; kept for the next finding */
	char last_words[1024];
	bool spoke;			/* last_words are not used yet */
	uint8_t *body;			/* scratch: the xattr body of one inode */
	size_t body_size;
};

/* ---- speaking (rules.c) ---- */

/* A finding at chk->at, counted in the summary. */
void erofs_check_found(struct check *chk, enum check_rule rule, const char *format, ...)
	EROFS_PRINTF(3, 4);
/* The same where no check runs yet. */
void erofs_check_found_early(const struct erofs_report *report, struct erofs_check_summary *summary,
	enum check_rule rule, const char *format, ...) EROFS_PRINTF(4, 5);
/* What the reading layer said last, or "unreadable". Forgets it. */
const char *erofs_check_last_words(struct check *chk);
/* Ends the findings about one inode, of which only the first are told, or a damaged index would drown the
 * rest. Goes back to an inode that had @found_before. */
void erofs_check_leave(struct check *chk, uint32_t found_before);
/* Whether the image has used up what it may cost. */
bool erofs_check_exhausted(const struct check *chk);
/* Pays for @bytes of metadata. False when the image has asked for more than its size can explain. */
bool erofs_check_spend(struct check *chk, uint64_t bytes);

/* ---- the rules ---- */

/* The inode as stored: bounds, format, mode, size, layout, time. True when the reading layer
 * can take it. */
bool erofs_check_inode_stored(struct check *chk, uint64_t nid);
/* The target of a symbolic link whose map is sound. */
void erofs_check_symlink(struct check *chk, const struct erofs_inode *inode);
/* 0 or -ENOMEM. */
int erofs_check_xattrs(struct check *chk, const struct erofs_inode *inode);
/* Where content lies: fills in node->sound_map and undecodable. Returns how many blocks it takes. */
uint64_t erofs_check_map(struct check *chk, const struct erofs_inode *inode,
	struct check_inode *node);
/* The entries of directory @dir, each child met through erofs_check_meet. 0 or -ENOMEM. */
int erofs_check_directory(struct check *chk, struct check_inode *dir, const struct erofs_inode *inode);

/* Decodes the content of every regular file met, in parallel (decode.c). 0 or -errno. */
int erofs_check_decode(struct check *chk);

/* ---- the graph (check.c) ---- */

/* An entry of @dir leads to @nid, which it says is of @type. The name stands in chk->at. 0 or -ENOMEM. */
int erofs_check_meet(struct check *chk, struct check_inode *dir, uint64_t nid, enum erofs_file_type type);

#endif
