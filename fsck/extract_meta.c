/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Owner, extended attributes, times and permissions of extracted files. */
#include "extract.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <erofs/xattr.h>

void extract_complain(const struct erofs_report *report, enum erofs_level level,
	const char *path, const char *what, int error)
{
	char *name = cli_escape(path), *text;

	if (asprintf(&text, "%s: %s: %s", name ? name : "", what, strerror(error)) < 0)
		text = NULL;
	report->message(report->user, level, text ? text : "out of memory");
	free(text);
	free(name);
}

static bool failed(const struct extract_target *t, const struct erofs_report *report,
	const char *what)
{
	extract_complain(report, EROFS_LEVEL_ERROR, t->path, what, errno);
	return false;
}

static bool set_owner(const struct extract_target *t, const struct erofs_inode *inode,
	const struct erofs_report *report)
{
	int r = t->fd >= 0 ? fchown(t->fd, inode->uid, inode->gid) :
			     fchownat(t->dir_fd, t->name, inode->uid, inode->gid,
				     AT_SYMLINK_NOFOLLOW);

	return r == 0 || failed(t, report, "cannot set the owner");
}

/* There is no call that sets an xattr relative to a directory; the kernel's own name for the descriptor
 * of that directory leads there without following the last component. */
static int set_xattr(const struct extract_target *t, const struct erofs_xattr *x)
{
	char *path;
	int r;

	if (t->fd >= 0)
		return fsetxattr(t->fd, x->name, x->value, x->value_bytes, 0);
	if (t->dir_fd == AT_FDCWD)
		return lsetxattr(t->name, x->name, x->value, x->value_bytes, 0);
	if (asprintf(&path, "/proc/self/fd/%d/%s", t->dir_fd, t->name) < 0) {
		errno = ENOMEM;
		return -1;
	}
	r = lsetxattr(path, x->name, x->value, x->value_bytes, 0);
	free(path);
	return r;
}

/* Linux keeps user.* off everything but regular files and directories. */
static bool takes_user_xattrs(const struct erofs_inode *inode)
{
	return S_ISREG(inode->mode) || S_ISDIR(inode->mode);
}

static bool wanted(const struct extract_rules *rules, const struct erofs_inode *inode,
	const struct erofs_xattr *x, bool *ret_skipped)
{
	bool user = x->base_index == EROFS_XATTR_INDEX_USER;

	if (x->hidden)
		return false;
	if (user ? takes_user_xattrs(inode) : rules->root)
		return true;
	*ret_skipped = true;
	return false;
}

static bool set_xattrs(const struct extract_rules *rules, struct erofs_reader *rd,
	const struct erofs_inode *inode, const struct extract_target *t,
	const struct erofs_report *report, bool *ret_skipped)
{
	struct erofs_xattrs *it;
	struct erofs_xattr x;
	bool good = true;
	int r;

	if (erofs_xattrs_open(rd, inode, &it) < 0)
		return false;
	while ((r = erofs_xattrs_next(it, &x)) > 0) {
		if (!wanted(rules, inode, &x, ret_skipped) || set_xattr(t, &x) == 0)
			continue;
		/* Root in a container may lack what trusted.* takes. */
		if (errno == EPERM && x.base_index != EROFS_XATTR_INDEX_USER)
			*ret_skipped = true;
		else
			good = failed(t, report, "cannot set an extended attribute");
	}
	erofs_xattrs_close(it);
	return good && r == 0;
}

static bool set_times(const struct extract_target *t, const struct erofs_inode *inode,
	const struct erofs_report *report)
{
	struct timespec mtime = { .tv_sec = (time_t)inode->mtime_seconds,
		.tv_nsec = inode->mtime_nsec < 1000000000 ? (long)inode->mtime_nsec : 999999999 };
	const struct timespec times[2] = { mtime, mtime };
	int r = t->fd >= 0 ? futimens(t->fd, times) :
			     utimensat(t->dir_fd, t->name, times, AT_SYMLINK_NOFOLLOW);

	return r == 0 || failed(t, report, "cannot set the time");
}

static bool set_mode(const struct extract_rules *rules, const struct extract_target *t,
	const struct erofs_inode *inode, const struct erofs_report *report)
{
	mode_t mode = inode->mode & 07777;
	int r;

	if (S_ISLNK(inode->mode))
		return true;
	if (!rules->preserve_perms)
		mode &= ~rules->umask;
	r = t->fd >= 0 ? fchmod(t->fd, mode) :
			 fchmodat(t->dir_fd, t->name, mode, AT_SYMLINK_NOFOLLOW);
	return r == 0 || failed(t, report, "cannot set the permissions");
}

/* chown drops set-id bits and security.capability, so it comes first; a mode that forbids writing comes
 * last. */
bool extract_metadata(const struct extract_rules *rules, struct erofs_reader *rd,
	const struct erofs_inode *inode, const struct extract_target *target,
	const struct erofs_report *report, bool *ret_skipped)
{
	bool good = true;

	if (rules->preserve_owner)
		good = set_owner(target, inode, report);
	if (rules->xattrs)
		good = set_xattrs(rules, rd, inode, target, report, ret_skipped) && good;
	good = set_times(target, inode, report) && good;
	return set_mode(rules, target, inode, report) && good;
}
