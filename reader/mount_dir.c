/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Listing a directory in pieces. Nothing is kept between two requests: an offset says where the image goes on,
 * so that any number of directories may be open, read from anywhere, and by several at once. */
#include "mount.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

struct lister {
	const struct mount_listing *what;
	struct mount_place place;
	struct erofs_dir *dir;	/* NULL: of the images */
	struct erofs_dir_entry entry;
	uint64_t offset;	/* of the next name */
};

static void set_name(struct mount_name *ret, const char *name, uint64_t node)
{
	ret->name = name;
	ret->name_bytes = (uint32_t)strlen(name);
	ret->node = node;
	ret->type = EROFS_TYPE_DIRECTORY;
}

/* Offsets among images are numbers: "." and "..", then one for each. */
static int next_image(const struct lister *l, struct mount_name *ret)
{
	const struct mount *m = l->what->m;
	uint32_t i = (uint32_t)l->offset - 2;

	if (l->offset >= (uint64_t)m->image_count + 2)
		return 0;
	ret->next_offset = l->offset + 1;
	if (l->offset < 2)
		set_name(ret, l->offset ? ".." : ".", MOUNT_ROOT_NODE);
	else
		set_name(ret, m->images[i].name,
			mount_node(m, i, erofs_image_super(m->images[i].img)->root_nid));
	return 1;
}

/* The directory of the images is above the root of each. */
static bool leads_to_images(const struct lister *l)
{
	return l->what->m->image_count > 1 && !strcmp(l->entry.name, "..") &&
	       l->place.inode.nid == erofs_image_super(l->place.image->img)->root_nid;
}

/* Inside an image they are positions, moved up by one for the beginning, where a "." may be that is not on the
 * disk. 1, 0 at the end, or a negative errno. */
static int next_name(struct lister *l, struct mount_name *ret)
{
	int r;

	if (!l->dir)
		return next_image(l, ret);
	if (!l->offset && l->place.inode.dot_omitted) {
		ret->next_offset = 1;
		set_name(ret, ".", l->place.node);
		return 1;
	}
	r = erofs_dir_next(l->dir, &l->entry);
	if (r <= 0)
		return r;
	ret->next_offset = erofs_dir_position(l->dir) + 1;
	ret->name = l->entry.name;
	ret->name_bytes = l->entry.name_bytes;
	ret->type = l->entry.type;
	ret->node = leads_to_images(l) ? MOUNT_ROOT_NODE :
					 mount_node(l->what->m, l->place.image_index, l->entry.nid);
	return 1;
}

static bool is_dots(const struct mount_name *n)
{
	return n->name[0] == '.' && (n->name_bytes == 1 || (n->name_bytes == 2 && n->name[1] == '.'));
}

/* A name whose inode is damaged is listed all the same: looking it up will say so. */
static size_t put_plus(struct lister *l, const struct mount_name *name, void *at, size_t room)
{
	const struct mount *m = l->what->m;
	struct mount_place other = { 0 };
	struct erofs_inode inode;
	bool good = false;

	if (!is_dots(name) && name->node && !l->place.image) {
		good = mount_enter(m, name->node, &other) == 0;
		inode = other.inode;
		mount_leave(&other);
	} else if (!is_dots(name) && name->node) {
		good = erofs_inode_read(l->place.rd, l->entry.nid, &inode) == 0;
	}
	return mount_wire_name_plus(name, good ? &inode : NULL, m, at, room);
}

/* An error behind other names is met again by who goes on there. */
static ssize_t fill(struct lister *l, uint8_t *buffer, size_t size)
{
	struct mount_name name;
	size_t used = 0, n;
	int r;

	while ((r = next_name(l, &name)) > 0) {
		n = l->what->plus ? put_plus(l, &name, buffer + used, size - used) :
				    mount_wire_name(&name, buffer + used, size - used);
		/* None at all would mean the end. */
		if (!n && !used)
			return -EINVAL;
		if (!n)
			break;
		used += n;
		l->offset = name.next_offset;
	}
	return r < 0 && !used ? r : (ssize_t)used;
}

static int open_directory(struct lister *l)
{
	int r;

	if (!l->place.image)
		return 0;
	r = erofs_dir_open(l->place.rd, &l->place.inode, &l->dir);
	if (r == 0 && l->offset)
		erofs_dir_seek(l->dir, l->offset - 1);
	return r;
}

ssize_t mount_list(const struct mount_listing *what, void *buffer, size_t size)
{
	struct lister l = { .what = what, .offset = what->offset };
	ssize_t n = mount_enter(what->m, what->node, &l.place);

	if (n < 0)
		return n;
	n = open_directory(&l);
	if (n == 0)
		n = fill(&l, buffer, size);
	erofs_dir_close(l.dir);
	mount_leave(&l.place);
	return n;
}
