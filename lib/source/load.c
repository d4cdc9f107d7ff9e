/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* From a source to a finished tree. */
#include "source/load.h"

#include <errno.h>
#include <fcntl.h>
#include <erofs/tree.h>

#include "base/cleanup.h"
#include "base/options.h"
#include "base/report.h"
#include "source/base.h"
#include "source/content_dir.h"
#include "source/dir.h"

/* O_NOFOLLOW makes a symbolic link as last component an error; "LINK/" has none left to follow. */
static int open_root(const char *path, const struct erofs_report *report)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int error = fd < 0 ? errno : 0;

	if (fd >= 0)
		return fd;
	if (error == ELOOP)
		error = ENOTDIR;
	return erofs_fail_errno(report, -error, "%s: cannot open source directory", path);
}

static int load_directory(struct erofs_loader *loader, const void *source)
{
	const char *path = source;
	int root = open_root(path, loader->tree->report);
	int r;

	if (root < 0)
		return root;
	r = erofs_content_dir_new(root, path, &loader->tree->source);
	return r < 0 ? r : erofs_source_dir_scan(loader, root, path);
}

/* Adds the loader's tree to its base image, if the options name one, then finishes it (tree/loader.h). */
static int finish(struct erofs_loader *loader, struct erofs_tree **ret)
{
	int r = loader->options->base_image ? erofs_base_merge(loader) : 0;

	return r < 0 ? r : erofs_loader_finish(loader, ret);
}

int erofs_tree_load(const struct erofs_tree_options *options, const struct erofs_report *report,
	erofs_load_function *load, const void *source, const char *name, struct erofs_tree **ret)
{
	struct erofs_tree_options all;
	struct erofs_loader loader;
	int r;

	r = erofs_options_take(options, EROFS_OPTIONS_BYTES(all), "tree options", report, &all);
	if (r < 0)
		return r;
	r = erofs_loader_init(&loader, &all, report);
	if (r == 0)
		r = load(&loader, source);
	if (r == 0)
		r = finish(&loader, ret);
	if (r == -ENOMEM)
		erofs_fail(report, r, "%s: out of memory", name);
	erofs_loader_fini(&loader);
	return r;
}

int erofs_tree_load_directory(const char *path, const struct erofs_tree_options *options,
	const struct erofs_report *report, struct erofs_tree **ret)
{
	return erofs_tree_load(options, report, load_directory, path, path, ret);
}
