/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Building an image: plan, write, superblock last. */
#include "build/build.h"

#include <errno.h>
#include <stdlib.h>

#include "base/report.h"
#include "build/intake.h"
#include "pack/pack.h"

/* What the superblock's check covers (section 1.2), from the first byte of the image on. */
static size_t head_bytes(const struct erofs_plan *plan)
{
	return plan->block_size > EROFS_SUPER_OFFSET ? plan->block_size :
	       EROFS_SUPER_OFFSET + plan->block_size;
}

static int open_outputs(struct writer *w, const char *destination)
{
	const struct erofs_build_options *opt = &w->plan->opt;
	struct erofs_output_watcher watcher = { opt->temporary, opt->temporary_user };
	const struct erofs_tree_base *base = w->plan->tree->base;
	int r;

	if (w->plan->tree->intake)
		r = erofs_intake_take_over(w);
	else if (base)
		r = erofs_output_open_append(destination, opt->offset_bytes, base->end_bytes, w->report, &w->out);
	else
		r = erofs_output_open(destination, opt->offset_bytes, &watcher, w->report, &w->out);
	if (r < 0)
		return r;
	w->image.out = w->out;
	if (!opt->blob_path)
		return 0;
	r = erofs_output_open(opt->blob_path, 0, &watcher, w->report, &w->blob.out);
	if (r == 0 && erofs_output_same(w->out, w->blob.out))
		return erofs_fail(w->report, -EINVAL, "%s: the image and its blob are one file",
			opt->blob_path);
	return r;
}

static int prepare_writer(struct writer *w)
{
	const struct erofs_build_options *opt = &w->plan->opt;
	uint32_t align = opt->data_align_blocks;

	/* Chunks smaller than the alignment would waste most of it. */
	if (opt->chunk_size_bytes && opt->chunk_size_bytes < (uint64_t)align * w->plan->block_size)
		align = 1;
	if (!w->plan->tree->intake)
		w->image.next_block = w->image.dirty_end = w->plan->data_start_block;
	w->image.align_blocks = w->blob.align_blocks = align;
	w->blob.device = 1;
	w->head_bytes = head_bytes(w->plan);
	if (w->plan->tree->base) {
		int r = erofs_append_load_head(w);

		if (r < 0)
			return r;
	} else {
		w->head = calloc(1, w->head_bytes);
	}
	if (!w->head)
		return erofs_fail_errno(w->report, -ENOMEM, "superblock");
	if (opt->ishare && w->plan->chunked_count)
		return erofs_digest_new(opt->ishare, &w->chunked_digest);
	return 0;
}

/* Content that comes first tells how large the metadata is, or is there already. */
static int store_files(struct build *b)
{
	struct writer *w = &b->w;
	int r = w->plan->compression.on ? erofs_pack_files(w, &b->fragments) : erofs_write_clear_given_back(w);

	return r < 0 ? r : erofs_plan_place_inodes(w->plan);
}

static int place_areas(struct writer *w)
{
	int r = erofs_plan_place_areas(w->plan, w->image.next_block);

	/* That of directories is followed by the metabox. */
	if (r == 0 && w->plan->metabox)
		w->image.next_block = w->plan->data_start_block;
	return r;
}

static int run(struct build *b, const char *destination)
{
	struct writer *w = &b->w;
	bool data_first = w->plan->data_first;
	int r = open_outputs(w, destination);

	if (r == 0)
		r = prepare_writer(w);
	if (r == 0)
		r = erofs_packed_open(b);
	if (r == 0 && data_first)
		r = store_files(b);
	if (r == 0)
		r = erofs_packed_store(b);
	if (r == 0)
		erofs_packed_place(b);
	if (r == 0 && data_first)
		r = place_areas(w);
	if (r == 0)
		r = erofs_metabox_open(b);
	if (r == 0)
		r = erofs_build_write_items(b);
	if (r == 0)
		r = erofs_packed_write(b);
	if (r == 0)
		r = erofs_metabox_store(b);
	if (r == 0)
		r = erofs_located_tell(w);
	return r < 0 ? r : erofs_super_write(b);
}

static int build(struct erofs_plan *plan, const char *destination,
	const struct erofs_report *report, struct erofs_build_summary *ret)
{
	struct build b = { .w = { .plan = plan, .report = report,
		.progress_lock = PTHREAD_MUTEX_INITIALIZER } };
	int r;

	erofs_content_table_init(&b.w.files);
	erofs_content_table_init(&b.w.chunks);
	r = run(&b, destination);
	erofs_output_close(b.w.blob.out);
	erofs_output_close(b.w.out);
	erofs_digest_free(b.w.chunked_digest);
	erofs_special_fini(&b.metabox);
	erofs_special_fini(&b.packed);
	erofs_spool_close(b.w.metabox_spool);
	erofs_fragments_close(&b.fragments);
	erofs_content_table_fini(&b.w.chunks);
	erofs_content_table_fini(&b.w.files);
	free(b.w.head);
	free(b.root);
	if (r == 0)
		*ret = b.w.summary;
	return r;
}

int erofs_build(const struct erofs_tree *tree, const struct erofs_build_options *options,
	const char *destination, const struct erofs_report *report,
	struct erofs_build_summary *ret)
{
	struct erofs_shared_report shared;
	struct erofs_plan plan;
	int r = erofs_shared_report_init(&shared, report);

	if (r < 0)
		return erofs_fail_errno(report, r, "%s", destination);
	r = erofs_plan_init(&plan, tree, options, &shared.report);
	if (r == 0)
		r = build(&plan, destination, &shared.report, ret);
	erofs_plan_fini(&plan);
	erofs_shared_report_fini(&shared);
	return r;
}
