/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The FUSE session of a mount, by libfuse: what the kernel asks, and the loop that waits for it. */
#define FUSE_USE_VERSION 312
#include "mount.h"

#include <errno.h>
#include <inttypes.h>
#include <fcntl.h>
#include <fuse_lowlevel.h>
#include <stdarg.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define MAX_THREADS 1024u

static const struct mount *mount_of(fuse_req_t req)
{
	return fuse_req_userdata(req);
}

/* Damage is EIO to those who read files; the report has said what it is. */
static void reply_error(fuse_req_t req, int r)
{
	fuse_reply_err(req, r == -EUCLEAN ? EIO : -r);
}

static void op_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	const struct mount *m = mount_of(req);
	uint8_t out[MOUNT_WIRE_BYTES];
	struct mount_place place;
	struct erofs_inode inode;
	uint64_t node = 0;
	int r = mount_enter(m, parent, &place);

	if (r == 0) {
		r = mount_look_up(m, &place, name, &inode, &node);
		mount_leave(&place);
	}
	if (r < 0 && r != -ENOENT)
		reply_error(req, r);
	else
		fuse_reply_buf(req, (char *)out,
			mount_wire_entry(r == 0 ? &inode : NULL, m, node, out));
}

static void op_getattr(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *fi)
{
	uint8_t out[MOUNT_WIRE_BYTES];
	struct mount_place place;
	int r = mount_enter(mount_of(req), node, &place);

	(void)fi;
	if (r < 0) {
		reply_error(req, r);
		return;
	}
	mount_leave(&place);
	fuse_reply_buf(req, (char *)out, mount_wire_attr(&place.inode, mount_of(req), node, out));
}

static void op_readlink(fuse_req_t req, fuse_ino_t node)
{
	struct mount_place place;
	char *target = NULL;
	int r = mount_enter(mount_of(req), node, &place);

	if (r == 0) {
		r = S_ISLNK(place.inode.mode) ? erofs_symlink_read(place.rd, &place.inode, &target) :
						-EINVAL;
		mount_leave(&place);
	}
	if (r < 0)
		reply_error(req, r);
	else
		fuse_reply_readlink(req, target);
	free(target);
}

static void op_open(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *fi)
{
	struct mount_place place;
	int r;

	/* Nothing is kept for what is open, and the kernel knows what may be opened: it need not ask again. */
	if (mount_of(req)->no_open) {
		fuse_reply_err(req, ENOSYS);
		return;
	}
	r = mount_enter(mount_of(req), node, &place);
	if (r == 0) {
		mount_leave(&place);
		if (!S_ISREG(place.inode.mode))
			r = -EISDIR;
		else if ((fi->flags & O_ACCMODE) != O_RDONLY)
			r = -EROFS;
	}
	if (r < 0) {
		reply_error(req, r);
		return;
	}
	fi->keep_cache = 1;
	fuse_reply_open(req, fi);
}

static void op_read(fuse_req_t req, fuse_ino_t node, size_t size, off_t offset,
	struct fuse_file_info *fi)
{
	struct mount_place place;
	char *buffer = malloc(size ? size : 1);
	ssize_t n = buffer ? mount_enter(mount_of(req), node, &place) : -ENOMEM;

	(void)fi;
	if (n == 0) {
		n = S_ISREG(place.inode.mode) ? mount_read(&place, (uint64_t)offset, buffer, size) :
						-EISDIR;
		mount_leave(&place);
	}
	if (n < 0)
		reply_error(req, (int)n);
	else
		fuse_reply_buf(req, buffer, (size_t)n);
	free(buffer);
}

static void op_lseek(fuse_req_t req, fuse_ino_t node, off_t offset, int whence,
	struct fuse_file_info *fi)
{
	struct mount_place place;
	uint64_t found = 0;
	int r = mount_enter(mount_of(req), node, &place);

	(void)fi;
	if (r == 0) {
		r = mount_seek(&place, (uint64_t)offset, whence == SEEK_HOLE, &found);
		mount_leave(&place);
	}
	if (r < 0)
		reply_error(req, r);
	else
		fuse_reply_lseek(req, (off_t)found);
}

static void op_opendir(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *fi)
{
	(void)node;
	if (mount_of(req)->no_opendir) {
		fuse_reply_err(req, ENOSYS);
		return;
	}
	fi->keep_cache = 1;
	fi->cache_readdir = 1;
	fuse_reply_open(req, fi);
}

static void list(fuse_req_t req, const struct mount_listing *what, size_t size)
{
	char *buffer = malloc(size ? size : 1);
	ssize_t n = buffer ? mount_list(what, buffer, size) : -ENOMEM;

	if (n < 0)
		reply_error(req, (int)n);
	else
		fuse_reply_buf(req, buffer, (size_t)n);
	free(buffer);
}

static void op_readdir(fuse_req_t req, fuse_ino_t node, size_t size, off_t offset,
	struct fuse_file_info *fi)
{
	const struct mount_listing what = { .m = mount_of(req), .node = node,
		.offset = (uint64_t)offset };

	(void)fi;
	list(req, &what, size);
}

static void op_readdirplus(fuse_req_t req, fuse_ino_t node, size_t size, off_t offset,
	struct fuse_file_info *fi)
{
	const struct mount_listing what = { .m = mount_of(req), .node = node,
		.offset = (uint64_t)offset, .plus = true };

	(void)fi;
	list(req, &what, size);
}

/* Several images have blocks of several sizes: those of the first are counted. */
static void op_statfs(fuse_req_t req, fuse_ino_t node)
{
	const struct mount *m = mount_of(req);
	uint32_t block_bytes = erofs_image_super(m->images[0].img)->block_size_bytes;
	struct statvfs out = { .f_bsize = block_bytes, .f_frsize = block_bytes, .f_namemax = 255,
		.f_flag = ST_RDONLY };

	(void)node;
	for (uint32_t i = 0; i < m->image_count; i++) {
		const struct erofs_super *super = erofs_image_super(m->images[i].img);

		out.f_files += super->inode_count;
		out.f_blocks += (fsblkcnt_t)((double)super->block_count * super->block_size_bytes /
					     block_bytes);
	}
	fuse_reply_statfs(req, &out);
}

static void reply_bytes(fuse_req_t req, const void *bytes, size_t count, size_t room)
{
	if (!room)
		fuse_reply_xattr(req, count);
	else if (count > room)
		fuse_reply_err(req, ERANGE);
	else
		fuse_reply_buf(req, bytes, count);
}

/* 1 = @ret is the attribute called @name; 0 = there is none. */
static int find_xattr(struct erofs_xattrs *it, const char *name, struct erofs_xattr *ret)
{
	int r;

	while ((r = erofs_xattrs_next(it, ret)) > 0)
		if (!ret->hidden && !strcmp(ret->name, name))
			return 1;
	return r;
}

static void op_getxattr(fuse_req_t req, fuse_ino_t node, const char *name, size_t size)
{
	struct erofs_xattrs *it = NULL;
	struct erofs_xattr x;
	struct mount_place place;
	int r = mount_enter(mount_of(req), node, &place);

	if (r < 0) {
		reply_error(req, r);
		return;
	}
	if (place.image)
		r = erofs_xattrs_open(place.rd, &place.inode, &it);
	if (r == 0 && it)
		r = find_xattr(it, name, &x);
	if (r > 0)
		reply_bytes(req, x.value, x.value_bytes, size);
	else
		reply_error(req, r < 0 ? r : -ENODATA);
	erofs_xattrs_close(it);
	mount_leave(&place);
}

/* Names one after the other with their NUL. More than listxattr(2) takes is E2BIG there. Those that only root
 * may read are shown to root only, as by the kernel. */
static int gather_names(struct erofs_xattrs *it, bool is_root, char **names, size_t *count)
{
	struct erofs_xattr x;
	int r;

	while ((r = erofs_xattrs_next(it, &x)) > 0) {
		size_t bytes = strlen(x.name) + 1;
		char *grown;

		if (x.hidden || (!is_root && !strncmp(x.name, "trusted.", 8)))
			continue;
		grown = realloc(*names, *count + bytes);
		if (!grown)
			return -ENOMEM;
		memcpy(grown + *count, x.name, bytes);
		*names = grown;
		*count += bytes;
	}
	return r;
}

static void op_listxattr(fuse_req_t req, fuse_ino_t node, size_t size)
{
	struct erofs_xattrs *it = NULL;
	struct mount_place place;
	char *names = NULL;
	size_t count = 0;
	int r = mount_enter(mount_of(req), node, &place);

	if (r == 0) {
		if (place.image)
			r = erofs_xattrs_open(place.rd, &place.inode, &it);
		if (r == 0 && it)
			r = gather_names(it, !fuse_req_ctx(req)->uid, &names, &count);
		erofs_xattrs_close(it);
		mount_leave(&place);
	}
	if (r < 0)
		reply_error(req, r);
	else
		reply_bytes(req, names, count, size);
	free(names);
}

/* Whether somebody else than the one who mounts is let in, or permissions are to hold for that one, too. */
static bool permissions_hold(const struct reader_options *o)
{
	for (size_t i = 0; i < o->fuse_option_count; i++)
		if (strstr(o->fuse_options[i], "allow_other") || strstr(o->fuse_options[i], "allow_root") ||
		    strstr(o->fuse_options[i], "default_permissions"))
			return true;
	return false;
}

/* What the kernel was told with -o max_read must be said here, too; 0 is as large as it likes. */
static unsigned int max_read_of(const struct reader_options *o)
{
	static const char key[] = "max_read=";
	unsigned long value = 0;

	for (size_t i = 0; i < o->fuse_option_count; i++) {
		const char *at = strstr(o->fuse_options[i], key);

		if (at)
			value = strtoul(at + sizeof(key) - 1, NULL, 0);
	}
	return value < UINT_MAX ? (unsigned int)value : 0;
}

static void op_init(void *user, struct fuse_conn_info *conn)
{
	struct mount *m = user;
	unsigned int wanted = FUSE_CAP_CACHE_SYMLINKS;

	/* With an access control list the permissions of the group are those of the mask: taken by themselves they
	 * would let in whom the list keeps out. */
	if (permissions_hold(m->options))
		wanted |= FUSE_CAP_POSIX_ACL;
	conn->want |= wanted & conn->capable;
	conn->max_read = max_read_of(m->options);
	m->no_open = conn->capable & FUSE_CAP_NO_OPEN_SUPPORT;
	m->no_opendir = conn->capable & FUSE_CAP_NO_OPENDIR_SUPPORT;
}

static const struct fuse_lowlevel_ops operations = {
	.init = op_init,
	.lookup = op_lookup,
	.getattr = op_getattr,
	.readlink = op_readlink,
	.open = op_open,
	.read = op_read,
	.opendir = op_opendir,
	.readdir = op_readdir,
	.readdirplus = op_readdirplus,
	.lseek = op_lseek,
	.statfs = op_statfs,
	.getxattr = op_getxattr,
	.listxattr = op_listxattr,
};

static void say_mounted(const struct mount *m, const char *where)
{
	/* Callers of erofsfuse look for it. */
	if (m->options->erofsfuse && m->report->message)
		cli_say(m->report, EROFS_LEVEL_WARNING, "%s mounted on %s with offset %" PRIu64,
			m->options->operands[0], where, m->options->image.offset_bytes);
}

static int loop(struct fuse_session *se, const struct fuse_cmdline_opts *o)
{
	struct fuse_loop_config *config;
	int r;

	if (o->singlethread)
		return fuse_session_loop(se);
	config = fuse_loop_cfg_create();
	if (!config)
		return -ENOMEM;
	fuse_loop_cfg_set_clone_fd(config, (unsigned int)o->clone_fd);
	/* What was not asked for has a number that these functions complain about. */
	if (o->max_idle_threads <= MAX_THREADS)
		fuse_loop_cfg_set_idle_threads(config, o->max_idle_threads);
	if (o->max_threads && o->max_threads <= MAX_THREADS)
		fuse_loop_cfg_set_max_threads(config, o->max_threads);
	r = fuse_session_loop_mt(se, config);
	fuse_loop_cfg_destroy(config);
	return r;
}

/* libfuse has said what went wrong, except for the loop, where a positive result is the signal that ended it. */
static int run_session(const struct mount *m, struct fuse_session *se,
	const struct fuse_cmdline_opts *o)
{
	int r;

	if (fuse_set_signal_handlers(se) != 0)
		return READER_FAILED;
	if (fuse_session_mount(se, o->mountpoint) != 0) {
		fuse_remove_signal_handlers(se);
		return READER_FAILED;
	}
	say_mounted(m, o->mountpoint);
	/* What was printed must not be printed by both processes, or by none. */
	fflush(stdout);
	r = fuse_daemonize(o->foreground) == 0 ? loop(se, o) : -errno;
	fuse_session_unmount(se);
	fuse_remove_signal_handlers(se);
	return r < 0 ? cli_error("%s: %s", o->mountpoint, strerror(-r)) : READER_OK;
}

/* The command line that libfuse would have had, under one name: it shows in the type of the mount. */
static int make_args(const struct mount *m, struct fuse_args *args)
{
	const struct reader_options *o = m->options;
	int r = fuse_opt_add_arg(args, "erofsfuse");

	if (o->foreground)
		r |= fuse_opt_add_arg(args, "-f");
	if (o->single_thread)
		r |= fuse_opt_add_arg(args, "-s");
	if (o->debug)
		r |= fuse_opt_add_arg(args, "-d");
	for (size_t i = 0; i < o->fuse_option_count; i++)
		r |= fuse_opt_add_arg(args, "-o") | fuse_opt_add_arg(args, o->fuse_options[i]);
	/* Others get what the permissions in the image give them. */
	if (permissions_hold(o))
		r |= fuse_opt_add_arg(args, "-odefault_permissions");
	r |= fuse_opt_add_arg(args, "-oro");
	r |= fuse_opt_add_arg(args, o->mountpoint);
	return r ? cli_out_of_memory() : READER_OK;
}

__attribute__((format(printf, 2, 0)))
static void relay(enum fuse_log_level level, const char *format, va_list args)
{
	cli_relay(level <= FUSE_LOG_ERR ? EROFS_LEVEL_ERROR : level == FUSE_LOG_WARNING ? EROFS_LEVEL_WARNING :
			  level <= FUSE_LOG_INFO ? EROFS_LEVEL_INFO : EROFS_LEVEL_DEBUG,
		format, args);
}

int mount_serve(struct mount *m)
{
	struct fuse_args args = FUSE_ARGS_INIT(0, NULL);
	struct fuse_cmdline_opts o = { 0 };
	struct fuse_session *se = NULL;
	int status = make_args(m, &args);

	fuse_set_log_func(relay);
	if (status == READER_OK) {
		status = READER_FAILED;
		if (fuse_parse_cmdline(&args, &o) == 0)
			se = fuse_session_new(&args, &operations, sizeof(operations), m);
	}
	if (se) {
		status = run_session(m, se, &o);
		fuse_session_destroy(se);
	}
	free(o.mountpoint);
	fuse_opt_free_args(&args);
	return status;
}
