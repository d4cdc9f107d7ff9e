/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Planning inodes one by one: compact or extended (sections 3.7, 3.8), data layout (section 4), size. */
#include "plan/plan.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/math.h"
#include "base/report.h"
#include "tree/content.h"
#include "tree/intake.h"

#define SYMLINK_MAX_BYTES 4095u
#define DEVICE_MAJOR_MAX 0xfffu /* section 3.5 */
#define DEVICE_MINOR_MAX 0xfffffu
#define MAX_CHUNK_BITS 31 /* section 4.3 */

/* ---- form ---- */

void erofs_plan_mtime(const struct erofs_plan *plan, const struct erofs_node *node,
	int64_t *ret_seconds, uint32_t *ret_nsec)
{
	bool fixed = plan->opt.ignore_mtime;

	/* A compact root stays one, and its time with it. */
	if (erofs_plan_is_old_root(plan, node) && !plan->tree->base->root.extended) {
		*ret_seconds = plan->tree->base->root.mtime_seconds;
		*ret_nsec = 0;
		return;
	}
	*ret_seconds = fixed ? plan->opt.build_time_seconds : node->mtime_seconds;
	*ret_nsec = fixed ? 0 : node->mtime_nsec;
}

static bool mtime_fits_compact(const struct erofs_plan *plan, const struct erofs_node *node)
{
	int64_t seconds;
	uint32_t nsec;

	erofs_plan_mtime(plan, node, &seconds, &nsec);
	if (nsec || seconds < plan->epoch_seconds)
		return false;
	if (!plan->has_48bit)
		return seconds == plan->epoch_seconds;
	return (uint64_t)seconds - (uint64_t)plan->epoch_seconds <= UINT32_MAX;
}

/* Why @node cannot be compact; NULL when it can. */
static const char *compact_obstacle(const struct erofs_plan *plan, const struct erofs_node *node,
	const struct plan_inode *pi)
{
	if (pi->size_bytes > UINT32_MAX)
		return "its size";
	if (node->uid > UINT16_MAX || node->gid > UINT16_MAX)
		return "its owner";
	if (node->nlink > UINT16_MAX)
		return "its link count";
	if (!mtime_fits_compact(plan, node))
		return "its modification time";
	/* A wide start block takes the place of the link count. */
	if (plan->wide && (S_ISDIR(node->mode) || node->nlink != 1))
		return "48-bit addresses";
	return NULL;
}

static int plan_form(const struct erofs_plan *plan, const struct erofs_node *node,
	struct plan_inode *pi)
{
	const char *obstacle = compact_obstacle(plan, node, pi);

	if (erofs_plan_is_old_root(plan, node)) {
		pi->flags |= obstacle ? PLAN_EXTENDED : 0;
		return 0;
	}
	if (plan->opt.inode_form == EROFS_FORM_COMPACT && obstacle)
		return erofs_plan_fail(plan, node, -EOVERFLOW, "a compact inode cannot hold %s", obstacle);
	if (plan->opt.inode_form == EROFS_FORM_EXTENDED || obstacle)
		pi->flags |= PLAN_EXTENDED;
	return 0;
}

/* ---- layout ---- */

/* The tail must lie in the block of the last byte before it (section 4.2). Where the metadata is larger
 * than a block, its end can be put at any multiple of 32 plus a remainder. */
static bool tail_can_inline(const struct erofs_plan *plan, const struct plan_inode *pi)
{
	uint64_t meta = erofs_plan_inode_bytes(pi) + pi->xattr_bytes;
	uint64_t tail = pi->size_bytes & (plan->block_size - 1);

	if (!tail)
		return false;
	if (meta > plan->block_size)
		meta = (meta - 1) % EROFS_SLOT_SIZE + 1;
	return meta + tail <= plan->block_size;
}

static bool is_hole(const struct erofs_plan *plan, const struct erofs_node *node, int *error)
{
	struct erofs_content *content;
	uint64_t start, end;
	int r = erofs_content_open(plan->tree, node, plan->report, &content);

	if (r < 0) {
		*error = r;
		return false;
	}
	r = erofs_content_next_data(content, 0, &start, &end);
	erofs_content_close(content);
	if (r < 0)
		*error = r;
	return r == 0;
}

static int set_chunks(const struct erofs_plan *plan, const struct erofs_node *node, uint32_t bits,
	struct plan_inode *pi)
{
	pi->layout = EROFS_LAYOUT_CHUNK_BASED;
	pi->chunk_bits = (uint8_t)bits;
	if (erofs_plan_chunk_count(plan, pi) > UINT32_MAX)
		return erofs_plan_fail(plan, node, -EFBIG, "%" PRIu64 " chunks are too many",
			erofs_plan_chunk_count(plan, pi));
	return 0;
}

static int plan_chunks(const struct erofs_plan *plan, const struct erofs_node *node,
	struct plan_inode *pi)
{
	uint32_t bits = (uint32_t)__builtin_ctzll(plan->opt.chunk_size_bytes) - plan->block_bits;

	if (bits > MAX_CHUNK_BITS)
		bits = MAX_CHUNK_BITS;
	/* A file that is one hole needs a single entry, whatever its size. */
	while (pi->flags & PLAN_HOLE && bits < MAX_CHUNK_BITS &&
	       ((uint64_t)plan->block_size << bits) < pi->size_bytes)
		bits++;
	return set_chunks(plan, node, bits, pi);
}

/* The source cuts a referred file into chunks; smaller ones than a block have no addresses here. */
static int plan_referred(struct erofs_plan *plan, const struct erofs_node *node,
	struct plan_inode *pi)
{
	uint32_t bits = node->referred_bits;

	if (bits < plan->block_bits)
		return erofs_plan_fail(plan, node, -EINVAL, "chunks of %" PRIu64
			" bytes are smaller than blocks of %" PRIu32, (uint64_t)1 << bits, plan->block_size);
	if (bits - plan->block_bits > MAX_CHUNK_BITS)
		bits = plan->block_bits + MAX_CHUNK_BITS;
	plan->chunked_count++;
	return set_chunks(plan, node, bits - plan->block_bits, pi);
}

static int plan_file(struct erofs_plan *plan, const struct erofs_node *node, struct plan_inode *pi)
{
	bool chunked = plan->opt.chunk_size_bytes && node->size_bytes;
	int error = 0;

	if (erofs_plan_is_referred(node))
		return plan_referred(plan, node, pi);
	/* Only these two cases gain from knowing; small files are found out when they are read. */
	if ((chunked || (plan->opt.use_48bit && !plan->data_first)) && node->size_bytes > PLAN_SMALL_BYTES &&
	    is_hole(plan, node, &error))
		pi->flags |= PLAN_HOLE;
	if (error < 0)
		return error;
	if (chunked) {
		plan->chunked_count++;
		return plan_chunks(plan, node, pi);
	}
	if (!(pi->flags & PLAN_HOLE) && !plan->opt.no_inline_regular && tail_can_inline(plan, pi))
		pi->layout = EROFS_LAYOUT_FLAT_INLINE;
	return 0;
}

static int plan_layout(struct erofs_plan *plan, const struct erofs_node *node,
	struct plan_inode *pi)
{
	pi->layout = EROFS_LAYOUT_FLAT_PLAIN;
	if (S_ISREG(node->mode))
		return plan_file(plan, node, pi);
	if (S_ISDIR(node->mode) && plan->opt.compress_directories) {
		pi->layout = EROFS_LAYOUT_COMPRESSED_FULL;
		plan->packed[node->index].fragment_bytes = pi->size_bytes;
		return 0;
	}
	if (tail_can_inline(plan, pi))
		pi->layout = EROFS_LAYOUT_FLAT_INLINE;
	return 0;
}

/* ---- size ---- */

static int check_names(const struct erofs_plan *plan, const struct erofs_node *node)
{
	for (uint32_t i = 0; i < node->edge_count; i++)
		if (node->edges[i].name_bytes < 1 || node->edges[i].name_bytes > EROFS_NAME_MAX)
			return erofs_plan_fail(plan, node, -ENAMETOOLONG, "entry with a name of %" PRIu32
				" bytes: not 1 to %d", node->edges[i].name_bytes, EROFS_NAME_MAX);
	return 0;
}

static int plan_size(const struct erofs_plan *plan, const struct erofs_node *node,
	struct plan_inode *pi)
{
	if (S_ISREG(node->mode)) {
		if (node->size_bytes > INT64_MAX)
			return erofs_plan_fail(plan, node, -EFBIG, "size of %" PRIu64 " bytes",
				node->size_bytes);
		pi->size_bytes = node->size_bytes;
	} else if (S_ISDIR(node->mode)) {
		int r = check_names(plan, node);

		if (r < 0)
			return r;
		pi->size_bytes = erofs_plan_dir_size(plan, node);
	} else if (S_ISLNK(node->mode)) {
		if (node->size_bytes < 1 || node->size_bytes > SYMLINK_MAX_BYTES)
			return erofs_plan_fail(plan, node, -ENAMETOOLONG, "symbolic link of %" PRIu64
				" bytes: not 1 to %u", node->size_bytes, SYMLINK_MAX_BYTES);
		pi->size_bytes = node->size_bytes;
	} else if (node->rdev_major > DEVICE_MAJOR_MAX || node->rdev_minor > DEVICE_MINOR_MAX) {
		return erofs_plan_fail(plan, node, -EOVERFLOW, "device number %" PRIu32 ":%" PRIu32
			" has no place in an inode", node->rdev_major, node->rdev_minor);
	}
	return 0;
}

static int plan_inode(struct erofs_plan *plan, const struct erofs_node *node)
{
	struct plan_inode *pi = &plan->inodes[node->index];
	int r;

	pi->start_block = PLAN_NO_BLOCK;
	if (plan->tree->intake && erofs_plan_is_file(node))
		pi->start_block = plan->tree->intake->places[node->source_inode].start_block;
	if (erofs_type_of_mode(node->mode) == EROFS_TYPE_UNKNOWN)
		return erofs_plan_fail(plan, node, -EINVAL, "file type of mode 0%o is unknown",
			(unsigned int)node->mode);
	r = plan_size(plan, node, pi);
	if (r == 0)
		r = plan_form(plan, node, pi);
	if (r == 0)
		r = erofs_plan_xattr_body(plan, node, &pi->xattr_bytes);
	if (r == 0)
		r = plan_layout(plan, node, pi);
	if (r == 0 && erofs_plan_is_old_root(plan, node))
		r = erofs_plan_old_root(plan, pi);
	if (r == 0 && plan->xattrs.ishare_id >= 0 && erofs_plan_is_file(node)) {
		pi->flags |= PLAN_TAGGED;
		plan->tagged_count++;
	}
	return r;
}

/* ---- sizes that occur more than once ---- */

static int compare_sizes(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* Only files with blocks of their own, or a share of the packed inode, can save any. */
static bool may_be_identical(const struct erofs_plan *plan, uint32_t index)
{
	const struct plan_inode *pi = &plan->inodes[index];

	return S_ISREG(plan->tree->nodes[index]->mode) && !(pi->flags & PLAN_HOLE) &&
	       (erofs_plan_blocks(plan, pi) > 0 || (plan->fragments && pi->size_bytes));
}

static bool occurs_twice(const uint64_t *sorted, size_t count, uint64_t size)
{
	const uint64_t *found = bsearch(&size, sorted, count, sizeof(*sorted), compare_sizes);

	return (found > sorted && found[-1] == size) ||
	       (found + 1 < sorted + count && found[1] == size);
}

static int mark_shared_sizes(struct erofs_plan *plan)
{
	uint32_t nodes = plan->tree->node_count;
	auto_free uint64_t *sizes = NULL;
	size_t count = 0;

	if (plan->opt.no_dedupe_files)
		return 0;
	sizes = calloc(nodes, sizeof(*sizes));
	if (!sizes)
		return erofs_fail_errno(plan->report, -ENOMEM, "sizes of %" PRIu32 " inodes", nodes);
	for (uint32_t i = 0; i < nodes; i++)
		if (may_be_identical(plan, i))
			sizes[count++] = plan->inodes[i].size_bytes;
	qsort(sizes, count, sizeof(*sizes), compare_sizes);
	for (uint32_t i = 0; i < nodes; i++)
		if (may_be_identical(plan, i) && occurs_twice(sizes, count, plan->inodes[i].size_bytes))
			plan->inodes[i].flags |= PLAN_SIZE_SHARED;
	return 0;
}

int erofs_plan_inodes(struct erofs_plan *plan)
{
	for (uint32_t i = 0; i < plan->tree->node_count; i++) {
		int r = plan_inode(plan, plan->tree->nodes[i]);

		if (r < 0)
			return r;
	}
	return mark_shared_sizes(plan);
}
