/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* An archive as the only source of a tree. */

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <erofs/tree.h>

#include "base/cleanup.h"
#include "base/math.h"
#include "base/options.h"
#include "base/report.h"
#include "io/unpack.h"
#include "source/load.h"
#include "source/tar.h"

struct load {
	struct erofs_tree_options tree_options;
	struct erofs_archive_options options;
	const char *name;
	char printable[EROFS_PRINTABLE_SIZE];
	struct erofs_shared_report report;	/* unpacking has a thread of its own */
	struct erofs_input *input;
	struct erofs_loader loader;
	struct erofs_graft graft;
	struct erofs_source_tar source;
};

static int check_packing(const struct load *load, enum erofs_packing found)
{
	bool is_xz = found == EROFS_PACKING_XZ || found == EROFS_PACKING_LZMA ||
		found == EROFS_PACKING_LZIP;

	if (load->options.packing == EROFS_ARCHIVE_GZIP && found != EROFS_PACKING_NONE &&
	    found != EROFS_PACKING_GZIP)
		return erofs_fail(&load->report.report, -EINVAL, "%s: packed with %s, not gzip",
			load->printable, erofs_unpack_name(found));
	if (load->options.packing == EROFS_ARCHIVE_XZ && !is_xz)
		return erofs_fail(&load->report.report, -EINVAL, "%s: not packed with xz, lzma or lzip",
			load->printable);
	return 0;
}

/* Content of a file that is an archive and nothing else needs no copy. */
static int attach(struct load *load, int fd, off_t start)
{
	struct stat st;
	int copy;

	if (start < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || load->options.unpacked_path)
		return 0;
	copy = dup(fd);
	if (copy < 0)
		return erofs_fail_errno(&load->report.report, -errno, "%s: cannot reopen", load->printable);
	load->source.in_place = true;
	return erofs_archive_content_attach(load->source.content, copy, (uint64_t)start,
		load->name);
}

static int open_input(struct load *load, int fd)
{
	off_t start = lseek(fd, 0, SEEK_CUR);
	int r = erofs_input_open_fd(fd, load->name, &load->report.report, &load->input);
	int packing;

	if (r < 0)
		return r;
	packing = erofs_unpack_detect(load->input);
	r = packing < 0 ? packing : check_packing(load, (enum erofs_packing)packing);
	if (r < 0)
		return r;
	if (packing == EROFS_PACKING_NONE)
		r = attach(load, fd, start);
	else
		r = erofs_unpack_open(take(&load->input), (enum erofs_packing)packing, &load->input);
	if (r == 0 && load->options.unpacked_path)
		r = erofs_input_open_copy(take(&load->input), load->options.unpacked_path,
			&load->input);
	return r;
}

static int begin(struct load *load)
{
	struct erofs_entry root = { .mode = S_IFDIR | 0777, .uid = load->options.root_uid,
		.gid = load->options.root_gid, .mtime_seconds = load->options.root_mtime_seconds };
	struct erofs_source_tar *source = &load->source;
	int r = erofs_loader_init(&load->loader, &load->tree_options, &load->report.report);

	if (r == 0)
		r = erofs_archive_content_new(load->options.spool_directory, &load->report.report,
			&source->content);
	if (r < 0)
		return r;
	load->loader.tree->source = erofs_archive_content_source(source->content);
	source->graft = &load->graft;
	source->options = &load->options;
	return erofs_graft_init(&load->graft, &load->loader, load->options.aufs ?
		EROFS_GRAFT_MARKS_OVERLAY : EROFS_GRAFT_MARKS_PLAIN, &root);
}

/* What is not kept can only be hashed now. */
static int open_digest(struct load *load)
{
	if (load->options.form != EROFS_ARCHIVE_INDEX || load->source.in_place ||
	    load->options.ishare == EROFS_DIGEST_NONE)
		return 0;
	return erofs_digest_new(load->options.ishare, &load->source.digest);
}

static int add_device(struct load *load, uint64_t bytes)
{
	struct erofs_tree *tree = load->loader.tree;

	if (load->options.form != EROFS_ARCHIVE_INDEX)
		return 0;
	if (load->source.in_place)
		bytes = erofs_archive_content_bytes(load->source.content);
	tree->devices = erofs_arena_alloc(&tree->arena, sizeof(*tree->devices));
	if (!tree->devices)
		return -ENOMEM;
	tree->devices[0].size_bytes = erofs_round_down(bytes, EROFS_INPUT_BLOCK_BYTES);
	tree->device_count = 1;
	return 0;
}

static int run(struct load *load, int fd, struct erofs_tree **ret)
{
	uint64_t bytes;
	int r = begin(load);

	if (r < 0)
		close(fd);
	else
		r = open_input(load, fd);
	if (r == 0)
		r = open_digest(load);
	if (r == 0)
		r = erofs_source_tar_scan(&load->source, load->input, &bytes);
	if (r == 0)
		r = add_device(load, bytes);
	if (r == 0)
		r = erofs_graft_end_layer(&load->graft);
	if (r == 0)
		r = erofs_graft_finish(&load->graft);
	return r < 0 ? r : erofs_load_finish(&load->loader, ret);
}

static void fini(struct load *load)
{
	erofs_digest_free(load->source.digest);
	erofs_input_close(load->input);
	erofs_graft_fini(&load->graft);
	erofs_loader_fini(&load->loader);
	erofs_shared_report_fini(&load->report);
}

int erofs_tree_load_archive(int fd, const char *name, const struct erofs_tree_options *options,
	const struct erofs_archive_options *archive, const struct erofs_report *report,
	struct erofs_tree **ret)
{
	struct load load = { .name = name };
	int r;

	erofs_printable(name, strlen(name), load.printable, sizeof(load.printable));
	r = erofs_options_take(options, EROFS_OPTIONS_BYTES(load.tree_options), "tree options", report,
		&load.tree_options);
	if (r == 0)
		r = erofs_options_take(archive, EROFS_OPTIONS_BYTES(load.options), "archive options", report,
			&load.options);
	if (r == 0)
		r = erofs_shared_report_init(&load.report, report);
	if (r < 0) {
		close(fd);
		return r;
	}
	r = run(&load, fd, ret);
	if (r == 0)
		(*ret)->report = report;
	if (r == -ENOMEM)
		erofs_fail(report, r, "%s: out of memory", load.printable);
	fini(&load);
	return r;
}
