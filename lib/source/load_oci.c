/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Layers of a container image as the source of a tree: each is a tar archive, put on top of the ones before. */

#include <errno.h>
#include <sys/stat.h>
#include <erofs/oci.h>

#include "base/options.h"
#include "base/report.h"
#include "oci/stream.h"
#include "source/load.h"
#include "source/tar.h"

struct load {
	struct erofs_oci_image *image;
	size_t first, count;		/* layers */
	enum erofs_graft_marks marks;
	struct erofs_archive_options options;
	struct erofs_shared_report report; /* unpacking has a thread of its own */
};

static int put_layer(const struct load *load, size_t layer, struct erofs_source_tar *source)
{
	struct erofs_oci_stream *stream;
	uint64_t bytes;
	int r = erofs_oci_stream_open(load->image, layer, &load->report.report, &stream);

	if (r < 0)
		return r;
	r = erofs_source_tar_scan(source, erofs_oci_stream_input(stream), &bytes);
	if (r == 0)
		r = erofs_oci_stream_finish(stream);
	erofs_oci_stream_close(stream);
	return r < 0 ? r : erofs_graft_end_layer(source->graft);
}

static int put_layers(const struct load *load, struct erofs_source_tar *source)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < load->count; i++)
		r = put_layer(load, load->first + i, source);
	return r < 0 ? r : erofs_graft_finish(source->graft);
}

static int load_source(struct erofs_loader *loader, const void *user)
{
	const struct load *load = user;
	const struct erofs_entry root = { .mode = S_IFDIR | 0755, .uid = load->options.root_uid,
		.gid = load->options.root_gid, .mtime_seconds = load->options.root_mtime_seconds };
	struct erofs_graft graft = { 0 };
	struct erofs_source_tar source = { .graft = &graft, .options = &load->options };
	int r = erofs_archive_content_new(load->options.spool_directory, &load->report.report,
		&source.content);

	if (r < 0)
		return r;
	loader->tree->source = erofs_archive_content_source(source.content);
	r = erofs_graft_init(&graft, loader, load->marks, &root);
	if (r == 0)
		r = put_layers(load, &source);
	erofs_graft_fini(&graft);
	return r;
}

static int load_layers(struct load *load, const struct erofs_tree_options *options,
	const struct erofs_archive_options *archive, struct erofs_tree **ret)
{
	const struct erofs_report *report = load->image->report;
	int r = erofs_options_take(archive, EROFS_OPTIONS_BYTES(load->options), "archive options", report,
		&load->options);

	if (r == 0 && (load->options.form != EROFS_ARCHIVE_FULL || load->options.unpacked_path ||
		       load->options.gzinfo_path || load->options.intake))
		r = erofs_fail(report, -EINVAL,
			"a container image has neither an index form nor a single archive");
	if (r == 0)
		r = erofs_shared_report_init(&load->report, report);
	if (r < 0)
		return r;
	r = erofs_tree_load(options, &load->report.report, load_source, load,
		load->image->layout->path, ret);
	if (r == 0)
		(*ret)->report = report;
	erofs_shared_report_fini(&load->report);
	return r;
}

int erofs_oci_load_image(struct erofs_oci_image *image, const struct erofs_tree_options *options,
	const struct erofs_archive_options *archive, struct erofs_tree **ret)
{
	struct load load = { .image = image, .count = image->layer_count,
		.marks = EROFS_GRAFT_MARKS_APPLY };

	return load_layers(&load, options, archive, ret);
}

int erofs_oci_load_layer(struct erofs_oci_image *image, size_t layer,
	const struct erofs_tree_options *options, const struct erofs_archive_options *archive,
	struct erofs_tree **ret)
{
	struct load load = { .image = image, .first = layer, .count = 1,
		.marks = EROFS_GRAFT_MARKS_OVERLAY };

	return load_layers(&load, options, archive, ret);
}
