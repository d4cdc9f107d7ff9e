/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers of inodes, and readers for them. Numbers are computed, not handed out: nothing has to be kept
 * for what the kernel remembers, and they are the same on every mount. */
#include "mount.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

/* Several images: 16 bits of image, from 1, one for the metabox, 47 of nid: 4 PiB of image. */
#define IMAGE_SHIFT 48
#define METABOX_BIT (UINT64_C(1) << 47)
#define NID_MASK (METABOX_BIT - 1)
#define METABOX_NID (UINT64_C(1) << 63)

static uint64_t root_nid_of(const struct mount *m, uint32_t image)
{
	return erofs_image_super(m->images[image].img)->root_nid;
}

/* The root is 1 to the kernel, whatever its nid: it changes places with nid 0. */
static uint64_t swap_root(const struct mount *m, uint64_t nid)
{
	uint64_t root = root_nid_of(m, 0);

	return nid == root ? 0 : nid == 0 ? root : nid;
}

uint64_t mount_node(const struct mount *m, uint32_t image, uint64_t nid)
{
	if (m->image_count == 1)
		return swap_root(m, nid) + 1;
	if (nid & ~(METABOX_NID | NID_MASK))
		return 0;
	return ((uint64_t)image + 1) << IMAGE_SHIFT | (nid & METABOX_NID ? METABOX_BIT : 0) |
	       (nid & NID_MASK);
}

int mount_resolve(const struct mount *m, uint64_t node, uint32_t *ret_image, uint64_t *ret_nid)
{
	uint64_t image = node >> IMAGE_SHIFT;

	if (m->image_count == 1) {
		*ret_image = 0;
		*ret_nid = swap_root(m, node - 1);
		return node ? 0 : -ESTALE;
	}
	if (!image || image > m->image_count)
		return -ESTALE;
	*ret_image = (uint32_t)image - 1;
	*ret_nid = (node & NID_MASK) | (node & METABOX_BIT ? METABOX_NID : 0);
	return 0;
}

bool mount_find_image(const struct mount *m, const char *name, uint32_t *ret_image)
{
	for (uint32_t i = 0; i < m->image_count; i++) {
		if (!m->images[i].name || strcmp(m->images[i].name, name))
			continue;
		*ret_image = i;
		return true;
	}
	return false;
}

static int take_reader(struct mount_image *image, struct erofs_reader **ret)
{
	struct erofs_reader *rd = NULL;

	pthread_mutex_lock(&image->lock);
	/* The last one given back: its buffers are warm. */
	if (image->idle_count)
		rd = image->idle[--image->idle_count];
	pthread_mutex_unlock(&image->lock);
	if (!rd)
		return erofs_reader_new(image->img, ret);
	*ret = rd;
	return 0;
}

static void give_reader(struct mount_image *image, struct erofs_reader *rd)
{
	bool kept;

	pthread_mutex_lock(&image->lock);
	kept = image->idle_count < MOUNT_IDLE_READERS;
	if (kept)
		image->idle[image->idle_count++] = rd;
	pthread_mutex_unlock(&image->lock);
	if (!kept)
		erofs_reader_free(rd);
}

/* As old as the newest image in it. */
static void make_top(const struct mount *m, struct erofs_inode *ret)
{
	*ret = (struct erofs_inode){ .mode = S_IFDIR | 0555, .nlink = 2 + m->image_count,
		.uid = m->uid, .gid = m->gid };
	for (uint32_t i = 0; i < m->image_count; i++) {
		const struct erofs_super *super = erofs_image_super(m->images[i].img);
		int64_t made = super->epoch_seconds;

		if (__builtin_add_overflow(made, (int64_t)super->build_time_seconds, &made))
			made = 0;
		if (!i || made > ret->mtime_seconds)
			ret->mtime_seconds = made;
	}
}

int mount_enter(const struct mount *m, uint64_t node, struct mount_place *ret)
{
	struct mount_place place = { .node = node };
	uint64_t nid;
	int r;

	if (m->image_count > 1 && node == MOUNT_ROOT_NODE) {
		make_top(m, &place.inode);
		*ret = place;
		return 0;
	}
	r = mount_resolve(m, node, &place.image_index, &nid);
	if (r < 0)
		return r;
	place.image = &m->images[place.image_index];
	r = take_reader(place.image, &place.rd);
	if (r < 0)
		return r;
	r = erofs_inode_read(place.rd, nid, &place.inode);
	if (r < 0)
		mount_leave(&place);
	else
		*ret = place;
	return r;
}

void mount_leave(struct mount_place *place)
{
	if (place->rd)
		give_reader(place->image, place->rd);
	place->rd = NULL;
}

static int look_up_image(const struct mount *m, const char *name, struct erofs_inode *ret,
	uint64_t *ret_node)
{
	struct mount_place root;
	uint32_t image;
	int r;

	if (!mount_find_image(m, name, &image))
		return -ENOENT;
	r = mount_enter(m, mount_node(m, image, root_nid_of(m, image)), &root);
	if (r < 0)
		return r;
	*ret = root.inode;
	*ret_node = root.node;
	mount_leave(&root);
	return 0;
}

int mount_look_up(const struct mount *m, struct mount_place *place, const char *name,
	struct erofs_inode *ret, uint64_t *ret_node)
{
	struct erofs_dir_entry entry;
	size_t name_bytes = strlen(name);
	int r;

	if (name_bytes > 255)
		return -ENAMETOOLONG;
	if (!place->image)
		return look_up_image(m, name, ret, ret_node);
	r = erofs_dir_lookup(place->rd, &place->inode, name, (uint32_t)name_bytes, &entry);
	if (r == 0)
		r = erofs_inode_read(place->rd, entry.nid, ret);
	if (r < 0)
		return r;
	*ret_node = mount_node(m, place->image_index, ret->nid);
	return *ret_node ? 0 : -EOVERFLOW;
}

ssize_t mount_read(struct mount_place *place, uint64_t offset, void *buffer, size_t size)
{
	struct erofs_domain_file *file;
	ssize_t n = 0;
	bool shares;
	int r;

	if (!place->image->shared || !S_ISREG(place->inode.mode))
		return erofs_data_read(place->rd, &place->inode, offset, buffer, size);
	/* A file of the domain belongs to its reader, hence to this request. */
	r = erofs_domain_open(place->image->shared, place->rd, place->inode.nid, &file);
	if (r < 0)
		return r;
	shares = erofs_domain_file_shares(file);
	if (shares)
		n = erofs_domain_read(file, offset, buffer, size);
	erofs_domain_close(file);
	return shares ? n : erofs_data_read(place->rd, &place->inode, offset, buffer, size);
}

/* Only chunks have holes that are worth to be told: what others leave out is within a few blocks, or takes as long
 * to decode. */
int mount_seek(struct mount_place *place, uint64_t offset, bool hole, uint64_t *ret)
{
	const struct erofs_inode *inode = &place->inode;
	struct erofs_extent extent;
	int r;

	if (!S_ISREG(inode->mode))
		return -EINVAL;
	if (offset >= inode->size_bytes)
		return -ENXIO;
	if (inode->layout != EROFS_LAYOUT_CHUNK_BASED) {
		*ret = hole ? inode->size_bytes : offset;
		return 0;
	}
	while ((r = erofs_map_at(place->rd, inode, offset, &extent)) > 0) {
		if ((extent.kind == EROFS_EXTENT_HOLE) == hole)
			break;
		offset = extent.logical + extent.length;
	}
	if (r < 0 || (r == 0 && !hole))
		return r < 0 ? r : -ENXIO;
	*ret = offset < inode->size_bytes ? offset : inode->size_bytes;
	return 0;
}
