/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fsck.erofs --extract=DIR: the walk, and everything but the content of regular files. */
#include "extract.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include <erofs/data.h>

/* An extraction over an earlier one would say it of every file. */
#define EXISTING_SHOWN 8

/* The first name of an inode that has several. */
struct link {
	uint64_t nid;
	char *path;
};

struct extraction {
	struct fsck_output *out;
	struct extract_rules rules;
	const char *destination;
	struct erofs_reader *rd;
	struct extract_dirs dirs;
	struct extract_pool *pool;
	void *links;		/* tsearch tree of struct link */
	uint64_t done, total;	/* entries, for progress */
	uint64_t existing;	/* names that were in the way */
	int status;
	int full;		/* the errno that makes going on useless, 0 = none */
	bool xattrs_skipped;	/* said once */
};

static bool is_full(int error)
{
	return error == ENOSPC || error == EDQUOT;
}

static void fail(struct extraction *x, const char *path, const char *what, int error)
{
	if (is_full(error))
		x->full = error;
	extract_complain(&x->out->report, EROFS_LEVEL_ERROR, path, what, error);
	x->status |= FSCK_FAILED;
}

static void fail_entry(struct extraction *x, const char *path, int error)
{
	if (error != EEXIST || x->existing++ < EXISTING_SHOWN)
		fail(x, path, "cannot be extracted", error);
	else
		x->status |= FSCK_FAILED;
}

static void sum_up_existing(const struct extraction *x)
{
	if (x->existing > EXISTING_SHOWN)
		cli_say(&x->out->report, EROFS_LEVEL_ERROR, "%s: %" PRIu64 " more names exist already; --overwrite "
			"replaces what they stand for", x->destination, x->existing - EXISTING_SHOWN);
}

/* The destination itself has no name of its own in messages. */
static const char *shown_path(const struct extraction *x, const char *path)
{
	return path[1] ? path : x->destination;
}

static void note_skipped_xattrs(struct extraction *x, bool skipped)
{
	if (skipped && !x->xattrs_skipped)
		cli_say(&x->out->report, EROFS_LEVEL_WARNING,
			"some extended attributes cannot be set here and are left out");
	x->xattrs_skipped = x->xattrs_skipped || skipped;
}

static void complete(struct extraction *x, const struct erofs_inode *inode,
	const struct extract_target *target)
{
	bool skipped = false;

	if (!extract_metadata(&x->rules, x->rd, inode, target, &x->out->report, &skipped))
		x->status |= FSCK_FAILED;
	note_skipped_xattrs(x, skipped);
}

static void retire(void *user, const struct extract_job *job)
{
	struct extraction *x = user;

	extract_retell(job, &x->out->report);
	x->status |= job->status;
	if (is_full(job->write_error))
		x->full = job->write_error;
	note_skipped_xattrs(x, job->skipped_xattrs);
}

/* ---- directories ---- */

/* All that is in the directory is there: now it gets what would have been in the way. */
static void leave_directory(struct extraction *x)
{
	struct extract_level *top = &x->dirs.levels[x->dirs.depth - 1];
	int fd = extract_dirs_top(&x->dirs);

	top = &x->dirs.levels[x->dirs.depth - 1];
	if (fd < 0)
		fail(x, top->path, "cannot open the directory again", -fd);
	else
		complete(x, &top->inode, &(struct extract_target){ .fd = fd, .dir_fd = -1,
			.path = top->path });
	extract_dirs_pop(&x->dirs);
}

/* Makes way for a new file where --overwrite allows it. Names are removed, never written through: other
 * links to the old file, or what it points to, stay as they are. */
static bool make_way(struct extraction *x, int dir_fd, const char *name)
{
	return x->rules.overwrite && unlinkat(dir_fd, name, 0) == 0;
}

/* --overwrite also needs to get into directories that were extracted read-only; what they are to have is
 * set when they are left. */
static void let_in(const struct extraction *x, int fd)
{
	if (x->rules.overwrite && faccessat(fd, ".", W_OK | X_OK, AT_EACCESS) < 0)
		(void)fchmod(fd, 0700);
}

/* An existing directory is used as it is; the destination may also be a link to one. */
static int open_directory(struct extraction *x, int dir_fd, const char *name, bool follow)
{
	int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | (follow ? 0 : O_NOFOLLOW);
	int fd;

	if (mkdirat(dir_fd, name, 0700) < 0 && errno != EEXIST)
		return -errno;
	fd = openat(dir_fd, name, flags);
	if (fd < 0 && (errno == ENOTDIR || errno == ELOOP) && make_way(x, dir_fd, name)) {
		if (mkdirat(dir_fd, name, 0700) < 0)
			return -errno;
		fd = openat(dir_fd, name, flags);
	}
	if (fd < 0)
		return -errno;
	let_in(x, fd);
	return fd;
}

static int enter_directory(struct extraction *x, int dir_fd, const char *name,
	const struct erofs_walk_entry *e)
{
	int fd = open_directory(x, dir_fd, name, dir_fd == AT_FDCWD);
	int r;

	if (fd < 0) {
		fail(x, shown_path(x, e->path), "cannot make the directory", -fd);
		return EROFS_WALK_SKIP;
	}
	r = extract_dirs_push(&x->dirs, fd, name, shown_path(x, e->path), e->inode);
	if (r < 0)
		close(fd);
	return r;
}

/* ---- files ---- */

/* Runs again once the way is made. */
static int create_file(struct extraction *x, int dir_fd, const char *name)
{
	const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	int fd = openat(dir_fd, name, flags, 0600);

	if (fd < 0 && errno == EEXIST && make_way(x, dir_fd, name))
		fd = openat(dir_fd, name, flags, 0600);
	return fd < 0 ? -errno : fd;
}

static int extract_regular(struct extraction *x, int dir_fd, const char *name,
	const struct erofs_walk_entry *e)
{
	int fd = create_file(x, dir_fd, name);
	char *path;

	if (fd < 0)
		return fd;
	path = strdup(shown_path(x, e->path));
	if (!path) {
		close(fd);
		return -ENOMEM;
	}
	extract_pool_submit(x->pool, fd, path, e->inode);
	return 0;
}

static int extract_symlink(struct extraction *x, int dir_fd, const char *name,
	const struct erofs_inode *inode)
{
	char *target;
	int r = erofs_symlink_read(x->rd, inode, &target);

	if (r < 0)
		return r;
	r = symlinkat(target, dir_fd, name);
	if (r < 0 && errno == EEXIST && make_way(x, dir_fd, name))
		r = symlinkat(target, dir_fd, name);
	r = r < 0 ? -errno : 0;
	free(target);
	return r;
}

static int extract_special(struct extraction *x, int dir_fd, const char *name,
	const struct erofs_inode *inode)
{
	mode_t mode = (inode->mode & S_IFMT) | 0600;
	dev_t device = makedev(inode->rdev_major, inode->rdev_minor);
	int r = mknodat(dir_fd, name, mode, device);

	if (r < 0 && errno == EEXIST && make_way(x, dir_fd, name))
		r = mknodat(dir_fd, name, mode, device);
	return r < 0 ? -errno : 0;
}

/* A device that only root may make, and not in every container, is left out, which does not make the
 * extraction a failure. */
static bool excused(struct extraction *x, const struct erofs_walk_entry *e, int error)
{
	if (error != -EPERM || !(S_ISCHR(e->inode->mode) || S_ISBLK(e->inode->mode)))
		return false;
	extract_complain(&x->out->report, EROFS_LEVEL_WARNING, shown_path(x, e->path),
		"device left out", EPERM);
	return true;
}

/* Anything but a directory. */
static int extract_node(struct extraction *x, int dir_fd, const char *name,
	const struct erofs_walk_entry *e)
{
	const struct extract_target target = { .fd = -1, .dir_fd = dir_fd, .name = name,
		.path = shown_path(x, e->path) };
	int r;

	if (S_ISREG(e->inode->mode))
		return extract_regular(x, dir_fd, name, e);
	if (S_ISLNK(e->inode->mode))
		r = extract_symlink(x, dir_fd, name, e->inode);
	else
		r = extract_special(x, dir_fd, name, e->inode);
	if (r == 0)
		complete(x, e->inode, &target);
	return r;
}

/* ---- hard links ---- */

static int compare_links(const void *a, const void *b)
{
	uint64_t x = ((const struct link *)a)->nid, y = ((const struct link *)b)->nid;

	return (x > y) - (x < y);
}

static void free_link(void *link)
{
	free(((struct link *)link)->path);
	free(link);
}

static struct link *find_link(const struct extraction *x, uint64_t nid)
{
	const struct link key = { .nid = nid };
	void *found = tfind(&key, &x->links, compare_links);

	return found ? *(struct link **)found : NULL;
}

/* From now on @path is what other names of @nid are linked to. */
static int remember_link(struct extraction *x, uint64_t nid, struct link *old, const char *path)
{
	struct link *link = old ? old : calloc(1, sizeof(*link));
	char *copy = strdup(path);

	if (link && copy) {
		free(link->path);
		link->nid = nid;
		link->path = copy;
		if (old || tsearch(link, &x->links, compare_links))
			return 0;
		copy = NULL; /* goes with the link */
	}
	if (link && !old)
		free_link(link);
	free(copy);
	return -ENOMEM;
}

static int make_link(struct extraction *x, int dir_fd, const char *name, const struct link *first)
{
	const char *old_name;
	int old_fd = extract_dirs_open_parent(&x->dirs, first->path, &old_name);
	int r;

	if (old_fd < 0)
		return old_fd;
	r = linkat(old_fd, old_name, dir_fd, name, 0);
	if (r < 0 && errno == EEXIST && make_way(x, dir_fd, name))
		r = linkat(old_fd, old_name, dir_fd, name, 0);
	r = r < 0 ? -errno : 0;
	close(old_fd);
	return r;
}

/* ---- the walk ---- */

static int extract_named(struct extraction *x, int dir_fd, const struct erofs_walk_entry *e)
{
	struct link *first = e->inode->nlink > 1 ? find_link(x, e->nid) : NULL;
	int r;

	if (first) {
		r = make_link(x, dir_fd, e->name, first);
		/* The host may not link what the image links: then it becomes a file of its own. */
		if (r != -EMLINK && r != -EPERM && r != -EACCES && r != -ENOENT)
			return r;
		cli_say(&x->out->report, EROFS_LEVEL_WARNING, "%s: extracted again, not linked: %s",
			e->path, strerror(-r));
	}
	r = extract_node(x, dir_fd, e->name, e);
	if (r == 0 && e->inode->nlink > 1)
		r = remember_link(x, e->nid, first, e->path);
	return r;
}

/* The start: the destination is the file itself. */
static int extract_start(struct extraction *x, const struct erofs_walk_entry *e)
{
	int r;

	if (S_ISDIR(e->inode->mode))
		return enter_directory(x, AT_FDCWD, x->destination, e);
	r = extract_node(x, AT_FDCWD, x->destination, e);
	if (r < 0 && !excused(x, e, r))
		fail_entry(x, x->destination, -r);
	return 0;
}

/* Levels above the parent of @e are behind us. The start is level 0 and its path "/". */
static void leave_to_parent(struct extraction *x, const struct erofs_walk_entry *e)
{
	size_t level = 0;

	for (const char *p = e->path; *p; p++)
		level += *p == '/';
	while (x->dirs.depth > level)
		leave_directory(x);
}

static int visit(void *user, const struct erofs_walk_entry *e)
{
	struct extraction *x = user;
	int dir_fd, r;

	if (x->full)
		return -x->full;
	x->out->report.progress(x->out->report.user, "extracting", ++x->done, x->total);
	if (!e->name[0])
		return extract_start(x, e);
	leave_to_parent(x, e);
	dir_fd = extract_dirs_top(&x->dirs);
	if (dir_fd < 0) {
		fail(x, e->path, "cannot open its directory again", -dir_fd);
		return EROFS_WALK_SKIP;
	}
	if (S_ISDIR(e->inode->mode))
		return enter_directory(x, dir_fd, e->name, e);
	r = extract_named(x, dir_fd, e);
	if (r == -ENOMEM)
		return r;
	if (r < 0 && !excused(x, e, r))
		fail_entry(x, e->path, -r);
	return 0;
}

/* The reader has said what is wrong. */
static int skip_damage(void *user, const struct erofs_walk_entry *e, int error)
{
	struct extraction *x = user;

	extract_complain(&x->out->report, EROFS_LEVEL_ERROR, shown_path(x, e->path),
		"cannot be extracted", -error);
	x->status |= error == -EUCLEAN || error == -ELOOP ? FSCK_ERRORS : FSCK_FAILED;
	return 0;
}

static void set_rules(struct extraction *x, const struct fsck_options *o)
{
	mode_t mask = umask(0);

	umask(mask);
	x->rules = (struct extract_rules){
		.overwrite = o->overwrite,
		.preserve_owner = o->preserve_owner,
		.preserve_perms = o->preserve_perms,
		.xattrs = o->xattrs,
		.root = geteuid() == 0,
		.umask = mask,
	};
}

int fsck_extract(struct fsck_output *out, const struct fsck_options *o, struct erofs_image *img,
	uint64_t nid)
{
	struct extraction x = { .out = out, .destination = o->extract_dir };
	const struct erofs_walk_visitor visitor = { .user = &x, .entry = visit,
		.error = skip_damage };
	int r;

	set_rules(&x, o);
	x.total = o->start_given ? 0 : erofs_image_super(img)->inode_count;
	if (erofs_reader_new(img, &x.rd) < 0)
		return FSCK_FAILED;
	x.pool = extract_pool_new(img, &x.rules, o->workers, retire, &x);
	r = x.pool ? erofs_walk(x.rd, nid, &visitor) : -ENOMEM;
	while (x.dirs.depth)
		leave_directory(&x);
	extract_pool_finish(x.pool);
	out->report.progress(out->report.user, "extracting", x.done, x.done);
	sum_up_existing(&x);
	if (r < 0)
		fail(&x, x.destination, "the extraction stopped", -r);
	tdestroy(x.links, free_link);
	erofs_reader_free(x.rd);
	return x.status;
}
