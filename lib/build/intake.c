/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* The image grows from its data: files are laid out, hashed and written as they come, once. Small ones gather in a
 * buffer, so that one that turns out to be a copy never reaches the image; of a large copy the space is given
 * back. What is in front of the data has a size that follows from the options alone. */
#include "build/intake.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/digest.h"
#include "base/math.h"
#include "base/options.h"
#include "base/report.h"
#include "format/erofs_fs.h"
#include "write/content_table.h"

#define BUFFER_BYTES (512u << 10)

struct intake_file {
	uint64_t size, at;		/* bytes of it that have come */
	uint64_t start_block, blocks;
	bool buffered;
	size_t buffer_at;
};

struct intake {
	struct erofs_intake base;
	const struct erofs_report *report;
	struct erofs_build_options opt;
	struct erofs_output *out;	/* NULL when the build has taken it over */
	uint32_t block_bits;
	uint64_t dirty_end;		/* blocks before this one may hold bytes of data given back */
	struct intake_file file;
	struct erofs_digest *digest;	/* NULL without fingerprints */
	struct erofs_content_table contents;
	uint64_t deduplicated_bytes;
	struct erofs_arena fingerprints;
	struct erofs_intake_place *places;
	size_t count, capacity;
	uint64_t buffer_block;
	size_t buffered;
	uint8_t buffer[BUFFER_BYTES];
};

/* ---- writing ---- */

static int flush(struct erofs_intake *base)
{
	struct intake *in = (struct intake *)base;
	int r = 0;

	if (in->buffered)
		r = erofs_output_write(in->out, in->buffer_block << in->block_bits, in->buffer, in->buffered);
	in->buffered = 0;
	return r;
}

/* Zeros that the image does not have by itself. */
static int write_zeros(struct intake *in, uint64_t start, uint64_t end)
{
	uint64_t limit = in->dirty_end << in->block_bits;

	return erofs_output_write_zeros(in->out, start, end < limit ? end : limit);
}

static uint64_t place_of(const struct intake *in, uint64_t at)
{
	return (in->file.start_block << in->block_bits) + at;
}

/* ---- one file ---- */

/* A file that fits goes to the buffer, which is one range of blocks. */
static int choose_buffer(struct intake *in)
{
	struct intake_file *f = &in->file;
	uint64_t bytes = f->blocks << in->block_bits;
	bool follows = f->start_block == in->buffer_block + (in->buffered >> in->block_bits);
	int r = 0;

	f->buffered = bytes <= BUFFER_BYTES;
	if (!f->buffered || !follows || bytes > BUFFER_BYTES - in->buffered)
		r = flush(&in->base);
	if (!in->buffered)
		in->buffer_block = f->start_block;
	f->buffer_at = in->buffered;
	return r;
}

static int begin(struct erofs_intake *base, const char *path, uint64_t size)
{
	struct intake *in = (struct intake *)base;
	uint64_t align = in->opt.data_align_blocks;
	uint64_t start = erofs_ceil_div(base->next_block, align) * align;
	uint64_t blocks = erofs_ceil_div(size, 1u << in->block_bits);
	uint64_t limit = erofs_plan_address_limit(&in->opt);
	int r;

	if (start > limit || blocks > limit - start)
		return erofs_fail(in->report, -EFBIG, "%s: %" PRIu64 " bytes: an image of more than %" PRIu64
			" blocks of %u bytes%s", path, size, limit, 1u << in->block_bits,
			in->opt.use_48bit ? "" : " needs 48-bit addresses");
	in->file = (struct intake_file){ .size = size, .start_block = start, .blocks = blocks };
	r = write_zeros(in, base->next_block << in->block_bits, start << in->block_bits);
	if (r == 0)
		r = choose_buffer(in);
	return r == 0 && in->digest ? erofs_digest_start(in->digest) : r;
}

static int data(struct erofs_intake *base, const void *bytes, size_t size)
{
	struct intake *in = (struct intake *)base;
	struct intake_file *f = &in->file;
	int r = in->digest ? erofs_digest_update(in->digest, bytes, size) : 0;

	if (r < 0)
		return erofs_fail_errno(in->report, r, "cannot compute a digest");
	if (f->buffered)
		memcpy(in->buffer + f->buffer_at + f->at, bytes, size);
	else
		r = erofs_output_write(in->out, place_of(in, f->at), bytes, size);
	f->at += size;
	return r;
}

static int hole(struct erofs_intake *base, uint64_t size)
{
	struct intake *in = (struct intake *)base;
	struct intake_file *f = &in->file;
	int r = in->digest ? erofs_digest_update_zeros(in->digest, size) : 0;

	if (r < 0)
		return erofs_fail_errno(in->report, r, "cannot compute a digest");
	if (f->buffered)
		memset(in->buffer + f->buffer_at + f->at, 0, (size_t)size);
	else
		r = write_zeros(in, place_of(in, f->at), place_of(in, f->at + size));
	f->at += size;
	return r;
}

/* What is behind the file's end in its last block. */
static int pad(struct intake *in)
{
	struct intake_file *f = &in->file;
	uint64_t end = f->blocks << in->block_bits;

	if (!f->buffered)
		return write_zeros(in, place_of(in, f->at), place_of(in, end));
	memset(in->buffer + f->buffer_at + f->at, 0, (size_t)(end - f->at));
	return 0;
}

/* ---- what becomes of it ---- */

static int keep(struct intake *in)
{
	struct intake_file *f = &in->file;

	if (f->buffered)
		in->buffered = f->buffer_at + (size_t)(f->blocks << in->block_bits);
	in->base.next_block = f->start_block + f->blocks;
	return 0;
}

static void give_back(struct intake *in, uint64_t block)
{
	struct intake_file *f = &in->file;

	if (!f->buffered && in->dirty_end < f->start_block + f->blocks)
		in->dirty_end = f->start_block + f->blocks;
	in->deduplicated_bytes += f->size;
	f->start_block = block;
}

static int settle(struct intake *in, const uint8_t *digest)
{
	struct intake_file *f = &in->file;
	struct erofs_content_key key = { .size_bytes = f->size, .blocks = f->blocks };
	uint64_t block;
	int r;

	if (!digest || in->opt.no_dedupe_files)
		return keep(in);
	memcpy(key.digest, digest, sizeof(key.digest));
	if (erofs_content_table_find(&in->contents, &key, &block)) {
		give_back(in, block);
		return 0;
	}
	r = erofs_content_table_add(&in->contents, &key, f->start_block);
	return r < 0 ? r : keep(in);
}

static int add_place(struct intake *in, const uint8_t *digest, uint64_t *ret_number)
{
	uint8_t value[EROFS_FINGERPRINT_MAX_BYTES];
	struct erofs_intake_place place = { .start_block = in->file.start_block };

	if (digest) {
		size_t bytes = erofs_fingerprint_encode(in->opt.ishare, digest, value);

		place.fingerprint = erofs_arena_copy(&in->fingerprints, value, bytes);
		if (!place.fingerprint)
			return -ENOMEM;
	}
	if (in->count == in->capacity) {
		size_t capacity = 2 * in->capacity + 256;
		void *places = reallocarray(in->places, capacity, sizeof(*in->places));

		if (!places)
			return -ENOMEM;
		in->base.places = in->places = places;
		in->capacity = capacity;
	}
	in->places[in->count] = place;
	*ret_number = in->count++;
	return 0;
}

static int end(struct erofs_intake *base, uint64_t *ret_number)
{
	struct intake *in = (struct intake *)base;
	uint8_t bytes[EROFS_DIGEST_MAX_BYTES];
	const uint8_t *digest = in->digest ? bytes : NULL;
	int r = digest ? erofs_digest_finish(in->digest, bytes) : 0;

	if (r < 0)
		return erofs_fail_errno(in->report, r, "cannot compute a digest");
	r = pad(in);
	if (r == 0)
		r = settle(in, digest);
	return r == 0 ? add_place(in, digest, ret_number) : r;
}

/* ---- from the first file to the build ---- */

static const struct erofs_intake_ops ops = { begin, data, hole, end, flush };

/* Superblock with its extension, and prefixes of attribute names, each aligned. */
static uint64_t front_bytes(const struct erofs_build_options *opt)
{
	uint64_t bytes = EROFS_SUPER_OFFSET + EROFS_SUPER_BASE_SIZE + EROFS_SUPER_EXTSLOT_SIZE;
	size_t room = sizeof(struct erofs_xattr_long_prefix) + 4;

	for (size_t i = 0; i < opt->xattr_prefix_count; i++)
		bytes += room + strlen(opt->xattr_prefixes[i]);
	return bytes + (opt->ishare ? room + strlen(opt->ishare_xattr) : 0);
}

static int check_options(const struct intake *in)
{
	const struct erofs_build_options *opt = &in->opt;

	if (!opt->no_inline_regular || opt->compression_count || opt->chunk_size_bytes || opt->dedupe ||
	    opt->fragments || opt->all_fragments || opt->compress_directories ||
	    opt->metabox_pcluster_bytes || opt->reserve_only)
		return erofs_fail(in->report, -EINVAL,
			"data that comes before its tree can only be laid out in whole plain blocks");
	return erofs_plan_check_block_bits(opt->block_bits, in->report);
}

static int open_all(struct intake *in, const char *destination)
{
	struct erofs_output_watcher watcher = { in->opt.temporary, in->opt.temporary_user };
	int r = check_options(in);

	if (r == 0 && in->opt.ishare)
		r = erofs_digest_new(in->opt.ishare, &in->digest);
	if (r < 0)
		return r;
	in->base.first_block = in->base.next_block = erofs_ceil_div(front_bytes(&in->opt),
		UINT64_C(1) << in->block_bits);
	return erofs_output_open(destination, in->opt.offset_bytes, &watcher, in->report, &in->out);
}

int erofs_intake_open(const struct erofs_build_options *options, const char *destination,
	const struct erofs_report *report, struct erofs_intake **ret)
{
	struct intake *in = calloc(1, sizeof(*in));
	int r;

	if (!in)
		return erofs_fail_errno(report, -ENOMEM, "%s", destination);
	in->base.ops = &ops;
	in->report = report;
	erofs_content_table_init(&in->contents);
	erofs_arena_init(&in->fingerprints);
	r = erofs_options_take(options, EROFS_OPTIONS_BYTES(in->opt), "build options", report, &in->opt);
	erofs_plan_fill_defaults(&in->opt);
	in->block_bits = in->opt.block_bits;
	if (r == 0)
		r = open_all(in, destination);
	if (r < 0)
		erofs_intake_close(&in->base);
	else
		*ret = &in->base;
	return r;
}

void erofs_intake_close(struct erofs_intake *intake)
{
	struct intake *in = (struct intake *)intake;

	if (!in)
		return;
	erofs_output_close(in->out);
	erofs_digest_free(in->digest);
	erofs_content_table_fini(&in->contents);
	erofs_arena_fini(&in->fingerprints);
	free(in->places);
	free(in);
}

/* ---- the build ---- */

int erofs_intake_take_over(struct writer *w)
{
	struct intake *in = (struct intake *)w->plan->tree->intake;

	if (!in->out || w->plan->tree->base || in->block_bits != w->plan->block_bits ||
	    in->opt.ishare != w->plan->opt.ishare)
		return erofs_fail(w->report, -EINVAL,
			"data of this tree was laid out for another image");
	w->out = take(&in->out);
	w->image.dirty_end = in->dirty_end;
	w->image.next_block = in->base.next_block;
	w->summary.deduplicated_bytes = in->deduplicated_bytes;
	return 0;
}
