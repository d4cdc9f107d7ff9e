/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A FUSE mount of one image, or of several as directories of one file system. Requests come from several
 * threads; each takes a reader of its image for as long as it works. */
#ifndef READER_MOUNT_H
#define READER_MOUNT_H

#include <pthread.h>
#include <sys/types.h>
#include "reader.h"

/* As many as threads stay when there is little to do; more are kept as long as they work. */
#define MOUNT_IDLE_READERS 10u
/* The images of one mount: what inode numbers have room for. */
#define MOUNT_IMAGES_MAX 0xFFFEu

struct mount_image {
	char *name;			   /* its directory when there are several; owned */
	struct erofs_image *img;
	struct erofs_domain_mount *shared; /* NULL: the image carries no fingerprints */
	pthread_mutex_t lock;		   /* around what follows */
	struct erofs_reader *idle[MOUNT_IDLE_READERS]; /* that no request uses; owned */
	size_t idle_count;
};

struct mount {
	const struct reader_options *options;
	const struct erofs_report *report;
	struct mount_image *images;
	uint32_t image_count;
	struct erofs_domain *domain;
	uid_t uid; /* who owns the directory of the images */
	gid_t gid;
	/* What the kernel was found to be able to when the session began: */
	bool no_open, no_opendir; /* to open without asking */
};

/* An inode and a reader to work on it. */
struct mount_place {
	struct mount_image *image; /* NULL: the directory of the images */
	uint32_t image_index;
	uint64_t node;
	struct erofs_reader *rd;
	struct erofs_inode inode;
};

#define MOUNT_ROOT_NODE 1u

/* Node numbers, which are also inode numbers: of one image nid + 1, of several with the image in the upper
 * bits. 0 when a nid has none (no file can be that large). */
uint64_t mount_node(const struct mount *m, uint32_t image, uint64_t nid);
/* The way back. -ESTALE for a number that is none. Not for the directory of the images. */
int mount_resolve(const struct mount *m, uint64_t node, uint32_t *ret_image, uint64_t *ret_nid);
/* The image of this name; false when there is none. */
bool mount_find_image(const struct mount *m, const char *name, uint32_t *ret_image);

/* Reads the inode of @node. To be left by the thread that has entered. 0 or a negative errno. */
int mount_enter(const struct mount *m, uint64_t node, struct mount_place *ret);
void mount_leave(struct mount_place *place);
/* The inode that @name is in the directory @place. -ENOENT. */
int mount_look_up(const struct mount *m, struct mount_place *place, const char *name,
	struct erofs_inode *ret, uint64_t *ret_node);
/* As erofs_data_read: through the domain when the file shares, else from the image. */
ssize_t mount_read(struct mount_place *place, uint64_t offset, void *buffer, size_t size);
/* The next data at or behind @offset of a regular file, or with @hole the next hole, of which the end of the file
 * is one. -ENXIO at and past the end, and when there is no data any more. */
int mount_seek(struct mount_place *place, uint64_t offset, bool hole, uint64_t *ret);

/* Serves what is open until it is unmounted. An exit status; says what went wrong. */
int mount_serve(struct mount *m);

/* Replies in the form of the kernel's protocol: libfuse's own would hand over structures that have another
 * size where time_t has. Each returns the bytes written. */
#define MOUNT_WIRE_BYTES 256u
size_t mount_wire_attr(const struct erofs_inode *inode, const struct mount *m, uint64_t node,
	void *ret);
/* @inode NULL: there is no such name. */
size_t mount_wire_entry(const struct erofs_inode *inode, const struct mount *m, uint64_t node,
	void *ret);

struct mount_name {
	const char *name;
	uint32_t name_bytes;
	uint64_t node;
	enum erofs_file_type type;
	uint64_t next_offset; /* where the listing goes on behind it */
};
/* 0 when @room bytes are too few. */
size_t mount_wire_name(const struct mount_name *name, void *ret, size_t room);
/* With what a look-up of it would give; @inode NULL: only the name, which is not looked up. */
size_t mount_wire_name_plus(const struct mount_name *name, const struct erofs_inode *inode,
	const struct mount *m, void *ret, size_t room);

/* A listing of a directory, or the rest of one. */
struct mount_listing {
	const struct mount *m;
	uint64_t node;
	uint64_t offset; /* 0, or the next_offset of a name; anything else finds some name, or the end */
	bool plus;
};
/* Fills up to @size bytes at @buffer with names: the bytes, 0 at the end, or a negative errno; -EINVAL when
 * there is no room for one. */
ssize_t mount_list(const struct mount_listing *what, void *buffer, size_t size);

#endif
