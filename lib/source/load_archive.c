/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* An archive as the only source of a tree. */

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>
#include <erofs/tree.h>

#include "base/cleanup.h"
#include "base/math.h"
#include "base/options.h"
#include "base/report.h"
#include "io/ahead.h"
#include "io/copy.h"
#include "io/gzinfo.h"
#include "io/unpack.h"
#include "source/load.h"
#include "source/tar.h"

struct load {
	struct erofs_archive_options options;
	const char *name;
	struct erofs_shared_report report;	/* unpacking has a thread of its own */
	int fd;					/* -1 when others have taken it over */
	struct erofs_input *input;
	struct erofs_file *copy;		/* NULL = none is wanted */
	struct erofs_gzinfo *gzinfo;		/* the same */
	struct erofs_graft graft;
	struct erofs_source_tar source;
};

/* ---- what is read ---- */

static int check_packing(const struct load *load, enum erofs_packing found)
{
	const struct erofs_report *report = &load->report.report;
	bool is_xz = found == EROFS_PACKING_XZ || found == EROFS_PACKING_LZMA ||
		found == EROFS_PACKING_LZIP;
	bool is_gzip = found == EROFS_PACKING_GZIP;

	if (load->gzinfo && !is_gzip)
		return erofs_fail(report, -EINVAL, "%s: not packed with gzip", load->name);
	if (load->options.packing == EROFS_ARCHIVE_GZIP && found != EROFS_PACKING_NONE && !is_gzip)
		return erofs_fail(report, -EINVAL, "%s: packed with %s, not gzip", load->name,
			erofs_unpack_name(found));
	if (load->options.packing == EROFS_ARCHIVE_XZ && !is_xz)
		return erofs_fail(report, -EINVAL, "%s: not packed with xz, lzma or lzip", load->name);
	return 0;
}

/* Content of a file that is an archive and nothing else needs no copy. */
static bool can_stay(const struct load *load, int fd, off_t start)
{
	struct stat st;

	return start >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && !load->copy &&
	       !load->options.intake;
}

static int attach(struct load *load, int fd, off_t start)
{
	int copy = dup(fd);

	if (copy < 0)
		return erofs_fail_errno(&load->report.report, -errno, "%s: cannot reopen", load->name);
	load->source.in_place = true;
	return erofs_archive_content_attach(load->source.content, copy, (uint64_t)start,
		load->name);
}

/* Where bytes go on as they come, who reads them works beside who makes something of them. */
static int take_plain(struct load *load, int fd, off_t start)
{
	return can_stay(load, fd, start) ? attach(load, fd, start) :
					   erofs_ahead_open_input(take(&load->input), &load->input);
}

static int unpack(struct load *load, enum erofs_packing packing)
{
	struct erofs_gunzip_watcher watcher;

	if (!load->gzinfo)
		return erofs_unpack_open(take(&load->input), packing, &load->input);
	watcher = erofs_gzinfo_watcher(load->gzinfo);
	return erofs_gunzip_open(take(&load->input), &watcher, &load->input);
}

static int open_input(struct load *load)
{
	int fd = load->fd, packing, r;
	off_t start = lseek(fd, 0, SEEK_CUR);

	load->fd = -1;
	r = erofs_input_open_fd(fd, load->name, &load->report.report, &load->input);
	if (r < 0)
		return r;
	packing = erofs_unpack_detect(load->input);
	r = packing < 0 ? packing : check_packing(load, (enum erofs_packing)packing);
	if (r < 0)
		return r;
	r = packing == EROFS_PACKING_NONE ? take_plain(load, fd, start) :
					    unpack(load, (enum erofs_packing)packing);
	if (r == 0 && load->copy)
		r = erofs_copy_open_input(take(&load->input), load->copy, &load->input);
	return r;
}

/* ---- what is written on the way ---- */

static int open_files(struct load *load)
{
	const struct erofs_archive_options *options = &load->options;
	struct erofs_output_watcher watcher = { options->temporary, options->temporary_user };
	struct erofs_file_options file = { .struct_size = sizeof(file), .temporary = options->temporary,
		.temporary_user = options->temporary_user };
	int r = 0;

	if (options->unpacked_path)
		r = erofs_file_open(options->unpacked_path, &file, &load->report.report, &load->copy);
	if (r == 0 && options->gzinfo_path)
		r = erofs_gzinfo_open(options->gzinfo_path, &watcher, &load->report.report,
			&load->gzinfo);
	return r;
}

/* Whatever writes to them has ended. */
static int commit_files(struct load *load)
{
	int r = load->copy ? erofs_file_commit(load->copy) : 0;

	return r == 0 && load->gzinfo ? erofs_gzinfo_commit(load->gzinfo) : r;
}

/* What is not kept can only be hashed now. */
static int open_digest(struct load *load)
{
	if (load->options.form != EROFS_ARCHIVE_INDEX || load->source.in_place ||
	    load->options.ishare == EROFS_DIGEST_NONE)
		return 0;
	return erofs_digest_new(load->options.ishare, &load->source.digest);
}

/* ---- the tree ---- */

static int add_device(struct load *load, struct erofs_tree *tree, uint64_t bytes)
{
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

static int begin(struct load *load, struct erofs_loader *loader)
{
	struct erofs_entry root = { .mode = S_IFDIR | 0777, .uid = load->options.root_uid,
		.gid = load->options.root_gid, .mtime_seconds = load->options.root_mtime_seconds };
	struct erofs_source_tar *source = &load->source;
	int r = erofs_archive_content_new(load->options.spool_directory, &load->report.report,
		&source->content);

	if (r < 0)
		return r;
	loader->tree->source = erofs_archive_content_source(source->content);
	loader->tree->intake = load->options.intake;
	source->graft = &load->graft;
	source->options = &load->options;
	return erofs_graft_init(&load->graft, loader, load->options.aufs ?
		EROFS_GRAFT_MARKS_OVERLAY : EROFS_GRAFT_MARKS_PLAIN, &root);
}

static int read_all(struct load *load, struct erofs_loader *loader)
{
	uint64_t bytes;
	int r = begin(load, loader);

	if (r == 0)
		r = open_files(load);
	if (r == 0)
		r = open_input(load);
	if (r == 0)
		r = open_digest(load);
	if (r == 0)
		r = erofs_source_tar_scan(&load->source, load->input, &bytes);
	if (r == 0)
		r = add_device(load, loader->tree, bytes);
	if (r == 0)
		r = erofs_graft_end_layer(&load->graft);
	return r < 0 ? r : erofs_graft_finish(&load->graft);
}

/* As erofs_load_function. */
static int load_source(struct erofs_loader *loader, const void *user)
{
	struct load *load = *(struct load *const *)user;
	int r = read_all(load, loader);

	erofs_input_close(take(&load->input));
	erofs_graft_fini(&load->graft);
	erofs_digest_free(load->source.digest);
	return r;
}

static int run(struct load *load, const struct erofs_tree_options *options, struct erofs_tree **ret)
{
	struct erofs_tree *tree;
	int r = erofs_tree_load(options, &load->report.report, load_source, &load, load->name, &tree);

	if (r < 0)
		return r;
	r = commit_files(load);
	if (r < 0)
		erofs_tree_free(tree);
	else
		*ret = tree;
	return r;
}

int erofs_tree_load_archive(int fd, const char *name, const struct erofs_tree_options *options,
	const struct erofs_archive_options *archive, const struct erofs_report *report,
	struct erofs_tree **ret)
{
	struct load load = { .name = name, .fd = fd };
	int r;

	r = erofs_options_take(archive, EROFS_OPTIONS_BYTES(load.options), "archive options", report,
		&load.options);
	if (r == 0 && load.options.intake && load.options.form != EROFS_ARCHIVE_FULL)
		r = erofs_fail(report, -EINVAL, "an index has no data to take in");
	if (r == 0)
		r = erofs_shared_report_init(&load.report, report);
	if (r == 0)
		r = run(&load, options, ret);
	if (r == 0)
		(*ret)->report = report;
	if (load.fd >= 0)
		close(load.fd);
	erofs_gzinfo_close(load.gzinfo);
	erofs_file_close(load.copy);
	erofs_shared_report_fini(&load.report);
	return r;
}
