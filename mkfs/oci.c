/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Container images as sources: all layers in one image, or an image of each, named by its diff id. */
#include "mkfs/oci.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <erofs/oci.h>
#include "mkfs/annotate.h"
#include "mkfs/apply.h"
#include "mkfs/archive.h"

int apply_oci_layout(struct mkfs_options *options, const char *value)
{
	options->oci.is_source = true;
	options->oci.selector = value;
	return MKFS_GO_ON;
}

int apply_oci_layers(struct mkfs_options *options, const char *value)
{
	if (!*value)
		return cli_usage_error(&mkfs_program, "empty directory name for --oci-layers");
	options->oci.is_source = true;
	options->oci.layers = value;
	return MKFS_GO_ON;
}

/* What would be of one image, or of none. */
static const char *unfit_for_layers(const struct mkfs_options *options)
{
	return options->build.blob_path ? "--blobdev" : options->build.offset_bytes ? "--offset" :
	       options->vmdk_path ? "--vmdk-desc" : options->block_list_path ? "--block-list-file" : NULL;
}

int oci_validate(struct mkfs_options *options)
{
	const char *unfit = options->oci.layers ? unfit_for_layers(options) : NULL;

	if (!options->oci.is_source)
		return MKFS_GO_ON;
	if (options->tar || options->incremental)
		return cli_usage_error(&mkfs_program, "%s does not go with a container image",
			options->tar ? "--tar" : "--incremental");
	if (options->content == CONTENT_RESERVED || options->content == CONTENT_NONE)
		return cli_usage_error(&mkfs_program, "--clean=data is all that a container image can have");
	if (unfit)
		return cli_usage_error(&mkfs_program, "--oci-layers does not go with %s", unfit);
	/* The same layer shall be the same bytes wherever and whenever it is made. */
	if (options->oci.layers && !options->have_time) {
		options->have_time = true;
		if (options->files_time == FILES_TIME_DEFAULT)
			options->files_time = FILES_TIME_SOURCE;
	}
	return MKFS_GO_ON;
}

int oci_open(struct mkfs_options *options, const struct erofs_report *report)
{
	if (!options->oci.is_source)
		return MKFS_GO_ON;
	return erofs_oci_image_open(options->sources.list[0], options->oci.selector, report,
		&options->oci.image) < 0 ? MKFS_FAILED : MKFS_GO_ON;
}

void oci_close(struct mkfs_options *options)
{
	erofs_oci_image_close(options->oci.image);
}

/* What no layer names belongs to root, whoever runs this. */
int oci_load(const struct mkfs_options *options, const struct erofs_report *report,
	struct erofs_tree **ret)
{
	const struct mkfs_oci *oci = &options->oci;
	struct erofs_archive_options archive;
	char *directory;
	int r = archive_complete(options, &archive, &directory);

	(void)report;
	if (r < 0)
		return r;
	archive.root_uid = archive.root_gid = 0;
	r = oci->layers ? erofs_oci_load_layer(oci->image, oci->layer, &options->tree, &archive, ret) :
			  erofs_oci_load_image(oci->image, &options->tree, &archive, ret);
	free(directory);
	return r;
}

int oci_describe(const struct mkfs_options *options, const struct erofs_report *report)
{
	const struct mkfs_oci *oci = &options->oci;
	char manifest[EROFS_OCI_DIGEST_TEXT], diff_id[EROFS_OCI_DIGEST_TEXT];
	const struct annotation about = {
		.path = options->destination,
		.offset_bytes = options->build.offset_bytes,
		.blob_path = options->build.blob_path,
		.ishare = options->build.ishare,
		.manifest = erofs_oci_image_digest(oci->image, manifest),
		.diff_id = oci->layers ? erofs_oci_image_diff_id(oci->image, oci->layer, diff_id) : NULL,
	};

	return annotate(&about, report) < 0 ? MKFS_FAILED : MKFS_OK;
}

/* ---- one image of each layer ---- */

/* Files that were not there before, and shall not be there when the run fails. */
struct made {
	char **list;
	size_t count;
};

static void add_made(struct made *made, const char *path)
{
	struct stat st;

	if (lstat(path, &st) < 0 && errno == ENOENT)
		made->list[made->count++] = strdup(path);
}

static void free_made(struct made *made, bool keep)
{
	for (size_t i = 0; i < made->count; i++) {
		if (!keep && made->list[i])
			unlink(made->list[i]);
		free(made->list[i]);
	}
	free(made->list);
}

/* DIRECTORY/HEX.erofs, and what is behind it; to be freed. */
static char *layer_path(const struct mkfs_oci *oci, const char *suffix)
{
	char diff_id[EROFS_OCI_DIGEST_TEXT];
	const char *hex = strchr(erofs_oci_image_diff_id(oci->image, oci->layer, diff_id), ':') + 1;
	size_t size = strlen(oci->layers) + strlen(hex) + strlen(suffix) + 2;
	char *path = malloc(size);

	if (path)
		snprintf(path, size, "%s/%s%s", oci->layers, hex, suffix);
	return path;
}

/* Two layers of one content are one file. */
static bool is_repeated(const struct mkfs_oci *oci)
{
	char mine[EROFS_OCI_DIGEST_TEXT], other[EROFS_OCI_DIGEST_TEXT];

	erofs_oci_image_diff_id(oci->image, oci->layer, mine);
	for (size_t i = 0; i < oci->layer; i++)
		if (!strcmp(erofs_oci_image_diff_id(oci->image, i, other), mine))
			return true;
	return false;
}

/* Notes the names of the layer's two files. The first, to be freed; NULL after a message. */
static char *name_layer(struct mkfs_options *options, struct made *made)
{
	char *path = layer_path(&options->oci, ".erofs");
	char *beside = layer_path(&options->oci, ".erofs.json");

	if (path && beside) {
		add_made(made, path);
		add_made(made, beside);
	} else {
		free(path);
		path = NULL;
		cli_out_of_memory();
	}
	free(beside);
	return path;
}

static int make_layer(struct mkfs_options *options, const struct erofs_report *report,
	int (*make)(struct mkfs_options *, const struct erofs_report *), struct made *made)
{
	struct mkfs_oci *oci = &options->oci;
	char *path;
	int status;

	if (!options->have_uuid &&
	    erofs_oci_image_layer_uuid(oci->image, oci->layer, options->build.uuid) < 0)
		return cli_error("layer %zu: no UUID: SHA-1 does not work here", oci->layer + 1);
	path = name_layer(options, made);
	if (!path)
		return MKFS_FAILED;
	if (!options->quiet)
		cli_print("Layer %zu: %s", oci->layer + 1, path);
	options->destination = path;
	status = make(options, report);
	options->destination = "";
	free(path);
	return status;
}

int oci_each_layer(struct mkfs_options *options, const struct erofs_report *report,
	int (*make)(struct mkfs_options *options, const struct erofs_report *report))
{
	struct mkfs_oci *oci = &options->oci;
	size_t count = erofs_oci_image_layer_count(oci->image);
	struct made made = { calloc(2 * count + 1, sizeof(char *)), 0 };
	int status = MKFS_OK;
	bool new_directory;

	if (!made.list)
		return cli_out_of_memory();
	new_directory = mkdir(oci->layers, 0777) == 0;
	if (!new_directory && errno != EEXIST)
		status = cli_error("%s: cannot create: %s", oci->layers, strerror(errno));
	for (oci->layer = 0; status == MKFS_OK && oci->layer < count; oci->layer++)
		if (!is_repeated(oci))
			status = make_layer(options, report, make, &made);
	free_made(&made, status == MKFS_OK);
	if (new_directory && status != MKFS_OK)
		rmdir(oci->layers);
	return status;
}
