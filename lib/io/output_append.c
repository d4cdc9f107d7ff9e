/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Adding to an image in place. The file keeps its size and the image its bytes until what was added is on the
 * disk; a process that is killed before leaves bytes behind the image, which nobody looks at. */
#include "io/output_state.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/report.h"

static int open_old(struct erofs_output *out)
{
	struct stat st;

	if (stat(out->target, &st) < 0)
		return erofs_output_fail(out, -errno, "cannot add to it");
	out->is_device = S_ISBLK(st.st_mode);
	if (!out->is_device && !S_ISREG(st.st_mode))
		return erofs_fail(out->report, -EINVAL, "%s: neither a regular file nor a block device",
			out->name);
	out->old_size = (uint64_t)st.st_size;
	/* O_EXCL on a block device refuses one that is mounted: its pages would not follow. */
	out->fd = open(out->target, O_RDWR | O_CLOEXEC | (out->is_device ? O_EXCL : 0));
	return out->fd < 0 ? erofs_output_fail(out, -errno, "cannot add to it") : 0;
}

int erofs_output_open_append(const char *destination, uint64_t offset, uint64_t end,
	const struct erofs_report *report, struct erofs_output **ret)
{
	struct erofs_output *out;
	int r = erofs_output_new(destination, offset, report, &out);

	if (r < 0)
		return r;
	out->append = true;
	out->begun = true; /* nothing to take back yet */
	out->old_end = end;
	r = open_old(out);
	if (r < 0) {
		erofs_output_close(out);
		return r;
	}
	out->begun = false;
	*ret = out;
	return 0;
}

int erofs_output_read(const struct erofs_output *out, uint64_t at, void *bytes, size_t size)
{
	return erofs_output_get(out, at, bytes, size);
}

static int sync_all(struct erofs_output *out)
{
	return fsync(out->fd) < 0 ? erofs_output_fail(out, -errno, "cannot sync") : 0;
}

int erofs_output_commit_append(struct erofs_output *out, uint64_t size, uint64_t head_at,
	const void *head, size_t head_size)
{
	int r = 0;

	if (out->is_device)
		r = erofs_output_zero_gaps(out, out->old_end, size);
	else if (ftruncate(out->fd, (off_t)(out->offset + size)) < 0)
		r = erofs_output_fail(out, -errno, "cannot set the size");
	if (r == 0)
		r = sync_all(out);
	if (r < 0)
		return r;
	out->begun = true;
	r = erofs_output_put(out, head_at, head, head_size);
	if (r == 0)
		r = sync_all(out);
	out->done = r == 0;
	return r;
}

int erofs_output_amend(struct erofs_output *out, uint64_t at, const void *bytes, size_t size)
{
	return erofs_output_put(out, at, bytes, size);
}

int erofs_output_sync(struct erofs_output *out)
{
	return sync_all(out);
}

void erofs_output_close_append(struct erofs_output *out)
{
	if (!out->begun && !out->is_device && ftruncate(out->fd, (off_t)out->old_size) < 0)
		erofs_output_fail(out, -errno, "cannot take back what was added");
}
