/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Who shares with whom (enum erofs_domain_rules). */
#include "ishare/shared_inode.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>
#include "ishare/content_digest.h"

/* Equality is length and bytes; the kernel's hash is xxh32 with seed 0. */
static bool same_fingerprint(const void *entry, const void *key)
{
	const struct erofs_inode_fingerprint *a =
		&((const struct erofs_shared_inode *)entry)->fingerprint;
	const struct erofs_inode_fingerprint *b = key;

	return a->size == b->size && !memcmp(a->opaque, b->opaque, b->size);
}

/* The kernel's hash has 32 bits that an image author can make collide at will; a second hash above it
 * keeps such images from making every look-up a walk. */
static uint64_t hash_fingerprint(const struct erofs_inode_fingerprint *fp)
{
	return erofs_hash_bytes(fp->opaque, fp->size) << 32 | XXH32(fp->opaque, fp->size, 0);
}

void erofs_shared_table_init(struct erofs_table *table)
{
	erofs_table_init(table, same_fingerprint);
}

/* 7.2: domain_id, NUL, value. 7.0 and the seed: value, domain_id. */
static int build_fingerprint(const struct erofs_domain_mount *mnt,
	const struct erofs_ishare_claim *claim, struct erofs_inode_fingerprint *ret)
{
	size_t id_bytes = strlen(mnt->domain_id);
	bool separated = mnt->dom->options.rules == EROFS_DOMAIN_RULES_7_2;
	uint8_t *opaque = malloc(id_bytes + 1 + claim->value_bytes);

	if (!opaque)
		return -ENOMEM;
	if (separated) {
		memcpy(opaque, mnt->domain_id, id_bytes + 1);
		memcpy(opaque + id_bytes + 1, claim->value, claim->value_bytes);
	} else {
		memcpy(opaque, claim->value, claim->value_bytes);
		memcpy(opaque + claim->value_bytes, mnt->domain_id, id_bytes);
	}
	ret->opaque = opaque;
	ret->size = id_bytes + separated + claim->value_bytes;
	return 0;
}

/* Takes @fp over when it succeeds. */
static struct erofs_shared_inode *new_shared(struct erofs_domain *dom,
	const struct erofs_inode_fingerprint *fp, const struct erofs_inode *inode,
	uint32_t value_bytes)
{
	struct erofs_shared_inode *shared = calloc(1, sizeof(*shared));

	if (!shared)
		return NULL;
	erofs_mapping_init(&shared->mapping);
	erofs_list_init(&shared->ishare_list);
	shared->fingerprint = *fp;
	shared->size_bytes = inode->size_bytes;
	shared->share_class = erofs_ishare_class_of(inode);
	shared->value_bytes = value_bytes;
	if (erofs_table_add(&dom->shared, hash_fingerprint(fp), shared) < 0) {
		free(shared);
		return NULL;
	}
	dom->stats.shared_inodes++;
	return shared;
}

/* May @ino, whose key is the shared inode's, be a member? */
static bool admits(const struct erofs_shared_inode *shared, const struct erofs_domain_inode *ino,
	uint32_t value_bytes)
{
	struct erofs_domain *dom = ino->mnt->dom;
	bool ruled = dom->options.rules != EROFS_DOMAIN_RULES_SEED;

	if (ruled && shared->size_bytes != ino->inode.size_bytes) {
		dom->stats.size_mismatches++;
		return false;
	}
	if (ruled && shared->share_class != erofs_ishare_class_of(&ino->inode)) {
		dom->stats.class_mismatches++;
		return false;
	}
	if (shared->value_bytes == value_bytes)
		return true;
	/* Another split of the same key: two domains that meet by accident. What was verified then
	 * are two different values. */
	dom->stats.key_collisions++;
	return !dom->options.verify;
}

static void add_member(struct erofs_shared_inode *shared, struct erofs_domain_inode *ino)
{
	struct erofs_domain_stats *stats = &ino->mnt->dom->stats;

	ino->shared = shared;
	erofs_list_add_after(&shared->ishare_list, &ino->ishare_link);
	stats->members++;
	stats->groups += ++shared->member_count == 2;
}

/* Finds or makes the shared inode for @fp, which it takes over, and joins it if that is allowed. */
static int join(struct erofs_domain_inode *ino, struct erofs_inode_fingerprint *fp,
	uint32_t value_bytes)
{
	struct erofs_domain *dom = ino->mnt->dom;
	bool warn = false;
	struct erofs_shared_inode *shared;
	uint64_t size_bytes;

	pthread_mutex_lock(&dom->lock);
	shared = erofs_table_find(&dom->shared, hash_fingerprint(fp), fp);
	if (shared)
		free(fp->opaque);
	else
		shared = new_shared(dom, fp, &ino->inode, value_bytes);
	if (!shared) {
		pthread_mutex_unlock(&dom->lock);
		free(fp->opaque);
		return -ENOMEM;
	}
	size_bytes = shared->size_bytes;
	if (admits(shared, ino, value_bytes))
		add_member(shared, ino);
	else
		warn = size_bytes != ino->inode.size_bytes;
	pthread_mutex_unlock(&dom->lock);
	if (warn)
		erofs_say(&dom->report.report, EROFS_LEVEL_WARNING,
			"%s: nid %" PRIu64 ": size %" PRIu64 " but %" PRIu64
			" under the same fingerprint, not shared",
			erofs_image_path(ino->mnt->img), ino->inode.nid, ino->inode.size_bytes,
			size_bytes);
	return 0;
}

/* ---- verification ---- */

enum verdict { VERDICT_TRUE, VERDICT_FORGED, VERDICT_UNVERIFIABLE };

/* A hole of an exabyte takes no room in an image and centuries to hash. */
static bool plausible(const struct erofs_domain_inode *ino)
{
	uint64_t image_bytes = erofs_image_size_bytes(ino->mnt->img);

	return ino->inode.size_bytes <= (1ull << 40) ||
	       ino->inode.size_bytes / 64 <= image_bytes;
}

static int hash_content(struct erofs_domain_inode *ino, struct erofs_reader *rd,
	enum erofs_digest_algorithm algorithm, uint8_t ret[EROFS_DIGEST_MAX_BYTES])
{
	struct erofs_digest_set set;
	int r;

	erofs_digest_set_init(&set);
	r = erofs_content_digest(rd, &ino->inode, &set, algorithm, ret);
	erofs_digest_set_fini(&set);
	return r;
}

static int judge(struct erofs_domain_inode *ino, struct erofs_reader *rd,
	const struct erofs_ishare_claim *claim, enum verdict *ret)
{
	uint8_t stored[EROFS_DIGEST_MAX_BYTES], computed[EROFS_DIGEST_MAX_BYTES];
	enum erofs_digest_algorithm algorithm;
	enum erofs_fingerprint_form form =
		erofs_fingerprint_parse(claim->value, claim->value_bytes, &algorithm, stored);
	int r;

	*ret = VERDICT_UNVERIFIABLE;
	if ((form != EROFS_FINGERPRINT_RAW && form != EROFS_FINGERPRINT_HEX) || !plausible(ino))
		return 0;
	r = hash_content(ino, rd, algorithm, computed);
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	*ret = memcmp(stored, computed, erofs_digest_size_bytes(algorithm)) ? VERDICT_FORGED :
									     VERDICT_TRUE;
	return 0;
}

static void count_verdict(struct erofs_domain_inode *ino, enum verdict verdict)
{
	struct erofs_domain *dom = ino->mnt->dom;

	pthread_mutex_lock(&dom->lock);
	dom->stats.verified_inodes += verdict == VERDICT_TRUE;
	dom->stats.forged_inodes += verdict == VERDICT_FORGED;
	dom->stats.unverifiable_inodes += verdict == VERDICT_UNVERIFIABLE;
	if (verdict != VERDICT_UNVERIFIABLE)
		dom->stats.verified_bytes += ino->inode.size_bytes;
	pthread_mutex_unlock(&dom->lock);
	if (verdict == VERDICT_FORGED)
		erofs_say(&dom->report.report, EROFS_LEVEL_WARNING,
			"%s: nid %" PRIu64 ": content does not have its fingerprint, not shared",
			erofs_image_path(ino->mnt->img), ino->inode.nid);
}

static int is_trusted(struct erofs_domain_inode *ino, struct erofs_reader *rd,
	const struct erofs_ishare_claim *claim, bool *ret)
{
	enum verdict verdict = VERDICT_TRUE;
	int r;

	if (ino->mnt->dom->options.verify) {
		r = judge(ino, rd, claim, &verdict);
		if (r < 0)
			return r;
		count_verdict(ino, verdict);
	}
	*ret = verdict == VERDICT_TRUE;
	return 0;
}

/* ---- joining and leaving ---- */

static void count_inode(struct erofs_domain_inode *ino, const struct erofs_ishare_claim *claim)
{
	struct erofs_domain *dom = ino->mnt->dom;

	if (!ino->inode.size_bytes)
		return;
	pthread_mutex_lock(&dom->lock);
	dom->stats.inodes++;
	dom->stats.tagged += claim->shareable;
	pthread_mutex_unlock(&dom->lock);
}

int erofs_shared_inode_join(struct erofs_domain_inode *ino, struct erofs_reader *rd)
{
	struct erofs_ishare_claim claim = { 0 };
	struct erofs_inode_fingerprint fp;
	bool trusted = false;
	int r = erofs_ishare_claim_read(rd, &ino->inode, &claim);

	/* Attributes that cannot be read are no fingerprint: silently unshared, as in the kernel. */
	if (r == -ENOMEM)
		return r;
	count_inode(ino, &claim);
	r = 0;
	if (ino->mnt->domain_id && claim.shareable)
		r = is_trusted(ino, rd, &claim, &trusted);
	if (trusted)
		r = build_fingerprint(ino->mnt, &claim, &fp);
	if (trusted && r == 0)
		r = join(ino, &fp, claim.value_bytes);
	erofs_ishare_claim_fini(&claim);
	return r;
}

void erofs_shared_inode_leave(struct erofs_domain_inode *ino)
{
	struct erofs_shared_inode *shared = ino->shared;
	struct erofs_domain *dom = ino->mnt->dom;

	if (!shared)
		return;
	ino->shared = NULL;
	erofs_list_remove(&ino->ishare_link);
	dom->stats.members--;
	dom->stats.groups -= shared->member_count-- == 2;
	if (shared->member_count)
		return;
	dom->stats.shared_inodes--;
	erofs_table_remove(&dom->shared, hash_fingerprint(&shared->fingerprint), shared);
	erofs_mapping_drop(&dom->cache, &shared->mapping);
	free(shared->fingerprint.opaque);
	free(shared);
}

struct erofs_domain_inode *erofs_real_inode_get(struct erofs_shared_inode *shared)
{
	/* A reader is a member itself, so there is one. */
	struct erofs_domain_inode *real =
		erofs_list_entry(shared->ishare_list.next, struct erofs_domain_inode, ishare_link);

	real->users++;
	return real;
}

void erofs_real_inode_put(struct erofs_domain_inode *real)
{
	if (!--real->users)
		pthread_cond_broadcast(&real->mnt->dom->changed);
}

int erofs_mount_reader_get(struct erofs_domain_mount *mnt, struct erofs_reader **ret)
{
	struct erofs_reader *rd = NULL;

	pthread_mutex_lock(&mnt->dom->lock);
	if (mnt->idle_count)
		rd = mnt->idle[--mnt->idle_count];
	pthread_mutex_unlock(&mnt->dom->lock);
	if (!rd)
		return erofs_reader_new(mnt->img, ret);
	*ret = rd;
	return 0;
}

void erofs_mount_reader_put(struct erofs_domain_mount *mnt, struct erofs_reader *rd)
{
	pthread_mutex_lock(&mnt->dom->lock);
	if (mnt->idle_count < EROFS_IDLE_READERS) {
		mnt->idle[mnt->idle_count++] = rd;
		rd = NULL;
	}
	pthread_mutex_unlock(&mnt->dom->lock);
	erofs_reader_free(rd);
}
