/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Domains, mounts and their inodes: what lives how long. */
#include <erofs/domain.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "base/options.h"
#include "ishare/shared_inode.h"

/* ---- domains ---- */

int erofs_domain_new(const struct erofs_domain_options *options, const struct erofs_report *report,
	struct erofs_domain **ret)
{
	struct erofs_domain *dom;
	int r;

	dom = calloc(1, sizeof(*dom));
	if (!dom)
		return -ENOMEM;
	r = erofs_options_take(options, EROFS_OPTIONS_BYTES(dom->options), "domain options", report,
		&dom->options);
	if (r == 0)
		r = erofs_shared_report_init(&dom->report, report);
	if (r < 0) {
		free(dom);
		return r;
	}
	pthread_mutex_init(&dom->lock, NULL);
	pthread_cond_init(&dom->changed, NULL);
	erofs_shared_table_init(&dom->shared);
	erofs_page_cache_init(&dom->cache, dom->options.cache_bytes, dom->options.count_only);
	*ret = dom;
	return 0;
}

void erofs_domain_free(struct erofs_domain *dom)
{
	if (!dom)
		return;
	erofs_page_cache_fini(&dom->cache);
	erofs_table_fini(&dom->shared);
	pthread_cond_destroy(&dom->changed);
	pthread_mutex_destroy(&dom->lock);
	erofs_shared_report_fini(&dom->report);
	free(dom);
}

void erofs_domain_stats(struct erofs_domain *dom, struct erofs_domain_stats *ret)
{
	pthread_mutex_lock(&dom->lock);
	*ret = dom->stats;
	ret->hits = dom->cache.hits;
	ret->misses = dom->cache.misses;
	ret->pages_cached = dom->cache.count;
	ret->pages_peak = dom->cache.peak;
	ret->pages_evicted = dom->cache.evicted;
	pthread_mutex_unlock(&dom->lock);
}

/* ---- mounts ---- */

static bool inode_has_nid(const void *entry, const void *key)
{
	return ((const struct erofs_domain_inode *)entry)->nid == *(const uint64_t *)key;
}

int erofs_domain_mount(struct erofs_domain *dom, struct erofs_image *img, const char *domain_id,
	struct erofs_domain_mount **ret)
{
	struct erofs_domain_mount *mnt;

	if (dom->options.share && (!domain_id || !*domain_id))
		return erofs_fail(&dom->report.report, -EINVAL,
			"%s: page cache sharing needs a domain id", erofs_image_path(img));
	mnt = calloc(1, sizeof(*mnt));
	if (!mnt)
		return -ENOMEM;
	if (dom->options.share) {
		mnt->domain_id = strdup(domain_id);
		if (!mnt->domain_id) {
			free(mnt);
			return -ENOMEM;
		}
	}
	mnt->dom = dom;
	mnt->img = img;
	erofs_table_init(&mnt->inodes, inode_has_nid);
	erofs_list_init(&mnt->inode_list);
	*ret = mnt;
	return 0;
}

/* With the lock held. Once it is no member nobody starts to read through the inode any more; those who
 * are at it finish. */
static void evict_inode(struct erofs_domain_inode *ino)
{
	struct erofs_domain *dom = ino->mnt->dom;

	erofs_shared_inode_leave(ino);
	while (ino->users)
		pthread_cond_wait(&dom->changed, &dom->lock);
	erofs_mapping_drop(&dom->cache, &ino->own);
	erofs_list_remove(&ino->in_mount);
	free(ino);
}

void erofs_domain_unmount(struct erofs_domain_mount *mnt)
{
	if (!mnt)
		return;
	pthread_mutex_lock(&mnt->dom->lock);
	while (!erofs_list_empty(&mnt->inode_list))
		evict_inode(erofs_list_entry(mnt->inode_list.next, struct erofs_domain_inode,
			in_mount));
	pthread_mutex_unlock(&mnt->dom->lock);
	while (mnt->idle_count)
		erofs_reader_free(mnt->idle[--mnt->idle_count]);
	erofs_table_fini(&mnt->inodes);
	free(mnt->domain_id);
	free(mnt);
}

/* ---- inodes and files ---- */

static struct erofs_domain_inode *add_new_inode(struct erofs_domain_mount *mnt, uint64_t nid)
{
	struct erofs_domain_inode *ino = calloc(1, sizeof(*ino));

	if (!ino)
		return NULL;
	ino->mnt = mnt;
	ino->nid = nid;
	ino->is_new = true;
	erofs_mapping_init(&ino->own);
	erofs_list_init(&ino->ishare_link);
	if (erofs_table_add(&mnt->inodes, erofs_hash_pair(nid, 0), ino) < 0) {
		free(ino);
		return NULL;
	}
	erofs_list_add_after(&mnt->inode_list, &ino->in_mount);
	return ino;
}

/* The inode if the mount has it, else one that is new and the caller's to look at. */
static struct erofs_domain_inode *find_or_add_inode(struct erofs_domain_mount *mnt, uint64_t nid,
	bool *ret_is_mine)
{
	struct erofs_domain *dom = mnt->dom;
	struct erofs_domain_inode *ino;

	pthread_mutex_lock(&dom->lock);
	for (;;) {
		ino = erofs_table_find(&mnt->inodes, erofs_hash_pair(nid, 0), &nid);
		if (!ino || !ino->is_new)
			break;
		pthread_cond_wait(&dom->changed, &dom->lock);
	}
	*ret_is_mine = !ino;
	if (!ino)
		ino = add_new_inode(mnt, nid);
	pthread_mutex_unlock(&dom->lock);
	return ino;
}

static int look_at_inode(struct erofs_domain_inode *ino, struct erofs_reader *rd)
{
	int r = erofs_inode_read(rd, ino->nid, &ino->inode);

	if (r < 0)
		return r;
	if (S_ISDIR(ino->inode.mode))
		return -EISDIR;
	if (!S_ISREG(ino->inode.mode))
		return -EINVAL;
	return erofs_shared_inode_join(ino, rd);
}

/* Whoever waits for the inode goes on with it, or finds it gone and tries by itself. */
static void end_first_look(struct erofs_domain_inode *ino, int error)
{
	struct erofs_domain_mount *mnt = ino->mnt;

	pthread_mutex_lock(&mnt->dom->lock);
	ino->is_new = false;
	if (error < 0) {
		erofs_table_remove(&mnt->inodes, erofs_hash_pair(ino->nid, 0), ino);
		erofs_list_remove(&ino->in_mount);
		free(ino);
	}
	pthread_cond_broadcast(&mnt->dom->changed);
	pthread_mutex_unlock(&mnt->dom->lock);
}

int erofs_domain_open(struct erofs_domain_mount *mnt, struct erofs_reader *rd, uint64_t nid,
	struct erofs_domain_file **ret)
{
	struct erofs_domain_file *file = calloc(1, sizeof(*file));
	bool is_mine = false;
	int r = 0;

	if (!file)
		return -ENOMEM;
	file->rd = rd;
	file->ino = find_or_add_inode(mnt, nid, &is_mine);
	if (!file->ino)
		r = -ENOMEM;
	else if (is_mine) {
		r = look_at_inode(file->ino, rd);
		end_first_look(file->ino, r);
	}
	if (r < 0) {
		free(file);
		return r;
	}
	*ret = file;
	return 0;
}

bool erofs_domain_file_shares(const struct erofs_domain_file *file)
{
	return file->ino->shared;
}

const struct erofs_inode *erofs_domain_file_inode(const struct erofs_domain_file *file)
{
	return &file->ino->inode;
}

void erofs_domain_close(struct erofs_domain_file *file)
{
	free(file);
}
