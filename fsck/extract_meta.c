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
	cli_say(report, level, "%s: %s: %s", path, what, strerror(error));
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

/* Sets @name, or removes it when @x is NULL. */
static int change_xattr(const char *path, const char *name, const struct erofs_xattr *x)
{
	return x ? lsetxattr(path, name, x->value, x->value_bytes, 0) : lremovexattr(path, name);
}

/* There is no call that sets an xattr relative to a directory; the kernel's own name for the descriptor
 * of that directory leads there without following the last component. */
static int change_xattr_of(const struct extract_target *t, const char *name,
	const struct erofs_xattr *x)
{
	char *path;
	int r;

	if (t->fd >= 0)
		return x ? fsetxattr(t->fd, name, x->value, x->value_bytes, 0) :
			   fremovexattr(t->fd, name);
	if (t->dir_fd == AT_FDCWD)
		return change_xattr(t->name, name, x);
	if (asprintf(&path, "/proc/self/fd/%d/%s", t->dir_fd, t->name) < 0) {
		errno = ENOMEM;
		return -1;
	}
	r = change_xattr(path, name, x);
	free(path);
	return r;
}

/* What a directory with a default ACL has handed down would give rights that the image does not. That
 * there is nothing to remove, or nowhere, is the usual case. */
static void drop_inherited_acls(const struct erofs_inode *inode, const struct extract_target *t)
{
	if (S_ISLNK(inode->mode))
		return;
	(void)change_xattr_of(t, "system.posix_acl_access", NULL);
	if (S_ISDIR(inode->mode))
		(void)change_xattr_of(t, "system.posix_acl_default", NULL);
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

	if (rules->root)
		drop_inherited_acls(inode, t);
	if (erofs_xattrs_open(rd, inode, &it) < 0)
		return false;
	while ((r = erofs_xattrs_next(it, &x)) > 0) {
		if (!wanted(rules, inode, &x, ret_skipped) || change_xattr_of(t, x.name, &x) == 0)
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

/* A set-id bit speaks for the image's owner. On a file that belongs to another one, because owners are
 * not preserved or could not be set, it would hand that one's rights to whoever runs it. */
static mode_t set_id_bits_to_drop(const struct extract_target *t, const struct erofs_inode *inode)
{
	struct stat st;
	int r = t->fd >= 0 ? fstat(t->fd, &st) :
			     fstatat(t->dir_fd, t->name, &st, AT_SYMLINK_NOFOLLOW);

	if (r < 0)
		return S_ISUID | S_ISGID;
	return (st.st_uid != inode->uid ? S_ISUID : 0) | (st.st_gid != inode->gid ? S_ISGID : 0);
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
	if (S_ISREG(inode->mode) && mode & (S_ISUID | S_ISGID))
		mode &= ~set_id_bits_to_drop(t, inode);
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
