/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* From members of an archive to nodes, and their data to where it can be read again. */
#include "source/tar.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/math.h"
#include "base/report.h"
#include "tar/reader.h"
#include "source/acl.h"
#include "tree/intake.h"

#define PROGRESS_STEP 4096u
#define LABEL_MAX_BYTES 15u /* format section 1 */
/* Linux lists no more bytes of names, and takes no larger value. */
#define XATTR_NAMES_MAX_BYTES 65536u
#define XATTR_VALUE_MAX_BYTES 65536u
#define BLOCK_BITS 9u
/* A chunk is at most 2^31 blocks (format section 4.3). */
#define CHUNK_MAX_BITS (31u + BLOCK_BITS)
/* Of one file: each takes 8 bytes of the image. */
#define INDEX_MAX_CHUNKS (16u << 20)
/* Of all files: without data a header of 512 bytes could stand for as many chunks as one file may have. */
#define INDEX_MAX_ALL_CHUNKS (4u * INDEX_MAX_CHUNKS)

struct scan {
	struct erofs_source_tar *source;
	struct erofs_loader *loader;
	const struct erofs_report *report;
	struct erofs_tar_reader *reader;
	const struct erofs_tar_member *member;
	uint64_t dropped_acls;
};

__attribute__((format(printf, 3, 4)))
static int fail_member(const struct scan *scan, int error, const char *format, ...)
{
	return erofs_fail_in(scan->report, error, format, "%s", scan->member->path);
}

/* ---- attributes ---- */

static int take_xattr(struct scan *scan, const struct erofs_tar_xattr *xattr, size_t *names_bytes)
{
	*names_bytes += strlen(xattr->name) + 1;
	if (*names_bytes > XATTR_NAMES_MAX_BYTES)
		return fail_member(scan, -E2BIG, "names of extended attributes of more than %u bytes",
			XATTR_NAMES_MAX_BYTES);
	if (!erofs_loader_wants_xattr(scan->loader, xattr->name, scan->member->path))
		return 0;
	if (xattr->value_bytes > XATTR_VALUE_MAX_BYTES)
		return fail_member(scan, -E2BIG, "extended attribute of %" PRIu32 " bytes",
			xattr->value_bytes);
	return erofs_xattr_draft_set(&scan->loader->draft, xattr->name, xattr->value,
		xattr->value_bytes);
}

static int take_acl(struct scan *scan, const char *text, const char *name)
{
	struct erofs_acl_names names = { scan->source->options->find_id,
		scan->source->options->find_id_user };
	auto_free uint8_t *value = NULL;
	size_t bytes;
	int r;

	if (!text)
		return 0;
	r = erofs_acl_encode(text, &names, &value, &bytes);
	if (r == -EINVAL)
		return fail_member(scan, r, "malformed ACL");
	if (r == -ENOENT) {
		scan->dropped_acls++;
		return 0;
	}
	if (r < 0 || !value)
		return r;
	return erofs_xattr_draft_set(&scan->loader->draft, name, value, (uint32_t)bytes);
}

static int take_xattrs(struct scan *scan)
{
	const struct erofs_tar_member *m = scan->member;
	size_t names_bytes = 0;
	int r = 0;

	erofs_xattr_draft_reset(&scan->loader->draft);
	if (scan->loader->options->drop_xattrs)
		return 0;
	for (size_t i = 0; r == 0 && i < m->xattr_count; i++)
		r = take_xattr(scan, &m->xattrs[i], &names_bytes);
	if (r == 0 && !S_ISLNK(m->mode))
		r = take_acl(scan, m->acl_access, EROFS_XATTR_ACL_ACCESS);
	if (r == 0 && S_ISDIR(m->mode))
		r = take_acl(scan, m->acl_default, EROFS_XATTR_ACL_DEFAULT);
	return r;
}

/* ---- content ---- */

static int fail_digest(const struct scan *scan, int error)
{
	return erofs_fail_errno(scan->report, error, "cannot compute a digest");
}

/* The next @size bytes of data, on to where they are wanted. */
static int pass_bytes(struct scan *scan, uint64_t size)
{
	struct erofs_source_tar *source = scan->source;
	int r = 0;

	while (r == 0 && size) {
		const uint8_t *bytes;
		size_t count;

		r = erofs_tar_data(scan->reader, size, &bytes, &count);
		if (r == 0 && source->options->intake)
			r = source->options->intake->ops->data(source->options->intake, bytes, count);
		else if (r == 0 && source->options->form == EROFS_ARCHIVE_FULL)
			r = erofs_archive_content_append(source->content, bytes, count);
		if (r < 0)
			return r;
		if (source->digest)
			r = erofs_digest_update(source->digest, bytes, count);
		if (r < 0)
			return fail_digest(scan, r);
		size -= count;
	}
	return r;
}

static int pass_hole(struct scan *scan, uint64_t size)
{
	struct erofs_intake *intake = scan->source->options->intake;
	int r = 0;

	if (intake && size)
		return intake->ops->hole(intake, size);
	if (scan->source->digest)
		r = erofs_digest_update_zeros(scan->source->digest, size);
	return r < 0 ? fail_digest(scan, r) : 0;
}

static int pass_content(struct scan *scan)
{
	const struct erofs_tar_member *m = scan->member;
	uint64_t at = 0;
	int r = 0;

	if (!m->sparse)
		return pass_bytes(scan, m->stored);
	for (size_t i = 0; r == 0 && i < m->segment_count; i++) {
		r = pass_hole(scan, m->segments[i].offset - at);
		if (r == 0)
			r = pass_bytes(scan, m->segments[i].bytes);
		at = m->segments[i].offset + m->segments[i].bytes;
	}
	return r < 0 ? r : pass_hole(scan, m->size - at);
}

/* A fingerprint of the bytes that just pass by: those that the image refers to. */
static int pass_tagged(struct scan *scan, struct erofs_node *node)
{
	enum erofs_digest_algorithm algorithm = scan->source->options->ishare;
	uint8_t digest[EROFS_DIGEST_MAX_BYTES], value[EROFS_FINGERPRINT_MAX_BYTES];
	size_t bytes;
	int r = erofs_digest_start(scan->source->digest);

	if (r < 0)
		return fail_digest(scan, r);
	r = pass_content(scan);
	if (r < 0)
		return r;
	r = erofs_digest_finish(scan->source->digest, digest);
	if (r < 0)
		return fail_digest(scan, r);
	bytes = erofs_fingerprint_encode(algorithm, digest, value);
	node->trusted_fingerprint = erofs_arena_copy(&scan->loader->tree->arena, value, bytes);
	return node->trusted_fingerprint ? 0 : -ENOMEM;
}

static int copy_pieces(struct scan *scan, struct erofs_archive_place *place)
{
	const struct erofs_tar_member *m = scan->member;
	struct erofs_archive_piece *pieces;
	uint64_t at = 0;

	pieces = erofs_arena_alloc(&scan->loader->tree->arena, m->segment_count * sizeof(*pieces));
	if (!pieces)
		return -ENOMEM;
	for (size_t i = 0; i < m->segment_count; i++) {
		pieces[i] = (struct erofs_archive_piece){ m->segments[i].offset, m->segments[i].bytes,
			at };
		at += m->segments[i].bytes;
	}
	place->sparse = true;
	place->pieces = pieces;
	place->piece_count = m->segment_count;
	return 0;
}

/* Holes cost nothing in an archive and much in an image, and to hash. */
static int count_holes(struct scan *scan)
{
	uint64_t max = scan->source->options->max_hole_bytes;
	uint64_t hole = scan->member->size - scan->member->stored;

	if (erofs_add_overflow(scan->source->hole_bytes, hole, &scan->source->hole_bytes) ||
	    (max && scan->source->hole_bytes > max))
		return fail_member(scan, -EFBIG, "sparse file of %" PRIu64 " bytes: the holes of this "
			"archive add up to more than %" PRIu64 " bytes", scan->member->size, max);
	return 0;
}

/* The largest chunk that is either all data or all hole, wherever it begins; 0 when it is no block. */
static uint8_t chunk_bits(const struct erofs_tar_member *m)
{
	uint64_t borders = 0;
	unsigned int bits = BLOCK_BITS;

	for (size_t i = 0; i < m->segment_count; i++) {
		uint64_t end = m->segments[i].offset + m->segments[i].bytes;

		borders |= m->segments[i].offset | (end == m->size ? 0 : end);
	}
	if (borders && (unsigned int)__builtin_ctzll(borders) < BLOCK_BITS)
		return 0;
	while (bits < CHUNK_MAX_BITS && m->size > UINT64_C(1) << bits &&
	       !(borders & ((UINT64_C(2) << bits) - 1)))
		bits++;
	return (uint8_t)bits;
}

static int refer(struct scan *scan, struct erofs_node *node)
{
	const struct erofs_tar_member *m = scan->member;
	uint64_t chunks;

	node->referred_bits = chunk_bits(m);
	if (!node->referred_bits)
		return fail_member(scan, -EOPNOTSUPP, "holes that are not multiples of 512 bytes: an "
			"index cannot refer to this sparse file");
	chunks = m->size >> node->referred_bits;
	scan->source->chunks += chunks;
	if (chunks > INDEX_MAX_CHUNKS || scan->source->chunks > INDEX_MAX_ALL_CHUNKS)
		return fail_member(scan, -EFBIG, "file of %" PRIu64
			" bytes in pieces of %" PRIu64 ": too many for an index", m->size,
			UINT64_C(1) << node->referred_bits);
	return 0;
}

/* Straight into the image. */
static int pass_to_intake(struct scan *scan, struct erofs_node *node)
{
	struct erofs_intake *intake = scan->source->options->intake;
	int r = scan->member->sparse ? count_holes(scan) : 0;

	if (r == 0)
		r = intake->ops->begin(intake, scan->member->path, scan->member->size);
	if (r == 0)
		r = pass_content(scan);
	return r == 0 ? intake->ops->end(intake, &node->source_inode) : r;
}

static int take_content(struct scan *scan, struct erofs_node *node)
{
	struct erofs_source_tar *source = scan->source;
	const struct erofs_tar_member *m = scan->member;
	bool full = source->options->form == EROFS_ARCHIVE_FULL;
	struct erofs_archive_place place = { .at = m->data_at, .archive_at = m->data_at,
		.spooled = full && !source->in_place };
	int r = 0;

	if (place.spooled)
		place.at = erofs_archive_content_end(source->content);
	place.sparse = source->options->form == EROFS_ARCHIVE_HEADERS;
	if (m->sparse)
		r = count_holes(scan);
	if (r == 0 && m->sparse)
		r = copy_pieces(scan, &place);
	if (r == 0 && !full)
		r = refer(scan, node);
	if (r == 0)
		r = erofs_archive_content_add(source->content, node, &place);
	if (r < 0 || source->in_place)
		return r;
	if (source->digest)
		return pass_tagged(scan, node);
	return full ? pass_content(scan) : 0;
}

/* ---- members ---- */

static int take_member(struct scan *scan)
{
	const struct erofs_tar_member *m = scan->member;
	struct erofs_graft *graft = scan->source->graft;
	struct erofs_entry entry = { .size_bytes = m->size, .mtime_seconds = m->mtime_seconds,
		.mtime_nsec = m->mtime_nsec, .mode = m->mode, .uid = m->uid, .gid = m->gid,
		.rdev_major = m->rdev_major, .rdev_minor = m->rdev_minor };
	struct erofs_node *node;
	int r;

	if (m->hard_link)
		return erofs_graft_link(graft, m->path, m->link);
	r = take_xattrs(scan);
	if (r == 0)
		r = erofs_graft_put(graft, m->path, &entry, m->link, &node);
	if (r < 0 || !node || !S_ISREG(node->mode) || !m->size)
		return r;
	return scan->source->options->intake ? pass_to_intake(scan, node) : take_content(scan, node);
}

static int take_label(struct scan *scan)
{
	struct erofs_tree *tree = scan->loader->tree;
	const char *label = erofs_tar_label(scan->reader);

	if (!label)
		return 0;
	tree->summary.volume_label = erofs_arena_string(&tree->arena, label,
		strnlen(label, LABEL_MAX_BYTES));
	return tree->summary.volume_label ? 0 : -ENOMEM;
}

static int take_members(struct scan *scan)
{
	uint64_t count = 0;
	int r;

	while ((r = erofs_tar_next(scan->reader, &scan->member)) > 0) {
		r = take_member(scan);
		if (r < 0)
			return r;
		if (++count % PROGRESS_STEP == 0)
			erofs_progress(scan->report, "scanning", count, 0);
	}
	return r < 0 ? r : take_label(scan);
}

static void warn_of_acls(const struct scan *scan)
{
	if (scan->dropped_acls)
		erofs_say(scan->report, EROFS_LEVEL_WARNING, "dropped %" PRIu64
			" ACLs with names of users or groups that are unknown here", scan->dropped_acls);
}

int erofs_source_tar_scan(struct erofs_source_tar *source, struct erofs_input *input,
	uint64_t *ret_bytes)
{
	struct scan scan = { .source = source, .loader = source->graft->loader,
		.report = input->report };
	int r = erofs_tar_reader_new(input, source->options->form == EROFS_ARCHIVE_HEADERS, &scan.reader);

	if (r == 0)
		r = take_members(&scan);
	if (r == 0 && !source->in_place)
		r = erofs_input_drain(input);
	if (r == 0)
		r = erofs_archive_content_flush(source->content);
	if (r == 0 && source->options->intake)
		r = source->options->intake->ops->flush(source->options->intake);
	if (r == 0) {
		warn_of_acls(&scan);
		*ret_bytes = input->position;
	}
	erofs_tar_reader_free(scan.reader);
	return r;
}
