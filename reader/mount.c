/* SPDX-License-Identifier: GPL-2.0-or-later */
/* read.erofs mount: opens the images, gives them names and, where they carry fingerprints, a place in one
 * sharing domain. */
#include "mount.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The kernel caches what it has read; this is for those who read the same through another image. */
#define DEFAULT_CACHE_BYTES (UINT64_C(64) << 20)

static int name_image(struct mount *m, uint32_t index, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash && slash[1] ? slash + 1 : path;
	size_t room = strlen(base) + 16;
	char *name = malloc(room);
	uint32_t other;

	if (!name)
		return cli_out_of_memory();
	snprintf(name, room, "%s", base);
	for (uint32_t i = 2; mount_find_image(m, name, &other); i++)
		snprintf(name, room, "%s-%u", base, (unsigned int)i);
	m->images[index].name = name;
	return READER_OK;
}

static int share(struct mount *m, uint32_t index)
{
	struct mount_image *image = &m->images[index];

	if (!(erofs_image_super(image->img)->compat & EROFS_COMPAT_ISHARE_XATTRS))
		return READER_OK;
	/* Alone it has nothing to share with, but every file would be hashed as a whole when it is first read. */
	if (m->image_count == 1 && !m->options->domain_id_count)
		return READER_OK;
	return erofs_domain_mount(m->domain, image->img, reader_domain_id(m->options, index),
		       &image->shared) < 0 ? cli_out_of_memory() : READER_OK;
}

/* As mount(2), which refuses an image without. */
static int check_root(const struct mount *m, uint32_t index)
{
	const struct mount_image *image = &m->images[index];
	uint64_t nid = erofs_image_super(image->img)->root_nid, node = mount_node(m, index, nid);
	struct mount_place root;
	int r;

	if (!node)
		return cli_error("%s: root nid %" PRIu64 " has no inode number among several images",
			erofs_image_path(image->img), nid);
	r = mount_enter(m, node, &root);
	if (r < 0)
		return r == -ENOMEM ? cli_out_of_memory() : READER_FAILED;
	mount_leave(&root);
	if (!S_ISDIR(root.inode.mode))
		return cli_error("%s: nid %" PRIu64 ": the root is no directory", erofs_image_path(image->img), nid);
	return READER_OK;
}

static int open_all(struct mount *m, struct erofs_image **images)
{
	const struct reader_options *o = m->options;
	int status = reader_open_images(o, m->report, images);

	for (uint32_t i = 0; i < m->image_count; i++) {
		m->images[i].img = images[i];
		pthread_mutex_init(&m->images[i].lock, NULL);
	}
	if (status == READER_OK)
		status = reader_new_domain(o, true, o->cache_given ? o->cache_bytes : DEFAULT_CACHE_BYTES,
			m->report, &m->domain);
	for (uint32_t i = 0; status == READER_OK && i < m->image_count; i++) {
		status = name_image(m, i, o->operands[i]);
		if (status == READER_OK)
			status = check_root(m, i);
		if (status == READER_OK)
			status = share(m, i);
	}
	return status;
}

/* What the domain did for the files that share, while its mounts are there. */
static void tell_shared(const struct mount *m)
{
	struct erofs_domain_stats s;
	char text[160];

	erofs_domain_stats(m->domain, &s);
	if (!s.members || !m->report->message)
		return;
	snprintf(text, sizeof(text),
		"%" PRIu64 " files shared %" PRIu64 " contents: %" PRIu64 " page look-ups, %" PRIu64 " hits",
		s.members, s.shared_inodes, s.hits + s.misses, s.hits);
	m->report->message(m->report->user, EROFS_LEVEL_INFO, text);
}

static void release(struct mount *m)
{
	for (uint32_t i = 0; m->images && i < m->image_count; i++) {
		struct mount_image *image = &m->images[i];

		erofs_domain_unmount(image->shared);
		while (image->idle_count)
			erofs_reader_free(image->idle[--image->idle_count]);
		erofs_image_close(image->img);
		pthread_mutex_destroy(&image->lock);
		free(image->name);
	}
	free(m->images);
	erofs_domain_free(m->domain);
}

/* The kernel would have an image over a file, too, and nothing to be seen in it. */
static int check_mount_point(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return cli_error("%s: cannot mount there: %s", path, strerror(errno));
	return S_ISDIR(st.st_mode) ? READER_OK : cli_error("%s: cannot mount there: not a directory", path);
}

int reader_mount(const struct reader_options *options, const struct erofs_report *report)
{
	struct mount m = { .options = options, .report = report, .uid = geteuid(), .gid = getegid(),
		.image_count = (uint32_t)options->operand_count };
	struct erofs_image **images;
	int status;

	if (m.image_count > MOUNT_IMAGES_MAX)
		return cli_error("%u images: one mount has room for %u", (unsigned int)m.image_count,
			MOUNT_IMAGES_MAX);
	status = check_mount_point(options->mountpoint);
	if (status != READER_OK)
		return status;
	images = calloc(m.image_count, sizeof(struct erofs_image *));

	m.images = calloc(m.image_count, sizeof(*m.images));
	if (m.images && images)
		status = open_all(&m, images);
	else
		status = cli_out_of_memory();
	free(images);
	if (status == READER_OK)
		status = mount_serve(&m);
	if (status == READER_OK)
		tell_shared(&m);
	release(&m);
	return status;
}
