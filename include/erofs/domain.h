/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* domain.h -- the kernel's shared page cache, modelled in userspace by the kernel's rules: mounts that carry
 * one domain_id read equal files through one shared inode whose pages are filled through any live member.
 *
 * Every function may be called from any thread, except that an open file and the reader it was opened
 * with belong to one thread at a time. */
#ifndef EROFS_DOMAIN_H
#define EROFS_DOMAIN_H

#include <erofs/data.h>
#include <erofs/ishare.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Which kernel's rules are followed. */
enum erofs_domain_rules {
	EROFS_DOMAIN_RULES_7_2 = 0,	/* key = domain_id NUL value */
	EROFS_DOMAIN_RULES_7_0,		/* key = value domain_id, no separator: ids may collide */
	EROFS_DOMAIN_RULES_SEED,	/* the v10 review: as 7.0, but size and class do not matter */
};

struct erofs_domain;
struct erofs_domain_mount;
struct erofs_domain_file;

struct erofs_domain_options {
	size_t struct_size;		/* sizeof(struct erofs_domain_options) */
	enum erofs_domain_rules rules;
	uint64_t cache_bytes;		/* bound of the page cache; 0 = unbounded */
	bool share;			/* false: no inode_share, every inode keeps its own pages */
	/* The kernel never verifies. With this every inode has to prove its fingerprint before it may
	 * share: it is hashed as a whole when it is first opened. So a forged tag neither feeds others its
	 * bytes nor, by naming the digest of a file it does not have, reads theirs. */
	bool verify;
	/* Pages are counted but not kept: every read goes to the image. For measuring what a mount
	 * without sharing would take without taking it. */
	bool count_only;
	uint8_t reserved[5];		/* 0; see erofs.h */
};

struct erofs_domain_stats {
	uint64_t inodes, tagged;	/* regular, not empty, looked at; of these with a usable value */
	uint64_t hits, misses;		/* page look-ups */
	uint64_t pages_cached;		/* now */
	uint64_t pages_peak;
	uint64_t pages_evicted;
	uint64_t shared_inodes;		/* now */
	uint64_t members;		/* inodes that share, now */
	uint64_t groups;		/* shared inodes with two or more members, now */
	uint64_t size_mismatches, class_mismatches; /* inodes left out by these rules */
	uint64_t verified_inodes, forged_inodes;
	uint64_t unverifiable_inodes;	/* unknown algorithm, malformed, unreadable, or a size out of all
					 * proportion to the image: not shared when verifying */
	uint64_t verified_bytes;	/* content hashed */
	uint64_t key_collisions;	/* rules 7.0: one key from two different (value, domain_id) */
};

/* @options may be NULL: no sharing. @report is borrowed; forged fingerprints and size mismatches are
 * warnings. -EINVAL, -EOPNOTSUPP: struct_size of nothing, or more set than this version knows. */
int erofs_domain_new(const struct erofs_domain_options *options, const struct erofs_report *report,
	struct erofs_domain **ret);
void erofs_domain_free(struct erofs_domain *dom); /* all mounts must be gone; NULL is a no-op */

/* Mounts @img (borrowed). @domain_id is copied and never shown; NULL or "" with share on is -EINVAL,
 * as mount(2) answers inode_share without domain_id. */
int erofs_domain_mount(struct erofs_domain *dom, struct erofs_image *img, const char *domain_id,
	struct erofs_domain_mount **ret);
/* Evicts all inodes of the mount, whose files must be closed; a shared inode whose last member goes loses
 * its pages. NULL is a no-op. */
void erofs_domain_unmount(struct erofs_domain_mount *mnt);

/* Opens regular inode @nid of the mount's image, which @rd must read. The first look at an inode decides
 * whether it shares, for good. -EISDIR for a directory, -EINVAL for other types. */
int erofs_domain_open(struct erofs_domain_mount *mnt, struct erofs_reader *rd, uint64_t nid,
	struct erofs_domain_file **ret);
/* Reads through the page cache; as erofs_data_read. */
ssize_t erofs_domain_read(struct erofs_domain_file *file, uint64_t offset, void *buffer,
	size_t size);
/* The same through the inode's own pages, as sendfile and splice do in Linux 7.2: never shared. */
ssize_t erofs_domain_splice(struct erofs_domain_file *file, uint64_t offset, void *buffer,
	size_t size);
bool erofs_domain_file_shares(const struct erofs_domain_file *file);
const struct erofs_inode *erofs_domain_file_inode(const struct erofs_domain_file *file);
void erofs_domain_close(struct erofs_domain_file *file); /* the inode stays until unmount */

void erofs_domain_stats(struct erofs_domain *dom, struct erofs_domain_stats *ret);

#ifdef __cplusplus
}
#endif

#endif
