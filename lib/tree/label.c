/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Labels through libselinux, which knows the syntax and the precedence of file_contexts(5). */
#include "tree/label.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef HAVE_SELINUX
#include <selinux/label.h>
#include <selinux/selinux.h>
#endif

#include "base/cleanup.h"
#include "base/report.h"

#ifdef HAVE_SELINUX

struct erofs_labels {
	struct selabel_handle *handle;
	const struct erofs_report *report;
	char *prefix; /* "/" or "/mount/point/" */
};

DEFINE_AUTO(labels, struct erofs_labels *, erofs_labels_close)

static char *make_prefix(const char *mount_point)
{
	size_t length;
	char *prefix;

	if (!mount_point)
		mount_point = "";
	if (*mount_point == '/')
		mount_point++;
	length = strlen(mount_point);
	if (length && mount_point[length - 1] == '/')
		length--;
	if (asprintf(&prefix, "/%.*s%s", (int)length, mount_point, length ? "/" : "") < 0)
		return NULL;
	return prefix;
}

int erofs_labels_open(const char *file, const char *mount_point, const struct erofs_report *report,
	struct erofs_labels **ret)
{
	struct selinux_opt source = { SELABEL_OPT_PATH, file };
	auto_of(labels) struct erofs_labels *labels = calloc(1, sizeof(*labels));

	if (!labels)
		return -ENOMEM;
	labels->report = report;
	labels->prefix = make_prefix(mount_point);
	if (!labels->prefix)
		return -ENOMEM;
	errno = 0;
	labels->handle = selabel_open(SELABEL_CTX_FILE, &source, 1);
	if (!labels->handle)
		return erofs_fail_errno(report, errno ? -errno : -EINVAL,
			"failed to open file contexts \"%s\"", file);
	*ret = take(&labels);
	return 0;
}

void erofs_labels_close(struct erofs_labels *labels)
{
	if (!labels)
		return;
	if (labels->handle)
		selabel_close(labels->handle);
	free(labels->prefix);
	free(labels);
}

int erofs_labels_find(struct erofs_labels *labels, const char *path, uint32_t mode, char **ret)
{
	auto_free char *full = NULL;
	char *context;

	if (asprintf(&full, "%s%s", labels->prefix, path) < 0)
		return -ENOMEM;
	/* "raw": as stored on disk, without asking a translation daemon. */
	if (!selabel_lookup_raw(labels->handle, &context, full, (int)mode)) {
		*ret = context;
		return 1;
	}
	if (errno == ENOENT)
		return 0;
	return erofs_fail_errno(labels->report, -errno, "%s: cannot look up its SELinux label", full);
}

#else

int erofs_labels_open(const char *file, const char *mount_point, const struct erofs_report *report,
	struct erofs_labels **ret)
{
	(void)mount_point, (void)ret;
	return erofs_fail(report, -EOPNOTSUPP,
		"%s: this build has no libselinux and cannot read file contexts", file);
}

void erofs_labels_close(struct erofs_labels *labels)
{
	(void)labels;
}

int erofs_labels_find(struct erofs_labels *labels, const char *path, uint32_t mode, char **ret)
{
	(void)labels, (void)path, (void)mode, (void)ret;
	return 0;
}

#endif
