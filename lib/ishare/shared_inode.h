/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* The kernel's sharing mechanism by its own names: an inode's fingerprint in a domain, the shared inode
 * that stands for all inodes with an equal one, the list of its members, and the real inode through which
 * a page is filled. */
#ifndef EROFS_ISHARE_SHARED_INODE_H
#define EROFS_ISHARE_SHARED_INODE_H

#include <pthread.h>
#include <erofs/domain.h>
#include "base/report.h"
#include "ishare/page_cache.h"

/* The key of the table: made of value and domain_id, opaque from then on. */
struct erofs_inode_fingerprint {
	uint8_t *opaque;
	size_t size;
};

struct erofs_shared_inode {
	struct erofs_inode_fingerprint fingerprint;
	struct erofs_mapping mapping;
	struct erofs_list ishare_list;	/* of members, the latest first */
	uint64_t member_count;
	/* As the first member had them. */
	uint64_t size_bytes;
	enum erofs_ishare_class share_class;
	uint32_t value_bytes;	/* of the fingerprint; the rest is domain_id */
};

/* An inode of a mount. The domain keeps it from the first look until the mount goes. */
struct erofs_domain_inode {
	struct erofs_domain_mount *mnt;
	uint64_t nid;			/* what the mount finds it by, also while it is new */
	struct erofs_inode inode;	/* written once, while it is new */
	struct erofs_mapping own;	/* pages that are not shared */
	struct erofs_shared_inode *shared; /* NULL: it does not share */
	struct erofs_list ishare_link;	/* in the shared inode's list */
	struct erofs_list in_mount;
	unsigned int users;		/* fills under way through it */
	bool is_new;			/* being looked at for the first time by some thread */
};

#define EROFS_IDLE_READERS 8

struct erofs_domain_mount {
	struct erofs_domain *dom;
	struct erofs_image *img;
	char *domain_id;		/* NULL: mounted without inode_share; never shown */
	struct erofs_table inodes;	/* by nid */
	struct erofs_list inode_list;
	/* For fills on behalf of other mounts. */
	struct erofs_reader *idle[EROFS_IDLE_READERS];
	unsigned int idle_count;
};

struct erofs_domain {
	struct erofs_domain_options options;
	struct erofs_shared_report report;
	/* One lock for all that follows, and for mounts and inodes. Held for table work only, never while
	 * an image is read or bytes are copied or hashed. */
	pthread_mutex_t lock;
	pthread_cond_t changed;		/* a page filled, an inode decided, a fill finished */
	struct erofs_table shared;	/* shared inodes by fingerprint */
	struct erofs_page_cache cache;
	struct erofs_domain_stats stats; /* what the page cache does not count itself */
};

struct erofs_domain_file {
	struct erofs_domain_inode *ino;
	struct erofs_reader *rd;
};

void erofs_shared_table_init(struct erofs_table *table);

/* Decides whether @ino, whose inode is read, shares, and makes it a member. Called once per inode, without
 * the lock. 0 also when it does not share; -ENOMEM. */
int erofs_shared_inode_join(struct erofs_domain_inode *ino, struct erofs_reader *rd);

/* With the lock held: the member goes; with the last one goes the shared inode and its pages. */
void erofs_shared_inode_leave(struct erofs_domain_inode *ino);

/* With the lock held: a live member of @shared to read through, kept alive until put. */
struct erofs_domain_inode *erofs_real_inode_get(struct erofs_shared_inode *shared);
void erofs_real_inode_put(struct erofs_domain_inode *real);

/* A reader of the mount's image for work on behalf of another mount. Without the lock. */
int erofs_mount_reader_get(struct erofs_domain_mount *mnt, struct erofs_reader **ret);
void erofs_mount_reader_put(struct erofs_domain_mount *mnt, struct erofs_reader *rd);

#endif
