/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* The walk through each image. What an image says of itself is not believed: names, types and sizes are
 * checked as they are decoded, content is read like that of any file, and a fingerprint in it is a claim
 * that is dropped unless the caller trusts the image. */
#include "source/image.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <erofs/data.h>
#include <erofs/ishare.h>
#include <erofs/walk.h>

#include "base/cleanup.h"
#include "base/math.h"
#include "base/report.h"
#include "source/carried.h"
#include "source/xattr_image.h"

#define PROGRESS_STEP 1024u
#define NSEC_PER_SEC 1000000000u
/* More content than this and so many times the image exists only in an image made to keep us busy. */
#define CONTENT_FREE_BYTES ((uint64_t)1 << 40)
#define CONTENT_FACTOR 64u

/* An inode that may be met again: by another name, as it should be, or in spite of a count of one. */
struct known_file {
	uint64_t nid;
	struct erofs_node *node;
};

struct scan {
	struct erofs_graft *graft;
	struct erofs_loader *loader;
	struct erofs_images *images;
	size_t index;			/* of the image in hand */
	struct erofs_image *img;
	struct erofs_reader *rd;
	uint64_t content_bytes, content_limit;
	struct erofs_table known_files;
	struct erofs_arena arena;	/* of those; starts over with each image */
};

static bool same_nid(const void *entry, const void *key)
{
	return ((const struct known_file *)entry)->nid == *(const uint64_t *)key;
}

__attribute__((format(printf, 4, 5)))
static int fail_at(const struct scan *scan, const struct erofs_walk_entry *entry, int error,
	const char *format, ...)
{
	return erofs_fail_in(scan->loader->tree->report, error, format, "%s: %s",
		erofs_image_path(scan->img), entry->path);
}

/* The claim of a file, when the caller trusts the image and it is of the form that we would write. */
static int take_claim(struct scan *scan, const struct erofs_walk_entry *entry, struct erofs_node *node)
{
	const char *wanted = scan->loader->options->trust_algorithm;
	enum erofs_digest_algorithm algorithm = EROFS_DIGEST_NONE;
	uint8_t digest[EROFS_DIGEST_MAX_BYTES];
	struct erofs_ishare_claim claim;
	int r;

	if (!wanted || !erofs_ishare_xattr_name(scan->img))
		return 0;
	r = erofs_ishare_claim_read(scan->rd, entry->inode, &claim);
	if (r < 0)
		return r;
	if (claim.count == 1 && claim.shareable &&
	    erofs_fingerprint_parse(claim.value, claim.value_bytes, &algorithm, digest) ==
		    EROFS_FINGERPRINT_RAW && algorithm == erofs_digest_by_name(wanted)) {
		node->trusted_fingerprint = erofs_arena_copy(&scan->loader->tree->arena, claim.value,
			claim.value_bytes);
		r = node->trusted_fingerprint ? 0 : -ENOMEM;
	}
	erofs_ishare_claim_fini(&claim);
	return r;
}

/* ---- content ---- */

static uint32_t bits_for(uint64_t size, uint32_t least)
{
	while (least < 63 && ((uint64_t)1 << least) < size)
		least++;
	return least;
}

/* An index names each chunk, so the array of the source must be in the image: else a few bytes could make
 * us write very many. The last record is read for that. */
static int check_array(struct scan *scan, const struct erofs_walk_entry *entry)
{
	struct erofs_extent extent;
	int r = erofs_map_at(scan->rd, entry->inode, entry->inode->size_bytes - 1, &extent);

	return r < 0 ? r : 0;
}

/* Chunks of another device can be said of whole blocks; not of what is compressed or stands behind an inode. */
static int refer(struct scan *scan, const struct erofs_walk_entry *entry, struct erofs_node *node)
{
	const struct erofs_inode *inode = entry->inode;
	uint32_t block_bits = erofs_image_super(scan->img)->block_bits;
	int r;

	switch (inode->layout) {
	case EROFS_LAYOUT_FLAT_PLAIN:
		node->referred_bits = (uint8_t)bits_for(inode->size_bytes, block_bits);
		break;
	case EROFS_LAYOUT_CHUNK_BASED:
		r = check_array(scan, entry);
		if (r < 0)
			return r;
		node->referred_bits = (uint8_t)(block_bits +
			(inode->chunk_format & EROFS_CHUNK_BITS_MASK));
		break;
	default:
		return fail_at(scan, entry, -EOPNOTSUPP, "unsupported datalayout %d: compressed files "
			"and inline tails need --clean=data", (int)inode->layout);
	}
	return take_claim(scan, entry, node);
}

static struct known_file *find_known(const struct scan *scan, uint64_t nid)
{
	return erofs_table_find(&scan->known_files, erofs_hash_pair(nid, 0), &nid);
}

static int remember(struct scan *scan, uint64_t nid, struct erofs_node *node)
{
	struct known_file *file = erofs_arena_alloc(&scan->arena, sizeof(*file));

	if (!file)
		return -ENOMEM;
	*file = (struct known_file){ nid, node };
	return erofs_table_add(&scan->known_files, erofs_hash_pair(nid, 0), file);
}

static void copy_judgement(struct erofs_node *node, const struct erofs_node *from)
{
	node->carried = from->carried;
	node->carried_algorithm = from->carried_algorithm;
	node->carried_bytes = from->carried_bytes;
	node->carried_total = from->carried_total;
	node->carried_tail = from->carried_tail;
	node->carried_beyond = from->carried_beyond;
}

/* An index may be long: it is gone through once. */
static int judge_once(struct scan *scan, const struct erofs_walk_entry *entry, struct erofs_node *node)
{
	const struct known_file *known = find_known(scan, entry->nid);
	int r;

	if (known) {
		copy_judgement(node, known->node);
		return 0;
	}
	r = erofs_carried_judge(scan->rd, entry->inode, node, &scan->loader->tree->carried);
	return r < 0 ? r : remember(scan, entry->nid, node);
}

/* The new image has the blocks of the last one, and only pieces of such blocks can become part of it. */
static int judge(struct scan *scan, const struct erofs_walk_entry *entry, struct erofs_node *node)
{
	struct erofs_tree *tree = scan->loader->tree;
	int r = 0;

	tree->summary.compressed_files++;
	if (erofs_image_super(scan->img)->block_bits == tree->summary.block_bits)
		r = judge_once(scan, entry, node);
	if (r < 0 || !node->carried)
		return r;
	tree->summary.carried_files++;
	tree->carried.trusted = scan->loader->options->trust_algorithm != NULL;
	return take_claim(scan, entry, node);
}

static int note_content(struct scan *scan, const struct erofs_walk_entry *entry,
	struct erofs_node *node)
{
	const struct erofs_inode *inode = entry->inode;

	node->source_device = scan->index + 1;
	node->source_inode = inode->nid;
	if (!S_ISREG(inode->mode) || !inode->size_bytes)
		return 0;
	if (erofs_add_overflow(scan->content_bytes, inode->size_bytes, &scan->content_bytes) ||
	    scan->content_bytes > scan->content_limit)
		return fail_at(scan, entry, -EFBIG, "files of more than %" PRIu64 " bytes in an image of %"
			PRIu64, scan->content_limit, erofs_image_size_bytes(scan->img));
	if (scan->loader->options->refer_to_images)
		return refer(scan, entry, node);
	return erofs_ishare_class_of(inode) == EROFS_ISHARE_CLASS_COMPRESSED ? judge(scan, entry, node) : 0;
}

/* ---- entries ---- */

static struct erofs_entry describe(const struct erofs_inode *inode)
{
	return (struct erofs_entry){
		.size_bytes = inode->size_bytes,
		.mtime_seconds = inode->mtime_seconds,
		.mtime_nsec = inode->mtime_nsec,
		.mode = inode->mode,
		.uid = inode->uid,
		.gid = inode->gid,
		.rdev_major = inode->rdev_major,
		.rdev_minor = inode->rdev_minor,
	};
}

/* Overlayfs makes one whiteout and links it to all names that it hides: each is a mark by itself. */
static bool may_have_names(const struct erofs_inode *inode)
{
	bool whiteout = S_ISCHR(inode->mode) && !inode->rdev_major && !inode->rdev_minor;

	return !S_ISDIR(inode->mode) && !whiteout && inode->nlink > 1;
}

static int put(struct scan *scan, const struct erofs_walk_entry *entry)
{
	struct erofs_entry described = describe(entry->inode);
	auto_free char *target = NULL;
	struct erofs_node *node = NULL;
	bool opaque;
	int r;

	r = erofs_image_xattrs(scan->loader, scan->rd, entry->inode, entry->path, &opaque);
	if (r == 0 && opaque && S_ISDIR(entry->inode->mode))
		r = erofs_graft_hide_below(scan->graft, entry->path);

	if (r == 0 && S_ISLNK(entry->inode->mode))
		r = erofs_symlink_read(scan->rd, entry->inode, &target);
	if (r == 0)
		r = erofs_graft_put(scan->graft, entry->path, &described, target, &node);
	if (r < 0 || !node)
		return r;
	r = note_content(scan, entry, node);
	if (r < 0 || !may_have_names(entry->inode) || find_known(scan, entry->nid))
		return r;
	return remember(scan, entry->nid, node);
}

static int put_or_link(struct scan *scan, const struct erofs_walk_entry *entry)
{
	const struct known_file *file = may_have_names(entry->inode) ? find_known(scan, entry->nid) : NULL;

	return file ? erofs_graft_link_node(scan->graft, entry->path, file->node) : put(scan, entry);
}

static int visit(void *user, const struct erofs_walk_entry *entry)
{
	struct scan *scan = user;
	int r;

	if (entry->inode->mtime_nsec >= NSEC_PER_SEC)
		return fail_at(scan, entry, -EUCLEAN, "time with %" PRIu32 " nanoseconds",
			entry->inode->mtime_nsec);
	r = put_or_link(scan, entry);
	if (scan->loader->tree->node_count % PROGRESS_STEP == 0)
		erofs_progress(scan->loader->tree->report, "scanning", scan->loader->tree->node_count, 0);
	return r < 0 ? r : EROFS_WALK_CONTINUE;
}

/* ---- images ---- */

/* Its own single device's name and size, or its UUID and size. */
static void describe_device(const struct erofs_image *img, struct erofs_tree_device *device)
{
	const struct erofs_super *super = erofs_image_super(img);
	uint64_t bytes = erofs_image_size_bytes(img);
	const struct erofs_device *own = NULL;

	if (super->device_count) {
		own = erofs_image_device(img, 0);
		memcpy(device->tag, own->tag, sizeof(device->tag));
		bytes = own->block_count << super->block_bits;
	}
	device->size_bytes = erofs_round_up(bytes, super->block_size_bytes);
	if (*device->tag)
		return;
	for (size_t i = 0; i < sizeof(super->uuid); i++)
		snprintf(device->tag + 2 * i, 3, "%02x", super->uuid[i]);
}

/* Data is on the images themselves, or on one device of each. */
static int check_device_counts(const struct erofs_images *images, const struct erofs_report *report)
{
	uint32_t first = erofs_image_super(erofs_images_get(images, 0))->device_count;

	for (size_t i = 0; i < erofs_images_count(images); i++) {
		const struct erofs_image *img = erofs_images_get(images, i);
		uint32_t count = erofs_image_super(img)->device_count;

		if (count != first || count > 1)
			return erofs_fail(report, -EINVAL, "%s: extra_devices(%" PRIu32
				") is mismatched with source images(%zu): none may have a device, or each one",
				erofs_image_path(img), count, erofs_images_count(images));
	}
	return 0;
}

static int make_devices(struct erofs_tree *tree, const struct erofs_images *images)
{
	size_t count = erofs_images_count(images);
	int r = check_device_counts(images, tree->report);

	if (r < 0)
		return r;
	tree->devices = erofs_arena_alloc(&tree->arena, count * sizeof(*tree->devices));
	if (!tree->devices)
		return -ENOMEM;
	tree->device_count = (uint32_t)count;
	for (size_t i = 0; i < count; i++)
		describe_device(erofs_images_get(images, i), &tree->devices[i]);
	return 0;
}

static uint64_t content_limit(const struct erofs_image *img)
{
	uint64_t size = erofs_image_size_bytes(img);

	if (size > (UINT64_MAX - CONTENT_FREE_BYTES) / CONTENT_FACTOR)
		return UINT64_MAX;
	return CONTENT_FREE_BYTES + CONTENT_FACTOR * size;
}

static int scan_image(struct scan *scan, size_t index)
{
	struct erofs_walk_visitor visitor = { .user = scan, .entry = visit };
	uint64_t root;
	int r;

	scan->index = index;
	scan->img = erofs_images_get(scan->images, index);
	root = erofs_image_super(scan->img)->root_nid;
	scan->content_bytes = 0;
	scan->content_limit = content_limit(scan->img);
	erofs_table_init(&scan->known_files, same_nid);
	erofs_arena_init(&scan->arena);
	r = erofs_images_borrow(scan->images, index, &scan->rd);
	if (r == 0) {
		r = erofs_walk(scan->rd, root, &visitor);
		erofs_reader_free(scan->rd);
	}
	erofs_table_fini(&scan->known_files);
	erofs_arena_fini(&scan->arena);
	return r < 0 ? r : erofs_graft_end_layer(scan->graft);
}

/* What the front end takes over from the sources. */
static int note_summary(struct erofs_tree *tree, const struct erofs_images *images)
{
	struct erofs_tree_summary *summary = &tree->summary;

	for (size_t i = 0; i < erofs_images_count(images); i++) {
		const struct erofs_image *img = erofs_images_get(images, i);
		const char *name = erofs_ishare_xattr_name(img);

		summary->block_bits = erofs_image_super(img)->block_bits;
		if (!name)
			continue;
		summary->ishare_xattr = erofs_arena_string(&tree->arena, name, strlen(name));
		if (!summary->ishare_xattr)
			return -ENOMEM;
	}
	return 0;
}

int erofs_source_image_scan(struct erofs_graft *graft, struct erofs_images *images)
{
	struct scan scan = { .graft = graft, .loader = graft->loader, .images = images };
	struct erofs_tree *tree = graft->loader->tree;
	int r = note_summary(tree, images);

	if (r == 0 && graft->loader->options->refer_to_images)
		r = make_devices(tree, images);
	for (size_t i = 0; r == 0 && i < erofs_images_count(images); i++)
		r = scan_image(&scan, i);
	return r < 0 ? r : erofs_graft_finish(graft);
}
