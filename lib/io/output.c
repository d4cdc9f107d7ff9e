/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Writing an image so that there is a whole one or none.
 *
 * A file grows without a name (O_TMPFILE), so that nothing is left even when the process is killed. A
 * name that does not exist yet is then given to it in one step; one that does can only be replaced by
 * rename, for which the new file takes a temporary name for an instant. */
#include "io/output_state.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/report.h"

#define NEW_FILE_MODE 0644
#define OLD_SUPER_END 4096u  /* bytes in which a superblock would be recognised */
#define ZERO_BYTES (64u << 10)
#define COPY_BYTES (1u << 20)

/* ---- opening ---- */

int erofs_output_fail(const struct erofs_output *out, int error, const char *what)
{
	return erofs_fail_errno(out->report, error, "%s: %s", out->name, what);
}

static int open_device(struct erofs_output *out)
{
	/* O_EXCL on a block device refuses one that is mounted or otherwise in use. */
	out->fd = open(out->target, O_RDWR | O_EXCL | O_CLOEXEC);
	if (out->fd < 0)
		return erofs_output_fail(out, -errno, "cannot write");
	out->is_device = true;
	return 0;
}

static int create(struct erofs_output *out, const char *name)
{
	out->fd = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, NEW_FILE_MODE);
	return out->fd < 0 ? -errno : 0;
}

static int open_named(struct erofs_output *out)
{
	return erofs_output_make_temporary(out, create, "cannot create a file beside it");
}

static bool is_mounted_on(const char *path)
{
#if defined(HAVE_STATX) && defined(STATX_ATTR_MOUNT_ROOT)
	struct statx stx;

	return statx(AT_FDCWD, path, 0, 0, &stx) == 0 && stx.stx_attributes & STATX_ATTR_MOUNT_ROOT;
#else
	(void)path;
	return false;
#endif
}

/* Some files have to be written where they are: one that is mounted on (as containers hand in a single
 * file), or one in a directory that takes no other. As with a device, the old superblock goes first and
 * the new one comes last. */
static bool must_stay(const struct erofs_output *out)
{
	auto_free char *directory = erofs_output_directory(out->target);

	return is_mounted_on(out->target) ||
		(directory && faccessat(AT_FDCWD, directory, W_OK | X_OK, AT_EACCESS) < 0);
}

static int open_in_place(struct erofs_output *out)
{
	out->fd = open(out->target, O_RDWR | O_CLOEXEC);
	if (out->fd < 0)
		return erofs_output_fail(out, -errno, "cannot write");
	out->in_place = true;
	return 0;
}

/* 0 = got a file that can be named later, 1 = this place has none. */
static int open_nameless(struct erofs_output *out)
{
	auto_free char *directory = erofs_output_directory(out->target);
	char path[64];

	if (!directory)
		return erofs_output_fail(out, -ENOMEM, "cannot write");
	out->fd = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, NEW_FILE_MODE);
	if (out->fd < 0)
		return 1;
	erofs_output_descriptor_path(out, path, sizeof(path));
	if (access(path, F_OK) == 0)
		return 0;
	close(out->fd);
	out->fd = -1;
	return 1;
}

static int open_file(struct erofs_output *out, const struct stat *old)
{
	int r;

	if (old && must_stay(out))
		return open_in_place(out);
	r = open_nameless(out);
	if (r == 1)
		r = open_named(out);
	if (r < 0 || !old)
		return r;
	out->exists = true;
	/* Another owner's file stays his where we may say so (a user namespace may not know him); its mode
	 * is kept in any case. */
	if (fchown(out->fd, old->st_uid, old->st_gid) < 0 && errno != EPERM && errno != EINVAL)
		return erofs_output_fail(out, -errno, "cannot set the owner");
	if (fchmod(out->fd, old->st_mode & 07777) < 0)
		return erofs_output_fail(out, -errno, "cannot set the mode");
	return 0;
}

static int open_target(struct erofs_output *out)
{
	struct stat st;

	if (stat(out->target, &st) < 0)
		return errno == ENOENT && *out->target ? open_file(out, NULL) :
			erofs_output_fail(out, -errno, "cannot write");
	if (S_ISBLK(st.st_mode))
		return open_device(out);
	if (!S_ISREG(st.st_mode))
		return erofs_fail(out->report, -EINVAL,
			"%s: neither a regular file nor a block device", out->name);
	if (faccessat(AT_FDCWD, out->target, W_OK, AT_EACCESS) < 0)
		return erofs_output_fail(out, -errno, "cannot write");
	return open_file(out, &st);
}

int erofs_output_new(const char *destination, uint64_t offset, const struct erofs_report *report,
	struct erofs_output **ret)
{
	struct erofs_output *out = calloc(1, sizeof(*out));
	int r = 0;

	if (!out)
		return erofs_fail_errno(report, -ENOMEM, "%s", destination);
	*out = (struct erofs_output){ .report = report, .offset = offset, .fd = -1 };
	pthread_mutex_init(&out->lock, NULL);
	erofs_coverage_init(&out->coverage);
	out->name = strdup(destination);
	if (!out->name)
		r = erofs_fail_errno(report, -ENOMEM, "%s", destination);
	else if ((r = erofs_output_resolve(destination, &out->target)) < 0)
		erofs_output_fail(out, r, "cannot write");
	if (r < 0)
		erofs_output_close(out);
	else
		*ret = out;
	return r;
}

int erofs_output_open(const char *destination, uint64_t offset,
	const struct erofs_output_watcher *watcher, const struct erofs_report *report,
	struct erofs_output **ret)
{
	struct erofs_output *out;
	int r = erofs_output_new(destination, offset, report, &out);

	if (r < 0)
		return r;
	if (watcher)
		out->watcher = *watcher;
	r = open_target(out);
	if (r < 0)
		erofs_output_close(out);
	else
		*ret = out;
	return r;
}

/* ---- writing ---- */

int erofs_output_put(const struct erofs_output *out, uint64_t at, const void *bytes, size_t size)
{
	const char *p = bytes;

	if (at > INT64_MAX - out->offset || size > INT64_MAX - out->offset - at)
		return erofs_output_fail(out, -EFBIG, "cannot write");
	while (size) {
		ssize_t n = pwrite(out->fd, p, size, (off_t)(out->offset + at));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return erofs_fail_errno(out->report, n < 0 ? -errno : -EIO,
				"%s: cannot write %zu bytes at %" PRIu64, out->name, size, at);
		p += n;
		at += (uint64_t)n;
		size -= (size_t)n;
	}
	return 0;
}

static int put_zeros(const struct erofs_output *out, uint64_t start, uint64_t end)
{
	static const char zeros[ZERO_BYTES];

	while (start < end) {
		size_t n = end - start < sizeof(zeros) ? (size_t)(end - start) : sizeof(zeros);
		int r = erofs_output_put(out, start, zeros, n);

		if (r < 0)
			return r;
		start += n;
	}
	return 0;
}

static int wipe(const struct erofs_output *out)
{
	int r;

	if (out->in_place)
		return ftruncate(out->fd, 0) < 0 ? erofs_output_fail(out, -errno, "cannot empty it") : 0;
	r = put_zeros(out, 0, OLD_SUPER_END);
	if (r == 0 && fdatasync(out->fd) < 0)
		r = erofs_output_fail(out, -errno, "cannot sync");
	return r;
}

/* Until the new superblock is in place the destination must not look like the old image. */
static int wipe_once(struct erofs_output *out)
{
	int r = 0;

	pthread_mutex_lock(&out->lock);
	if (!out->wipe_done) {
		r = wipe(out);
		out->wipe_done = r == 0;
	}
	pthread_mutex_unlock(&out->lock);
	return r;
}

static int begin_write(struct erofs_output *out, uint64_t start, uint64_t end)
{
	int r = 0;

	if ((out->is_device || out->in_place) && !out->append)
		r = wipe_once(out);
	if (r == 0 && out->is_device && erofs_coverage_add(&out->coverage, start, end) < 0)
		r = erofs_output_fail(out, -ENOMEM, "cannot write");
	return r;
}

int erofs_output_write(struct erofs_output *out, uint64_t at, const void *bytes, size_t size)
{
	int r = begin_write(out, at, at + size);

	return r < 0 ? r : erofs_output_put(out, at, bytes, size);
}

int erofs_output_write_zeros(struct erofs_output *out, uint64_t start, uint64_t end)
{
	int r = start < end ? begin_write(out, start, end) : 0;

	return r < 0 ? r : put_zeros(out, start, end);
}

/* Makes "never written reads as zeros" true of a device. */
int erofs_output_zero_gaps(struct erofs_output *out, uint64_t start, uint64_t end)
{
	struct erofs_coverage_range gap = { start, start };

	while (erofs_coverage_gap(&out->coverage, gap.end, end, &gap)) {
		int r = put_zeros(out, gap.start, gap.end);

		if (r < 0)
			return r;
	}
	return 0;
}

int erofs_output_get(const struct erofs_output *out, uint64_t at, void *bytes, size_t size)
{
	char *p = bytes;

	while (size) {
		ssize_t n = pread(out->fd, p, size, (off_t)(out->offset + at));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return erofs_output_fail(out, -errno, "cannot read back");
		if (n == 0) { /* never written: zeros */
			memset(p, 0, size);
			break;
		}
		p += n;
		at += (uint64_t)n;
		size -= (size_t)n;
	}
	return 0;
}

int erofs_output_move(struct erofs_output *out, uint64_t from, uint64_t to, uint64_t size)
{
	auto_free char *buffer = malloc(COPY_BYTES);
	int r = out->is_device ? erofs_output_zero_gaps(out, from, from + size) : 0;

	if (!buffer)
		return erofs_output_fail(out, -ENOMEM, "cannot write");
	while (r == 0 && size) {
		size_t n = size < COPY_BYTES ? (size_t)size : COPY_BYTES;

		r = erofs_output_get(out, from, buffer, n);
		if (r == 0)
			r = erofs_output_write(out, to, buffer, n);
		from += n;
		to += n;
		size -= n;
	}
	return r;
}

/* ---- commit ---- */

static int commit_device(struct erofs_output *out, uint64_t size, uint64_t head_at,
	const void *head, size_t head_size)
{
	int r = wipe_once(out);

	if (r == 0 && erofs_coverage_add(&out->coverage, head_at, head_at + head_size) < 0)
		r = erofs_output_fail(out, -ENOMEM, "cannot write");
	if (r == 0)
		r = erofs_output_zero_gaps(out, 0, size);
	if (r == 0 && fsync(out->fd) < 0)
		r = erofs_output_fail(out, -errno, "cannot sync");
	if (r == 0)
		r = erofs_output_put(out, head_at, head, head_size);
	if (r == 0 && fsync(out->fd) < 0)
		r = erofs_output_fail(out, -errno, "cannot sync");
	return r;
}

/* Swaps what two names mean. File systems that cannot say so with one error or another. */
static int exchange(const char *a, const char *b)
{
#ifdef HAVE_RENAMEAT2
	return renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE) < 0 ? -errno : 0;
#else
	(void)a, (void)b;
	return -ENOSYS;
#endif
}

static int replace(struct erofs_output *out)
{
	if (out->revocable && exchange(out->temporary, out->target) == 0) {
		out->exists = true; /* since now, perhaps */
		return 0;
	}
	out->revocable &= !out->exists;
	if (rename(out->temporary, out->target) < 0)
		return erofs_output_fail(out, -errno, "cannot take the place of the old file");
	return 0;
}

static int commit_name(struct erofs_output *out)
{
	int r;

	if (!out->temporary && !out->exists) {
		r = erofs_output_give_name(out, out->target);
		if (r == 0)
			return 0;
		if (r != -EEXIST)
			return erofs_output_fail(out, r, "cannot name the new file");
	}
	if (!out->temporary) {
		r = erofs_output_make_temporary(out, erofs_output_give_name, "cannot name the new file");
		if (r < 0)
			return r;
	}
	return replace(out);
}

/* Network file systems tell of a full disk or a quota when a descriptor is closed. */
static int flush_errors(const struct erofs_output *out)
{
	int copy = dup(out->fd);

	if (copy < 0 || close(copy) < 0)
		return erofs_output_fail(out, -errno, "cannot write");
	return 0;
}

int erofs_output_commit(struct erofs_output *out, uint64_t size, uint64_t head_at,
	const void *head, size_t head_size)
{
	int r;

	if (out->append)
		return erofs_output_commit_append(out, size, head_at, head, head_size);
	if (out->is_device) {
		r = commit_device(out, size, head_at, head, head_size);
		out->done = r == 0;
		return r;
	}
	r = erofs_output_write(out, head_at, head, head_size);
	if (r == 0)
		r = flush_errors(out);
	if (r == 0 && ftruncate(out->fd, (off_t)(out->offset + size)) < 0)
		r = erofs_output_fail(out, -errno, "cannot set the size");
	if (r == 0 && !out->in_place)
		r = commit_name(out);
	out->done = r == 0;
	return r;
}

void erofs_output_make_revocable(struct erofs_output *out)
{
	out->revocable = !out->is_device && !out->in_place;
}

void erofs_output_revoke(struct erofs_output *out)
{
	struct stat ours, there;

	if (!out->done || !out->revocable)
		return;
	/* Somebody else's file may have come by this name since. */
	if (fstat(out->fd, &ours) < 0 || lstat(out->target, &there) < 0 || !erofs_output_same_file(&ours, &there))
		return;
	if (!out->exists)
		unlink(out->target);
	else if (exchange(out->temporary, out->target) < 0)
		return;
	out->done = false;
}

void erofs_output_close(struct erofs_output *out)
{
	if (!out)
		return;
	if (out->temporary && (!out->done || (out->revocable && out->exists)))
		unlink(out->temporary);
	if (out->temporary)
		erofs_output_tell(out, out->temporary, EROFS_TEMPORARY_GONE);
	/* Half an image is worth nothing to anyone. */
	if (out->in_place && out->wipe_done && !out->done && ftruncate(out->fd, 0) < 0)
		erofs_output_fail(out, -errno, "cannot empty it");
	if (out->append)
		erofs_output_close_append(out);
	if (out->fd >= 0)
		close(out->fd);
	erofs_coverage_fini(&out->coverage);
	pthread_mutex_destroy(&out->lock);
	free(out->temporary);
	free(out->target);
	free(out->name);
	free(out);
}
