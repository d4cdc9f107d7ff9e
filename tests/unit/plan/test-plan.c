/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Planning: forms and layouts by table, directories at block edges, places by their rules. */

#include "tests/unit/plan/planned.h"

/* ---- forms ---- */

static void test_forms(void **state)
{
	static const struct {
		int64_t seconds;
		uint32_t nsec, uid, gid, links;
		uint64_t size;
		bool use_48bit, ignore_mtime, compact;
	} table[] = {
		{ 1700000000, 0, 0, 0, 1, 10, false, false, true },
		{ 1700000000, 1, 0, 0, 1, 10, false, false, false },
		{ 1700000001, 0, 0, 0, 1, 10, false, false, false },
		{ 1600000000, 5, 0, 0, 1, 10, false, true, true },
		{ 1700000000, 0, 65535, 65535, 1, 10, false, false, true },
		{ 1700000000, 0, 65536, 0, 1, 10, false, false, false },
		{ 1700000000, 0, 0, 65536, 1, 10, false, false, false },
		{ 1700000000, 0, 0, 0, 65535, 10, false, false, true },
		{ 1700000000, 0, 0, 0, 65536, 10, false, false, false },
		{ 1700000000, 0, 0, 0, 1, 0xffffffff, false, false, true },
		{ 1700000000, 0, 0, 0, 1, 0x100000000, false, false, false },
		/* 48 bits: the epoch is 0 as long as the build time fits after it */
		{ 1600000000, 0, 0, 0, 1, 10, true, false, true },
		{ 0, 0, 0, 0, 1, 10, true, false, true },
		{ 0xffffffff, 0, 0, 0, 1, 10, true, false, true },
		{ 0x100000000, 0, 0, 0, 1, 10, true, false, false },
		{ -1, 0, 0, 0, 1, 10, true, false, false },
		{ 1600000000, 1, 0, 0, 1, 10, true, false, false },
	};
	struct fixture *x = *state;
	struct erofs_node *node = fake_file(&x->f, x->f.tree->root, "a", 10, 1);

	fake_finish(&x->f);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		node->mtime_seconds = table[i].seconds;
		node->mtime_nsec = table[i].nsec;
		node->uid = table[i].uid;
		node->gid = table[i].gid;
		node->nlink = table[i].links;
		node->size_bytes = table[i].size;
		x->opt.use_48bit = table[i].use_48bit;
		x->opt.ignore_mtime = table[i].ignore_mtime;
		must_plan(x);
		if (!(x->plan.inodes[node->index].flags & PLAN_EXTENDED) != table[i].compact)
			fail_msg("row %zu", i);
	}
}

static void test_forced_forms(void **state)
{
	struct fixture *x = *state;
	struct erofs_node *node = fake_add(&x->f, x->f.tree->root, "name", S_IFIFO | 0644);

	x->opt.ignore_mtime = true;
	node->uid = 65536;
	fake_finish(&x->f);
	x->opt.inode_form = EROFS_FORM_COMPACT;
	must_fail(x, -EOVERFLOW, "/name: a compact inode cannot hold its owner");
	node->uid = 0;
	must_plan(x);
	assert_false(x->plan.inodes[node->index].flags & PLAN_EXTENDED);
	x->opt.inode_form = EROFS_FORM_EXTENDED;
	must_plan(x);
	assert_true(x->plan.inodes[node->index].flags & PLAN_EXTENDED);
}

/* A wide start block takes the room of the link count (section 3.8). */
static void test_wide_forms(void **state)
{
	struct fixture *x = *state;
	struct erofs_node *root = x->f.tree->root;
	struct erofs_node *one = fake_file(&x->f, root, "one", 10, 1);
	struct erofs_node *two = fake_file(&x->f, root, "two", 10, 1);
	struct erofs_node *huge = fake_file(&x->f, root, "huge", 1ull << 45, 1);

	fake_link(&x->f, root, "two-too", two);
	x->opt.use_48bit = x->opt.ignore_mtime = true;
	fake_finish(&x->f);
	must_plan(x);
	assert_true(x->plan.wide);
	assert_false(x->plan.inodes[one->index].flags & PLAN_EXTENDED);
	assert_true(x->plan.inodes[two->index].flags & PLAN_EXTENDED);
	assert_true(x->plan.inodes[root->index].flags & PLAN_EXTENDED);
	assert_true(x->plan.inodes[huge->index].flags & PLAN_EXTENDED);
}

static void test_epochs(void **state)
{
	static const struct {
		int64_t now, epoch;
		uint32_t build_time;
		bool use_48bit;
	} table[] = {
		{ 1700000000, 1700000000, 0, false },
		{ -5, -5, 0, false },
		{ 1700000000, 0, 1700000000, true },
		{ 0xffffffff, 0, 0xffffffff, true },
		{ 0x100000000, 1, 0xffffffff, true },
		{ -5, -5, 0, true },
	};
	struct fixture *x = *state;

	fake_finish(&x->f);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		x->opt.build_time_seconds = table[i].now;
		x->opt.use_48bit = table[i].use_48bit;
		must_plan(x);
		assert_true(x->plan.epoch_seconds == table[i].epoch);
		assert_true(x->plan.build_time == table[i].build_time);
	}
}

/* ---- layouts ---- */

static void test_layouts(void **state)
{
	static const struct {
		uint64_t size;
		uint32_t blocks, tail;
		bool no_inline;
	} table[] = {
		{ 0, 0, 0, false },
		{ 1, 0, 1, false },
		{ 4095, 1, 0, false },
		{ 4096 - 64, 0, 4096 - 64, false }, /* with a 64-byte inode a whole block */
		{ 4096 - 63, 1, 0, false },
		{ 4096, 1, 0, false },
		{ 4097, 1, 1, false },
		{ 8192, 2, 0, false },
		{ 8191, 2, 0, false },
		{ 1, 1, 0, true },
		{ 4097, 2, 0, true },
	};
	struct fixture *x = *state;
	struct erofs_node *node = fake_file(&x->f, x->f.tree->root, "a", 10, 1);
	struct plan_inode *pi;

	fake_finish(&x->f);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		node->size_bytes = table[i].size;
		x->opt.no_inline_regular = table[i].no_inline;
		must_plan(x);
		pi = &x->plan.inodes[node->index];
		if (erofs_plan_blocks(&x->plan, pi) != table[i].blocks ||
		    erofs_plan_tail_bytes(&x->plan, pi) != table[i].tail)
			fail_msg("row %zu: %llu blocks, tail %u", i,
				(unsigned long long)erofs_plan_blocks(&x->plan, pi),
				erofs_plan_tail_bytes(&x->plan, pi));
	}
}

static void test_chunk_layout(void **state)
{
	struct fixture *x = *state;
	struct erofs_node *root = x->f.tree->root;
	struct erofs_node *plain = fake_file(&x->f, root, "a", 10 * 4096 + 1, 1);
	struct erofs_node *hole = fake_sparse(&x->f, root, "b", 1ull << 40, 0, 0);
	const struct plan_inode *pi;

	x->opt.chunk_size_bytes = 8192;
	fake_finish(&x->f);
	must_plan(x);
	pi = &x->plan.inodes[plain->index];
	assert_int_equal(pi->layout, EROFS_LAYOUT_CHUNK_BASED);
	assert_int_equal(pi->chunk_bits, 1);
	assert_int_equal(erofs_plan_chunk_count(&x->plan, pi), 6);
	assert_int_equal(erofs_plan_meta_bytes(&x->plan, pi), 64 + 6 * 4);
	pi = &x->plan.inodes[hole->index];
	assert_int_equal(erofs_plan_chunk_count(&x->plan, pi), 1);
	x->opt.blob_path = "/nonexistent/blob";
	must_plan(x);
	assert_int_equal(erofs_plan_meta_bytes(&x->plan, &x->plan.inodes[plain->index]), 64 + 6 * 8);
}

/* ---- directories ---- */

/* 12 bytes and the name for each entry; "." and ".." take 27. One byte more than a block starts the
 * next one with the entry that did not fit (section 5.3). */
static void test_dir_sizes(void **state)
{
	static const struct {
		uint32_t names, first_length; /* all but the first have 5 bytes */
		uint64_t size;
	} table[] = {
		{ 0, 5, 27 },
		{ 1, 1, 40 },
		{ 28, 14, 27 + 26 + 27 * 17 },	/* 512 exactly */
		{ 28, 15, 512 + 17 },
		{ 29, 14, 512 + 17 },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct fixture *x;
		char name[16];

		set_up(state);
		x = *state;
		for (uint32_t n = 0; n < table[i].names; n++) {
			snprintf(name, sizeof(name), "%0*u", n ? 5 : (int)table[i].first_length, n);
			fake_add(&x->f, x->f.tree->root, name, S_IFREG | 0644);
		}
		x->opt.block_bits = 9;
		fake_finish(&x->f);
		must_plan(x);
		if (x->plan.inodes[0].size_bytes != table[i].size)
			fail_msg("row %zu: %llu", i, (unsigned long long)x->plan.inodes[0].size_bytes);
		tear_down(state);
	}
}

static void test_dot_omitted(void **state)
{
	struct fixture *x = *state;

	x->opt.dot_omitted = true;
	fake_finish(&x->f);
	must_plan(x);
	assert_int_equal(x->plan.inodes[0].size_bytes, 14);
	assert_true(x->plan.opt.use_48bit);
}

/* ---- places ---- */

static void make_many(struct fixture *x, uint32_t seed)
{
	struct erofs_node *dir = x->f.tree->root;
	char name[16];

	for (uint32_t i = 0; i < 3000; i++) {
		struct erofs_node *node;

		seed = seed * 1664525 + 1013904223;
		snprintf(name, sizeof(name), "%u", i);
		if (i % 97 == 0)
			node = dir = fake_add(&x->f, dir, name, S_IFDIR | 0755);
		else if (i % 500 == 1)
			node = fake_file(&x->f, dir, name, (seed >> 8) % (3u << 20), seed);
		else
			node = fake_file(&x->f, dir, name, (seed >> 8) % (i % 3 ? 5000 : 60000), seed);
		if (i % 7)
			continue;
		fake_xattr(&x->f, node, "user.some", i % 2 ? "value" : "a somewhat longer value");
		if (i % 49 == 0) {
			char *value = malloc((seed >> 16) % 9000 + 1);
			size_t n = (seed >> 16) % 9000;

			memset(value, 'v', n);
			value[n] = '\0';
			fake_xattr(&x->f, node, "user.large", value);
			free(value);
		}
	}
	fake_finish(&x->f);
}

static int by_offset(const void *a, const void *b)
{
	const struct plan_inode *x = *(const struct plan_inode *const *)a;
	const struct plan_inode *y = *(const struct plan_inode *const *)b;

	return x->offset < y->offset ? -1 : x->offset > y->offset;
}

/* No two inodes overlap, each starts at a slot, each tail lies in the block of the byte before it. */
static void expect_places(const struct erofs_plan *plan)
{
	uint32_t count = plan->tree->node_count;
	const struct plan_inode **sorted = calloc(count, sizeof(*sorted));
	uint64_t block = plan->block_size, end = 0;
	uint64_t base = plan->opt.meta_zone ? 0 : plan->inode_area_at;

	for (uint32_t i = 0; i < count; i++)
		sorted[i] = &plan->inodes[i];
	qsort(sorted, count, sizeof(*sorted), by_offset);
	for (uint32_t i = 0; i < count; i++) {
		uint64_t meta = erofs_plan_meta_bytes(plan, sorted[i]);
		uint32_t tail = erofs_plan_tail_bytes(plan, sorted[i]);
		uint64_t last = base + sorted[i]->offset + meta - 1;

		assert_true(sorted[i]->offset % 32 == 0);
		assert_true(sorted[i]->offset >= end);
		assert_true(last % block + 1 + tail <= block);
		end = sorted[i]->offset + meta + tail;
	}
	assert_true(end <= plan->inode_area_bytes);
	free(sorted);
}

/* Every inode belongs to one item, whose range of the area is its own. */
static void expect_items(const struct erofs_plan *plan)
{
	uint8_t *seen = calloc(plan->tree->node_count, 1);

	for (size_t i = 0; i < plan->item_count; i++) {
		const struct plan_item *item = &plan->items[i];

		for (uint32_t n = item->first; n < item->first + item->count; n++) {
			const struct plan_inode *pi = &plan->inodes[n];

			assert_false(seen[n]++);
			assert_true(pi->offset >= item->meta_start);
			assert_true(pi->offset + erofs_plan_meta_bytes(plan, pi) +
				erofs_plan_tail_bytes(plan, pi) <= item->meta_end);
		}
		for (size_t k = 0; k < i; k++)
			assert_true(plan->items[k].meta_end <= item->meta_start ||
				item->meta_end <= plan->items[k].meta_start);
	}
	for (uint32_t n = 0; n < plan->tree->node_count; n++)
		assert_true(seen[n]);
	free(seen);
}

static void test_places(void **state)
{
	struct fixture *x = *state;

	make_many(x, 7);
	for (x->opt.block_bits = 9; x->opt.block_bits <= 16; x->opt.block_bits++) {
		for (int i = 0; i < 8; i++) {
			x->opt.meta_zone = i & 1;
			x->opt.ishare = i & 2 ? EROFS_DIGEST_SHA512 : EROFS_DIGEST_NONE;
			x->opt.chunk_size_bytes = i & 4 ? 65536 : 0;
			must_plan(x);
			expect_places(&x->plan);
			expect_items(&x->plan);
		}
	}
}

/* Gaps that tails leave are filled: little more is used than needed. */
static void test_density(void **state)
{
	struct fixture *x = *state;
	uint64_t needed = 0;

	make_many(x, 9);
	must_plan(x);
	for (uint32_t i = 0; i < x->f.tree->node_count; i++)
		needed += erofs_plan_meta_bytes(&x->plan, &x->plan.inodes[i]) +
			erofs_plan_tail_bytes(&x->plan, &x->plan.inodes[i]);
	assert_true(x->plan.inode_area_bytes < needed + needed / 8);
}

/* Shared attributes that push the root beyond 2 MiB raise meta_blkaddr, never the root nid. */
static void test_far_root(void **state)
{
	struct fixture *x = *state;
	char name[8], *value = malloc(60001);

	memset(value, 'v', 60000);
	value[60000] = '\0';
	for (int i = 0; i < 50; i++) {
		snprintf(name, sizeof(name), "%d", i);
		value[0] = (char)('A' + i);
		fake_xattr(&x->f, fake_file(&x->f, x->f.tree->root, name, 10, 1), "user.x", value);
	}
	free(value);
	x->opt.xattr_tolerance = 0;
	fake_finish(&x->f);
	for (x->opt.block_bits = 9; x->opt.block_bits <= 16; x->opt.block_bits++) {
		uint64_t nid;

		must_plan(x);
		assert_true(x->plan.meta_start_block > 0);
		nid = erofs_plan_nid(&x->plan, x->f.tree->root);
		assert_true(nid > 0 && nid <= 0xffff);
		assert_true(nid * 32 + (uint64_t)x->plan.meta_start_block * x->plan.block_size ==
			x->plan.inode_area_at + x->plan.inodes[0].offset);
	}
}

#define WITH_PLAN(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_PLAN(test_forms),
		WITH_PLAN(test_forced_forms),
		WITH_PLAN(test_wide_forms),
		WITH_PLAN(test_epochs),
		WITH_PLAN(test_layouts),
		WITH_PLAN(test_chunk_layout),
		cmocka_unit_test(test_dir_sizes),
		WITH_PLAN(test_dot_omitted),
		WITH_PLAN(test_places),
		WITH_PLAN(test_density),
		WITH_PLAN(test_far_root),
	};

	return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}
