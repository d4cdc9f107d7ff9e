/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Compares an image, as the reading library sees it, with the tree it was built from. */

#include "tests/unit/build/fake.h"

#include <erofs/erofs.h>

#define PIECE 65536u

struct reading {
	struct fake_tree *f;
	const struct erofs_build_options *opt;
	struct erofs_reader *rd;
	uint64_t *nids;	/* by node index; 0 = not met yet */
};

static const char *path_of(const struct erofs_node *node)
{
	static char path[4096];

	return erofs_node_path(node, path, sizeof(path));
}

static void expect_attributes(const struct reading *r, const struct erofs_node *node,
	const struct erofs_inode *inode)
{
	bool fixed = r->opt->ignore_mtime;

	if (inode->mode != node->mode || inode->uid != node->uid || inode->gid != node->gid)
		fail_msg("%s: mode %o uid %u gid %u", path_of(node), inode->mode, inode->uid, inode->gid);
	if (inode->nlink != node->nlink)
		fail_msg("%s: %u links, not %u", path_of(node), inode->nlink, node->nlink);
	if (inode->mtime_seconds != (fixed ? r->opt->build_time_seconds : node->mtime_seconds) ||
	    inode->mtime_nsec != (fixed ? 0 : node->mtime_nsec))
		fail_msg("%s: mtime %lld.%09u", path_of(node), (long long)inode->mtime_seconds,
			inode->mtime_nsec);
	if (S_ISCHR(node->mode) || S_ISBLK(node->mode)) {
		assert_int_equal(inode->rdev_major, node->rdev_major);
		assert_int_equal(inode->rdev_minor, node->rdev_minor);
	}
	if (r->opt->inode_form == EROFS_FORM_EXTENDED)
		assert_true(inode->extended);
}

/* ---- attributes ---- */

static const struct erofs_node_xattr *find_xattr(const struct erofs_node *node, const char *name)
{
	for (uint32_t i = 0; node->xattrs && i < node->xattrs->count; i++)
		if (!strcmp(node->xattrs->list[i].name, name))
			return &node->xattrs->list[i];
	return NULL;
}

static bool is_fingerprint(const struct reading *r, const char *name)
{
	const char *tag = r->opt->ishare_xattr ? r->opt->ishare_xattr : EROFS_ISHARE_DEFAULT_XATTR;

	return r->opt->ishare && !strcmp(name, tag);
}

/* A reader that trusts the filter must find every name. */
static void expect_filter(const struct reading *r, const struct erofs_inode *inode, const char *name)
{
	uint32_t filter, skip;
	unsigned int index = erofs_xattr_index_of(name, &skip);

	assert_int_equal(erofs_xattr_filter_read(r->rd, inode, &filter), 0);
	assert_false(filter >> erofs_xattr_filter_bit(index, name + skip,
		(uint32_t)strlen(name) - skip) & 1);
}

static void expect_xattrs(const struct reading *r, const struct erofs_node *node,
	const struct erofs_inode *inode)
{
	uint32_t expected = 0, met = 0, tags = 0;
	struct erofs_xattrs *it;
	struct erofs_xattr x;
	int next;

	for (uint32_t i = 0; node->xattrs && i < node->xattrs->count; i++)
		expected += !is_fingerprint(r, node->xattrs->list[i].name);
	assert_int_equal(erofs_xattrs_open(r->rd, inode, &it), 0);
	while ((next = erofs_xattrs_next(it, &x)) > 0) {
		const struct erofs_node_xattr *want = find_xattr(node, x.name);

		expect_filter(r, inode, x.name);
		if (is_fingerprint(r, x.name)) {
			tags++;
			continue;
		}
		met++;
		if (!want || want->value_bytes != x.value_bytes ||
		    memcmp(want->value, x.value, x.value_bytes))
			fail_msg("%s: xattr %s is not as in the tree", path_of(node), x.name);
	}
	erofs_xattrs_close(it);
	assert_int_equal(next, 0);
	if (met != expected)
		fail_msg("%s: %u xattrs, not %u", path_of(node), met, expected);
	assert_int_equal(tags, r->opt->ishare && S_ISREG(node->mode) && node->size_bytes);
}

/* ---- content ---- */

struct content_check {
	const struct erofs_node *node;
	const struct fake_data *data;
	uint64_t at;
};

static int check_piece(void *user, const void *bytes, uint64_t size)
{
	struct content_check *c = user;
	static uint8_t want[PIECE];
	static const uint8_t zeros[PIECE];
	const uint8_t *got = bytes;

	while (size) {
		size_t n = size < PIECE ? (size_t)size : PIECE;

		/* Holes may be huge: where the file has no data, they need no look. */
		if (!bytes && (c->at >= c->data->data_end || c->at + size <= c->data->data_start)) {
			c->at += size;
			return 0;
		}
		fake_bytes(c->data, c->at, want, n);
		if (memcmp(got ? got : zeros, want, n))
			fail_msg("%s: content differs after %llu bytes", path_of(c->node),
				(unsigned long long)c->at);
		c->at += n;
		size -= n;
		got = got ? got + n : NULL;
	}
	return 0;
}

static void expect_content(const struct reading *r, const struct erofs_node *node,
	const struct erofs_inode *inode)
{
	struct content_check c = { .node = node };

	assert_true(inode->size_bytes == node->size_bytes);
	if (!node->size_bytes)
		return;
	c.data = fake_data_of(r->f, node);
	assert_int_equal(erofs_data_stream(r->rd, inode, check_piece, &c), 0);
	assert_true(c.at == node->size_bytes);
}

static void expect_target(const struct reading *r, const struct erofs_node *node,
	const struct erofs_inode *inode)
{
	char *target;

	assert_int_equal(erofs_symlink_read(r->rd, inode, &target), 0);
	assert_string_equal(target, node->target);
	free(target);
}

/* ---- tree ---- */

static void expect_node(struct reading *r, const struct erofs_node *node, uint64_t nid);

static bool is_dots(const struct erofs_dir_entry *ent)
{
	return ent->name_bytes <= 2 && !memcmp(ent->name, "..", ent->name_bytes);
}

/* The kernel's way to an entry depends on the order of names within and across blocks. */
static void expect_lookup(struct reading *r, const struct erofs_inode *dir,
	const struct erofs_dir_entry *ent)
{
	struct erofs_dir_entry found;

	assert_int_equal(erofs_dir_lookup(r->rd, dir, ent->name, ent->name_bytes, &found), 0);
	assert_true(found.nid == ent->nid);
}

static void expect_entry(struct reading *r, const struct erofs_node *dir, uint32_t edge,
	const struct erofs_dir_entry *ent)
{
	const struct erofs_edge *want = &dir->edges[edge];

	if (edge >= dir->edge_count || ent->name_bytes != want->name_bytes ||
	    memcmp(ent->name, want->name, want->name_bytes))
		fail_msg("%s: entry %u is not as in the tree", path_of(dir), edge);
	assert_int_equal(ent->type, erofs_type_of_mode(want->node->mode));
	expect_node(r, want->node, ent->nid);
}

static void expect_dir(struct reading *r, const struct erofs_node *node,
	const struct erofs_inode *inode)
{
	struct erofs_dir_entry ent;
	struct erofs_dir *dir;
	uint32_t edge = 0, dots = 0;
	int next;

	assert_int_equal(inode->dot_omitted, r->opt->dot_omitted);
	assert_int_equal(erofs_dir_open(r->rd, inode, &dir), 0);
	while ((next = erofs_dir_next(dir, &ent)) > 0) {
		expect_lookup(r, inode, &ent);
		if (!is_dots(&ent)) {
			expect_entry(r, node, edge++, &ent);
			continue;
		}
		dots++;
		assert_true(ent.nid == r->nids[ent.name_bytes == 1 ? node->index : node->parent->index]);
	}
	erofs_dir_close(dir);
	assert_int_equal(next, 0);
	assert_int_equal(edge, node->edge_count);
	assert_int_equal(dots, r->opt->dot_omitted ? 1 : 2);
}

static void expect_node(struct reading *r, const struct erofs_node *node, uint64_t nid)
{
	struct erofs_inode inode;

	if (r->nids[node->index]) {
		assert_true(r->nids[node->index] == nid);
		return;
	}
	r->nids[node->index] = nid;
	assert_int_equal(erofs_inode_read(r->rd, nid, &inode), 0);
	expect_attributes(r, node, &inode);
	expect_xattrs(r, node, &inode);
	if (S_ISREG(node->mode))
		expect_content(r, node, &inode);
	else if (S_ISLNK(node->mode))
		expect_target(r, node, &inode);
	else if (S_ISDIR(node->mode))
		expect_dir(r, node, &inode);
}

static uint32_t count_files(const struct erofs_tree *tree)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < tree->node_count; i++)
		count += S_ISREG(tree->nodes[i]->mode) && tree->nodes[i]->size_bytes > 0;
	return count;
}

static void expect_tags(const struct reading *r, struct erofs_image *img)
{
	struct erofs_ishare_verify_options opt = { .struct_size = sizeof(opt), .workers = 1 };
	uint32_t bits = erofs_image_super(img)->compat & EROFS_COMPAT_ISHARE_XATTRS;
	struct erofs_ishare_verify_summary sum;
	uint32_t files = count_files(r->f->tree);

	assert_int_equal(bits != 0, r->opt->ishare && files);
	if (!bits)
		return;
	assert_int_equal(erofs_ishare_verify(img, &opt, NULL, &sum), 0);
	assert_int_equal(sum.verified, files);
	assert_int_equal(sum.forged + sum.missing + sum.duplicate + sum.malformed + sum.unknown +
		sum.hex + sum.misplaced, 0);
}

static void note_finding(void *user, const struct erofs_finding *finding)
{
	(void)user;
	if (finding->severity != EROFS_SEVERITY_NOTE)
		fail_msg("%s: %s: %s", finding->path ? finding->path : "image", finding->rule,
			finding->text);
}

/* The structural check has nothing to say. */
static void expect_sound(struct erofs_image *img)
{
	struct erofs_check_options opt = { .struct_size = sizeof(opt), .workers = 1 };
	struct erofs_report report = { .finding = note_finding };
	struct erofs_check_summary sum;

	assert_int_equal(erofs_check(img, &opt, &report, &sum), 0);
	assert_int_equal(sum.errors, 0);
}

/* Superblock, every node, and each of them reached by as many names as it has. */
void fake_expect_image(struct fake_tree *f, const char *path, const struct erofs_build_options *opt)
{
	struct erofs_image_options io = { .struct_size = sizeof(io), .offset_bytes = opt->offset_bytes,
		.device_paths = &opt->blob_path, .device_count = opt->blob_path ? 1 : 0 };
	struct reading r = { .f = f, .opt = opt };
	struct fake_report report;
	const struct erofs_super *super;
	struct erofs_image *img;

	fake_report_init(&report);
	if (erofs_image_open(path, &io, &report.report, &img) < 0)
		fail_msg("%s", report.error);
	super = erofs_image_super(img);
	assert_true(super->checksum_ok);
	assert_int_equal(super->inode_count, f->tree->node_count);
	assert_true(super->epoch_seconds + super->build_time_seconds == opt->build_time_seconds);
	assert_memory_equal(super->uuid, opt->uuid, sizeof(opt->uuid));
	assert_true(super->block_count << super->block_bits == erofs_image_size_bytes(img));
	r.nids = calloc(f->tree->node_count, sizeof(*r.nids));
	assert_non_null(r.nids);
	assert_int_equal(erofs_reader_new(img, &r.rd), 0);
	expect_node(&r, f->tree->root, super->root_nid);
	expect_tags(&r, img);
	expect_sound(img);
	free(r.nids);
	erofs_reader_free(r.rd);
	erofs_image_close(img);
	assert_int_equal(report.errors, 0);
}
