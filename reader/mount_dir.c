/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Listing a directory in pieces. An offset is the number of names before it, so that it stays good; a
 * listing keeps its place, so that reading on costs nothing. */
#include "mount.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct mount_listing {
	const struct mount *m;
	pthread_mutex_t lock;	  /* two threads may read from one descriptor */
	struct mount_place place;
	struct erofs_dir *dir;	  /* NULL: at the beginning */
	uint64_t position;	  /* names before the next one */
	bool held;		  /* @entry was read, but found no room */
	struct erofs_dir_entry entry;
	int failed;		  /* what a name behind others met, told when these are delivered */
};

int mount_listing_open(const struct mount *m, uint64_t node, struct mount_listing **ret)
{
	struct mount_listing *l = calloc(1, sizeof(*l));
	int r = l ? mount_enter(m, node, &l->place) : -ENOMEM;

	if (r == 0 && !S_ISDIR(l->place.inode.mode)) {
		mount_leave(&l->place);
		r = -ENOTDIR;
	}
	if (r < 0) {
		free(l);
		return r;
	}
	l->m = m;
	pthread_mutex_init(&l->lock, NULL);
	*ret = l;
	return 0;
}

static void rewind_listing(struct mount_listing *l)
{
	erofs_dir_close(l->dir);
	l->dir = NULL;
	l->position = 0;
	l->held = false;
	l->failed = 0;
}

void mount_listing_close(struct mount_listing *l)
{
	rewind_listing(l);
	mount_leave(&l->place);
	pthread_mutex_destroy(&l->lock);
	free(l);
}

static void set_name(struct mount_name *ret, const char *name, uint64_t node)
{
	ret->name = name;
	ret->name_bytes = (uint32_t)strlen(name);
	ret->node = node;
	ret->type = EROFS_TYPE_DIRECTORY;
}

static int next_image(struct mount_listing *l, struct mount_name *ret)
{
	uint32_t i = (uint32_t)l->position - 2;

	if (l->position >= (uint64_t)l->m->image_count + 2)
		return 0;
	if (l->position < 2)
		set_name(ret, l->position ? ".." : ".", MOUNT_ROOT_NODE);
	else
		set_name(ret, l->m->images[i].name,
			mount_node(l->m, i, erofs_image_super(l->m->images[i].img)->root_nid));
	return 1;
}

/* The name at the place, which stays there. 1, 0 at the end, or a negative errno. */
static int next_name(struct mount_listing *l, struct mount_name *ret)
{
	int r = 1;

	ret->next_offset = l->position + 1;
	if (!l->place.image)
		return next_image(l, ret);
	if (!l->position && l->place.inode.dot_omitted) {
		set_name(ret, ".", l->place.node);
		return 1;
	}
	if (!l->dir)
		r = erofs_dir_open(l->place.rd, &l->place.inode, &l->dir);
	if (r >= 0 && !l->held)
		r = erofs_dir_next(l->dir, &l->entry);
	if (r <= 0 && !l->held)
		return r;
	l->held = true;
	ret->name = l->entry.name;
	ret->name_bytes = l->entry.name_bytes;
	ret->node = mount_node(l->m, l->place.image_index, l->entry.nid);
	ret->type = l->entry.type;
	return 1;
}

static void step(struct mount_listing *l)
{
	l->held = false;
	l->position++;
}

static int seek_to(struct mount_listing *l, uint64_t offset)
{
	struct mount_name name;
	int r = 1;

	if (offset < l->position)
		rewind_listing(l);
	while (l->position < offset && (r = next_name(l, &name)) > 0)
		step(l);
	return r < 0 ? r : 0;
}

static bool is_dots(const struct mount_name *n)
{
	return n->name[0] == '.' && (n->name_bytes == 1 || (n->name_bytes == 2 && n->name[1] == '.'));
}

/* A name whose inode is damaged is listed all the same: looking it up will say so. */
static size_t put_plus(struct mount_listing *l, const struct mount_name *name, void *at, size_t room)
{
	struct mount_place other = { 0 };
	struct erofs_inode inode;
	bool good = false;

	if (!is_dots(name) && name->node && !l->place.image) {
		good = mount_enter(l->m, name->node, &other) == 0;
		inode = other.inode;
		mount_leave(&other);
	} else if (!is_dots(name) && name->node) {
		good = erofs_inode_read(l->place.rd, l->entry.nid, &inode) == 0;
	}
	return mount_wire_name_plus(name, good ? &inode : NULL, l->m, at, room);
}

static ssize_t fill(struct mount_listing *l, bool plus, uint8_t *buffer, size_t size)
{
	struct mount_name name;
	size_t used = 0, n;
	int r = l->failed;

	while (r >= 0 && (r = next_name(l, &name)) > 0) {
		n = plus ? put_plus(l, &name, buffer + used, size - used) :
			   mount_wire_name(&name, buffer + used, size - used);
		if (!n)
			break;
		used += n;
		step(l);
	}
	l->failed = r < 0 ? r : 0;
	return r < 0 && !used ? r : (ssize_t)used;
}

ssize_t mount_listing_read(struct mount_listing *l, uint64_t offset, bool plus, void *buffer,
	size_t size)
{
	ssize_t n;

	pthread_mutex_lock(&l->lock);
	n = offset == l->position ? 0 : seek_to(l, offset);
	if (n == 0)
		n = fill(l, plus, buffer, size);
	pthread_mutex_unlock(&l->lock);
	return n;
}
