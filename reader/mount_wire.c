/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inodes and names as the kernel's FUSE protocol has them. */
#include "mount.h"

#include <linux/fuse.h>
#include <string.h>
#include <sys/stat.h>

/* An image does not change, so that what was said holds: 34 years. */
#define VALID_SECONDS (UINT64_C(1) << 30)

/* The kernel's 32-bit form of a device number. */
static uint32_t encode_rdev(const struct erofs_inode *inode)
{
	if (!S_ISCHR(inode->mode) && !S_ISBLK(inode->mode))
		return 0;
	return (inode->rdev_minor & 0xff) | inode->rdev_major << 8 |
	       (inode->rdev_minor & ~UINT32_C(0xff)) << 12;
}

static uint32_t block_size_of(const struct mount *m, uint64_t node)
{
	uint32_t image;
	uint64_t nid;

	if (m->image_count > 1 && node == MOUNT_ROOT_NODE)
		return 4096;
	if (mount_resolve(m, node, &image, &nid) < 0)
		return 4096;
	return erofs_image_super(m->images[image].img)->block_size_bytes;
}

static void fill_attr(const struct erofs_inode *inode, const struct mount *m, uint64_t node,
	struct fuse_attr *ret)
{
	uint32_t block_bytes = block_size_of(m, node);
	uint64_t blocks = inode->size_bytes / block_bytes + (inode->size_bytes % block_bytes != 0);
	uint32_t nsec = inode->mtime_nsec < 1000000000 ? inode->mtime_nsec : 999999999;

	*ret = (struct fuse_attr){
		.ino = node,
		.size = inode->size_bytes,
		.blocks = blocks * (block_bytes / 512),
		.atime = (uint64_t)inode->mtime_seconds,
		.mtime = (uint64_t)inode->mtime_seconds,
		.ctime = (uint64_t)inode->mtime_seconds,
		.atimensec = nsec,
		.mtimensec = nsec,
		.ctimensec = nsec,
		.mode = inode->mode,
		.nlink = inode->nlink,
		.uid = inode->uid,
		.gid = inode->gid,
		.rdev = encode_rdev(inode),
		.blksize = block_bytes,
	};
}

size_t mount_wire_attr(const struct erofs_inode *inode, const struct mount *m, uint64_t node,
	void *ret)
{
	struct fuse_attr_out out = { .attr_valid = VALID_SECONDS };

	_Static_assert(sizeof(out) <= MOUNT_WIRE_BYTES, "attributes fit");
	fill_attr(inode, m, node, &out.attr);
	memcpy(ret, &out, sizeof(out));
	return sizeof(out);
}

static void fill_entry(const struct erofs_inode *inode, const struct mount *m, uint64_t node,
	struct fuse_entry_out *ret)
{
	*ret = (struct fuse_entry_out){ .entry_valid = VALID_SECONDS };
	if (!inode)
		return;
	ret->nodeid = node;
	ret->attr_valid = VALID_SECONDS;
	fill_attr(inode, m, node, &ret->attr);
}

size_t mount_wire_entry(const struct erofs_inode *inode, const struct mount *m, uint64_t node,
	void *ret)
{
	struct fuse_entry_out out;

	_Static_assert(sizeof(out) <= MOUNT_WIRE_BYTES, "an entry fits");
	fill_entry(inode, m, node, &out);
	memcpy(ret, &out, sizeof(out));
	return sizeof(out);
}

/* DT_ values: the type bits of a mode, moved down. */
static uint32_t dirent_type(enum erofs_file_type type)
{
	static const mode_t modes[] = {
		[EROFS_TYPE_REGULAR] = S_IFREG, [EROFS_TYPE_DIRECTORY] = S_IFDIR,
		[EROFS_TYPE_CHAR] = S_IFCHR,	[EROFS_TYPE_BLOCK] = S_IFBLK,
		[EROFS_TYPE_FIFO] = S_IFIFO,	[EROFS_TYPE_SOCKET] = S_IFSOCK,
		[EROFS_TYPE_SYMLINK] = S_IFLNK,
	};

	return (unsigned int)type < sizeof(modes) / sizeof(modes[0]) ?
		       (uint32_t)modes[type] >> 12 : 0;
}

/* The record, the name and zeros up to a multiple of 8 behind @skip bytes that are there. */
static size_t put_name(const struct mount_name *name, size_t skip, void *ret, size_t room)
{
	const struct fuse_dirent record = { .ino = name->node, .off = name->next_offset,
		.namelen = name->name_bytes, .type = dirent_type(name->type) };
	size_t bytes = skip + FUSE_NAME_OFFSET + name->name_bytes;
	size_t padded = FUSE_DIRENT_ALIGN(bytes);
	uint8_t *at = (uint8_t *)ret + skip;

	if (padded > room)
		return 0;
	memcpy(at, &record, FUSE_NAME_OFFSET);
	memcpy(at + FUSE_NAME_OFFSET, name->name, name->name_bytes);
	memset((uint8_t *)ret + bytes, 0, padded - bytes);
	return padded;
}

size_t mount_wire_name(const struct mount_name *name, void *ret, size_t room)
{
	return put_name(name, 0, ret, room);
}

size_t mount_wire_name_plus(const struct mount_name *name, const struct erofs_inode *inode,
	const struct mount *m, void *ret, size_t room)
{
	struct fuse_entry_out entry;
	size_t n = put_name(name, sizeof(entry), ret, room);

	if (!n)
		return 0;
	fill_entry(inode, m, name->node, &entry);
	memcpy(ret, &entry, sizeof(entry));
	return n;
}
