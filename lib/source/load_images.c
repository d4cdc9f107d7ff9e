/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* From EROFS images to a finished tree. */
#include "source/load.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/options.h"
#include "source/image.h"

struct image_list {
	const char *const *paths;
	size_t count;
};

static int graft_images(struct erofs_loader *loader, struct erofs_images *images)
{
	/* Every image has a root, so that this one is not seen. */
	struct erofs_entry root = { .mode = S_IFDIR | 0755 };
	struct erofs_graft graft;
	int r = erofs_graft_init(&graft, loader, EROFS_GRAFT_MARKS_DEVICES, &root);

	if (r == 0)
		r = erofs_source_image_scan(&graft, images);
	erofs_graft_fini(&graft);
	return r;
}

static int load_images(struct erofs_loader *loader, const void *source)
{
	const struct image_list *list = source;
	struct erofs_images *images;
	int r = erofs_images_open(list->paths, list->count, loader->tree->report, &images);

	if (r < 0)
		return r;
	r = erofs_content_image_new(images, &loader->tree->source);
	if (r < 0) {
		erofs_images_close(images);
		return r;
	}
	return graft_images(loader, images);
}

int erofs_tree_load_images(const char *const *paths, size_t count,
	const struct erofs_tree_options *options, const struct erofs_report *report,
	struct erofs_tree **ret)
{
	struct image_list list = { paths, count };
	struct erofs_tree_options all;
	int r = erofs_options_take(options, EROFS_OPTIONS_BYTES(all), "tree options", report, &all);

	if (r < 0 || !count)
		return r < 0 ? r : -EINVAL;
	/* What an image says of owners and times is what it was made to say. */
	all.owner = (struct erofs_owner_rules){ 0 };
	all.time = (struct erofs_time_rules){ 0 };
	return erofs_tree_load(&all, report, load_images, &list, paths[count - 1], ret);
}
