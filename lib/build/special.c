/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* A special inode has a plan of its own, with one file, whose content is a spool. */
#include "build/special.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/math.h"
#include "base/report.h"
#include "pack/pack.h"

/* ---- a spool as content ---- */

struct spool_content {
	struct erofs_content base;
	const struct erofs_spool *spool;
};

static const struct erofs_content_ops spool_ops;

static int open_content(struct erofs_content_source *source, const struct erofs_node *node,
	const struct erofs_report *report, struct erofs_content **ret)
{
	const struct spool_source *s = (const struct spool_source *)source;
	struct spool_content *content = malloc(sizeof(*content));

	(void)node;
	if (!content)
		return erofs_fail_errno(report, -ENOMEM, "temporary file");
	*content = (struct spool_content){ { &spool_ops }, s->spool };
	*ret = &content->base;
	return 0;
}

static int read_content(struct erofs_content *content, uint64_t offset, void *buffer, size_t size)
{
	return erofs_spool_read(((struct spool_content *)content)->spool, offset, buffer, size);
}

static int next_data(struct erofs_content *content, uint64_t offset, uint64_t *ret_start,
	uint64_t *ret_end)
{
	uint64_t size = erofs_spool_size(((struct spool_content *)content)->spool);

	*ret_start = offset;
	*ret_end = size;
	return offset < size;
}

static int finish_content(struct erofs_content *content)
{
	(void)content;
	return 0;
}

static void close_content(struct erofs_content *content)
{
	free((struct spool_content *)content);
}

static const struct erofs_content_ops spool_ops = {
	.open = open_content,
	.read = read_content,
	.next_data = next_data,
	.finish = finish_content,
	.close = close_content,
};

/* ---- planning ---- */

/* One file, as the tree of an image. */
static void make_tree(struct special_inode *special, const struct erofs_plan *plan, const char *name,
	const struct erofs_spool *spool)
{
	uint64_t size = erofs_spool_size(spool);

	special->source = (struct spool_source){ { &spool_ops }, spool };
	special->node = (struct erofs_node){ .parent = &special->node, .name = name, .size_bytes = size,
		.mtime_seconds = plan->opt.build_time_seconds, .nlink = 1, .mode = S_IFREG | 0644 };
	special->nodes[0] = &special->node;
	special->tree = (struct erofs_tree){ .report = plan->report, .root = &special->node,
		.nodes = special->nodes, .node_count = 1, .source = &special->source.base };
	special->tree.summary.content_bytes = size;
}

/* What of the image's options is also about this inode. */
static struct erofs_build_options options_of(const struct erofs_plan *plan,
	const struct special_options *options)
{
	const struct erofs_build_options *opt = &plan->opt;

	return (struct erofs_build_options){
		.struct_size = sizeof(*opt),
		.block_bits = opt->block_bits,
		.build_time_seconds = opt->build_time_seconds,
		.ignore_mtime = true,
		.no_dedupe_files = true,
		.use_48bit = opt->use_48bit,
		.xattr_tolerance = INT32_MAX,
		.compressions = options->compression,
		.compression_count = options->compression != NULL,
		.pcluster_bytes = options->pcluster_bytes,
		.dedupe = options->dedupe && options->compression,
		.tail_packing = opt->tail_packing,
		.full_index = opt->full_index,
		.workers = opt->workers,
	};
}

/* ---- storing ---- */

#define COPY_BYTES (256u << 10)

static int copy_blocks(struct writer *w, const struct erofs_spool *spool, uint64_t start_block, uint64_t blocks)
{
	auto_free uint8_t *buffer = malloc(COPY_BYTES);
	uint64_t stored = blocks << w->plan->block_bits, size = erofs_spool_size(spool);

	if (!buffer)
		return erofs_fail_errno(w->report, -ENOMEM, "temporary file");
	for (uint64_t at = 0; at < stored; at += COPY_BYTES) {
		size_t room = stored - at < COPY_BYTES ? (size_t)(stored - at) : COPY_BYTES;
		size_t n = size - at < room ? (size_t)(size - at) : room;
		int r = erofs_spool_read(spool, at, buffer, n);

		memset(buffer + n, 0, room - n);
		if (r == 0)
			r = erofs_write_blocks(w, &w->image, start_block + (at >> w->plan->block_bits),
				buffer, room);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Without compression: a flat file. */
static int store_flat(struct writer *w, const struct erofs_spool *spool)
{
	struct erofs_plan *plan = w->plan;
	struct plan_inode *pi = &plan->inodes[0];
	uint32_t tail = erofs_plan_tail_bytes(plan, pi);
	uint64_t blocks = erofs_plan_blocks(plan, pi);
	uint8_t *bytes = NULL;
	int r = 0;

	plan->packed = calloc(1, sizeof(*plan->packed));
	if (plan->packed && tail)
		bytes = erofs_arena_alloc(&plan->kept, tail);
	if (!plan->packed || (tail && !bytes))
		return erofs_fail_errno(w->report, -ENOMEM, "temporary file");
	plan->packed->tail = bytes;
	if (tail)
		r = erofs_spool_read(spool, pi->size_bytes - tail, bytes, tail);
	if (r == 0 && blocks)
		r = erofs_write_allocate(w, &w->image, blocks, &pi->start_block);
	return r == 0 && blocks ? copy_blocks(w, spool, pi->start_block, blocks) : r;
}

/* The same output under another plan. */
static struct writer writer_of(const struct writer *w, struct special_inode *special)
{
	return (struct writer){ .plan = &special->plan, .report = w->report, .out = w->out,
		.image = w->image, .head = w->head, .head_bytes = w->head_bytes,
		.progress_lock = PTHREAD_MUTEX_INITIALIZER };
}

static int store(struct writer *w, struct special_inode *special, const struct erofs_spool *spool)
{
	struct writer inner = writer_of(w, special);
	int r;

	erofs_content_table_init(&inner.files);
	if (special->plan.compression.on)
		r = erofs_pack_files(&inner, NULL);
	else
		r = store_flat(&inner, spool);
	erofs_content_table_fini(&inner.files);
	w->image = inner.image;
	w->summary.deduplicated_bytes += inner.summary.deduplicated_bytes;
	w->plan->compressed_count += special->plan.compressed_count;
	w->plan->inline_count += special->plan.inline_count;
	w->plan->compression.used_algorithms |= special->plan.compression.used_algorithms;
	erofs_plan_cover(w->plan, &special->plan.compression);
	return r;
}

int erofs_special_store(struct writer *w, struct special_inode *special, const struct special_options *options,
	struct erofs_spool *spool)
{
	struct erofs_build_options build = options_of(w->plan, options);
	int r = erofs_spool_flush(spool);

	if (r < 0)
		return r;
	special->on = true;
	make_tree(special, w->plan, options->name, spool);
	r = erofs_plan_init(&special->plan, &special->tree, &build, w->report);
	/* Its times are understood as those of all others. */
	special->plan.epoch_seconds = w->plan->epoch_seconds;
	/* Linux 6.18 reads other bytes from it than were written. */
	special->plan.no_plain_tail = true;
	special->plan.free_layout = true;
	special->plan.compression.encoders[0].dense = w->plan->compression.encoders[0].dense;
	return r < 0 ? r : store(w, special, spool);
}

/* ---- the inode ---- */

uint64_t erofs_special_meta_bytes(const struct special_inode *special)
{
	return erofs_plan_meta_bytes(&special->plan, &special->plan.inodes[0]);
}

uint64_t erofs_special_tail_bytes(const struct special_inode *special)
{
	return erofs_plan_tail_bytes(&special->plan, &special->plan.inodes[0]);
}

int erofs_special_write(struct writer *w, struct special_inode *special, uint64_t at)
{
	uint64_t bytes = erofs_special_meta_bytes(special) + erofs_special_tail_bytes(special);
	struct plan_item item = { .count = 1, .meta_end = bytes };
	struct writer inner = writer_of(w, special);
	struct write_worker ww = { .w = &inner };
	int r;

	special->plan.inodes[0].offset = 0;
	special->plan.inode_area_at = at;
	r = erofs_data_first_finish(&ww, &item);
	free(ww.meta);
	return r;
}

/* What is left of the front's last block, where no inode area follows. */
static bool take_from_front(struct erofs_plan *plan, uint64_t meta, uint64_t tail, uint64_t *ret)
{
	uint64_t at = erofs_plan_fit(plan->block_size, plan->front_end, meta, tail);

	if (!plan->metabox || at + meta + tail > erofs_round_up(plan->front_end, plan->block_size))
		return false;
	plan->front_end = at + meta + tail;
	*ret = at;
	return true;
}

int erofs_special_append(struct writer *w, struct special_inode *special)
{
	const struct erofs_plan *plan = w->plan;
	uint64_t meta = erofs_special_meta_bytes(special), tail = erofs_special_tail_bytes(special);
	uint64_t start = w->image.next_block << plan->block_bits, unused, at;
	int r = 0;

	if (!take_from_front(w->plan, meta, tail, &at)) {
		at = erofs_plan_fit(plan->block_size, start, meta, tail);
		r = erofs_write_append(w, &w->image,
			erofs_ceil_div(at + meta + tail - start, plan->block_size), &unused);
	}
	special->nid = (at - ((uint64_t)plan->meta_start_block << plan->block_bits)) / EROFS_SLOT_SIZE;
	return r < 0 ? r : erofs_special_write(w, special, at);
}

void erofs_special_fini(struct special_inode *special)
{
	if (special->on)
		erofs_plan_fini(&special->plan);
}
