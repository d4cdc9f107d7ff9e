/* SPDX-License-Identifier: GPL-2.0-or-later */
/* compare-tree [--no-times] IMAGE DIRECTORY [DEVICE]: holds everything in an image against the
 * directory it was made of: names, types, modes, owners, links, sizes, times, device numbers, targets,
 * bytes, xattrs. Exit status 1 = different. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <erofs/data.h>
#include <erofs/xattr.h>
#include "tests/unit/image/comparison.h"

struct comparison {
	struct erofs_reader *rd;
	const char *directory;
	bool times;
	char path[8192]; /* in the directory */
	unsigned int entries;
	int differences;
	int fd;		/* of the file being compared */
	uint64_t at;	/* how far it was compared */
};

static void differ(struct comparison *c, const char *what, uint64_t want, uint64_t got)
{
	c->differences++;
	printf("%s: %s is %" PRIu64 ", expected %" PRIu64 "\n", c->path, what, got, want);
}

static void compare(struct comparison *c, const char *what, uint64_t want, uint64_t got)
{
	if (want != got)
		differ(c, what, want, got);
}

static void compare_stat(struct comparison *c, const struct stat *st,
	const struct erofs_walk_entry *e)
{
	const struct erofs_inode *inode = e->inode;

	compare(c, "mode", st->st_mode, inode->mode);
	compare(c, "type", erofs_type_of_mode(st->st_mode), e->type);
	compare(c, "uid", st->st_uid, inode->uid);
	compare(c, "gid", st->st_gid, inode->gid);
	if (!S_ISDIR(st->st_mode)) /* some file systems count directories' links otherwise */
		compare(c, "nlink", st->st_nlink, inode->nlink);
	if (S_ISREG(st->st_mode) || S_ISLNK(st->st_mode))
		compare(c, "size", (uint64_t)st->st_size, inode->size_bytes);
	if (S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode)) {
		compare(c, "major", major(st->st_rdev), inode->rdev_major);
		compare(c, "minor", minor(st->st_rdev), inode->rdev_minor);
	}
	if (c->times) {
		compare(c, "mtime", (uint64_t)st->st_mtim.tv_sec, (uint64_t)inode->mtime_seconds);
		compare(c, "nsec", (uint64_t)st->st_mtim.tv_nsec, inode->mtime_nsec);
	}
}

/* The next @size bytes of the file must be @bytes, or zeros. */
static int compare_piece(void *user, const void *bytes, uint64_t size)
{
	static const uint8_t zeros[65536];
	struct comparison *c = user;
	uint8_t want[65536];

	while (size) {
		size_t n = size < sizeof(want) ? (size_t)size : sizeof(want);

		if (pread(c->fd, want, n, (off_t)c->at) != (ssize_t)n ||
		    memcmp(want, bytes ? bytes : zeros, n) != 0) {
			differ(c, "content at", c->at, c->at);
			return -EIO;
		}
		if (bytes)
			bytes = (const uint8_t *)bytes + n;
		c->at += n;
		size -= n;
	}
	return 0;
}

static int compare_content(struct comparison *c, const struct erofs_inode *inode)
{
	int r;

	c->fd = open(c->path, O_RDONLY | O_CLOEXEC);
	if (c->fd < 0)
		return -errno;
	c->at = 0;
	r = erofs_data_stream(c->rd, inode, compare_piece, c);
	close(c->fd);
	if (r == 0)
		compare(c, "bytes streamed", inode->size_bytes, c->at);
	return r;
}

static int compare_target(struct comparison *c, const struct erofs_inode *inode)
{
	char want[4097];
	ssize_t n = readlink(c->path, want, sizeof(want) - 1);
	char *got;
	int r = erofs_symlink_read(c->rd, inode, &got);

	if (r < 0 || n < 0)
		return -EIO;
	want[n] = '\0';
	if (strcmp(want, got) != 0)
		differ(c, "target", 0, 1);
	free(got);
	return 0;
}

static size_t count_names(const char *list, ssize_t size)
{
	size_t count = 0;

	for (ssize_t i = 0; i < size; i++)
		count += !list[i];
	return count;
}

static int compare_xattrs(struct comparison *c, const struct erofs_inode *inode)
{
	static char list[65536], want[65536];
	ssize_t size = llistxattr(c->path, list, sizeof(list));
	struct erofs_xattrs *it;
	struct erofs_xattr xa;
	size_t seen = 0;
	int r = erofs_xattrs_open(c->rd, inode, &it);

	if (r < 0)
		return r;
	while ((r = erofs_xattrs_next(it, &xa)) > 0) {
		ssize_t n;

		if (xa.hidden)
			continue;
		seen++;
		n = lgetxattr(c->path, xa.name, want, sizeof(want));
		if (n != (ssize_t)xa.value_bytes || memcmp(want, xa.value, (size_t)n) != 0)
			differ(c, xa.name, (uint64_t)n, xa.value_bytes);
	}
	erofs_xattrs_close(it);
	compare(c, "number of xattrs", size < 0 ? 0 : count_names(list, size), seen);
	return r;
}

static int compare_entry(void *user, const struct erofs_walk_entry *e)
{
	struct comparison *c = user;
	struct stat st;
	int r;

	c->entries++;
	snprintf(c->path, sizeof(c->path), "%s%s", c->directory, e->path);
	if (lstat(c->path, &st) < 0) {
		differ(c, "presence", 0, 1);
		return 0;
	}
	compare_stat(c, &st, e);
	r = compare_xattrs(c, e->inode);
	if (r == 0 && S_ISREG(st.st_mode))
		r = compare_content(c, e->inode);
	else if (r == 0 && S_ISLNK(st.st_mode))
		r = compare_target(c, e->inode);
	return r;
}

static unsigned int tree_entries; /* nftw has no argument for its callback */

static int count_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)path;
	(void)st;
	(void)type;
	(void)ftw;
	tree_entries++;
	return 0;
}

int main(int argc, char **argv)
{
	static struct comparison c = { .times = true };
	const struct erofs_walk_visitor visitor = { .user = &c, .entry = compare_entry };
	int r;

	if (argc > 1 && strcmp(argv[1], "--no-times") == 0) {
		c.times = false;
		argc--;
		argv++;
	}
	if (argc < 3)
		return 2;
	c.directory = argv[2];
	r = walk_image(argv[1], argc > 3 ? argv[3] : NULL, &visitor, &c.rd);
	nftw(argv[2], count_entry, 32, FTW_PHYS);
	snprintf(c.path, sizeof(c.path), "%s", argv[2]);
	if (r == 0)
		compare(&c, "number of entries", tree_entries, c.entries);
	return r < 0 || c.differences ? 1 : 0;
}
