/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Spools, and what is stored only once in the stream of fragments. */

#include "tests/unit/build/fake.h"

#include "pack/fragment_stream.h"

#define LARGE (600u << 10) /* more than a spool keeps in memory */

struct state {
	char dir[4096];
	struct fake_report report;
	struct erofs_fragments fr;
};

static int set_up(void **state)
{
	struct state *x = calloc(1, sizeof(*x));

	assert_non_null(x);
	fake_workdir_init(x->dir, sizeof(x->dir));
	fake_report_init(&x->report);
	*state = x;
	return 0;
}

static int tear_down(void **state)
{
	struct state *x = *state;

	erofs_fragments_close(&x->fr);
	fake_workdir_fini(x->dir); /* fails where something is left in it */
	free(x);
	return 0;
}

static void open_with(struct state *x, enum erofs_fragment_dedupe dedupe)
{
	assert_int_equal(erofs_fragments_open(&x->fr, x->dir, dedupe, &x->report.report), 0);
}

/* ---- spools ---- */

static void fill(uint8_t *bytes, size_t size, uint32_t seed)
{
	for (size_t i = 0; i < size; i++)
		bytes[i] = (uint8_t)(seed + i * 7 + i / 251);
}

static void expect_spool(const struct erofs_spool *spool, uint64_t at, const uint8_t *want, size_t size)
{
	uint8_t *got = malloc(size);

	assert_non_null(got);
	assert_int_equal(erofs_spool_read(spool, at, got, size), 0);
	assert_memory_equal(got, want, size);
	free(got);
}

/* Small and large pieces, read back across what is in the file and what is not yet. */
static void test_spool(void **state)
{
	struct state *x = *state;
	struct erofs_spool *spool;
	uint8_t *bytes = malloc(LARGE), zeros[100] = { 0 };

	assert_non_null(bytes);
	fill(bytes, LARGE, 1);
	assert_int_equal(erofs_spool_open(x->dir, &x->report.report, &spool), 0);
	assert_int_equal(erofs_spool_append(spool, NULL, 0), 0);
	for (uint32_t at = 0; at < 1000; at += 10)
		assert_int_equal(erofs_spool_append(spool, bytes + at, 10), 0);
	expect_spool(spool, 5, bytes + 5, 990);
	assert_int_equal(erofs_spool_append(spool, bytes + 1000, LARGE - 1000), 0);
	assert_int_equal(erofs_spool_append(spool, bytes, 77), 0);
	assert_int_equal(erofs_spool_size(spool), LARGE + 77);
	expect_spool(spool, 0, bytes, LARGE);
	expect_spool(spool, LARGE, bytes, 77);
	assert_int_equal(erofs_spool_resize(spool, 500), 0);
	assert_int_equal(erofs_spool_append(spool, bytes + 500, 20), 0);
	assert_int_equal(erofs_spool_resize(spool, 620), 0);
	expect_spool(spool, 0, bytes, 520);
	expect_spool(spool, 520, zeros, 100);
	assert_int_equal(erofs_spool_write(spool, 600, bytes, 20), 0);
	expect_spool(spool, 600, bytes, 20);
	erofs_spool_close(spool);
	free(bytes);
}

static void test_bad_spool(void **state)
{
	struct state *x = *state;
	struct erofs_spool *spool;
	char path[5000];
	uint8_t byte;

	snprintf(path, sizeof(path), "%s/none", x->dir);
	assert_int_equal(erofs_spool_open(path, &x->report.report, &spool), -ENOENT);
	assert_non_null(strstr(x->report.error, "/none"));
	assert_int_equal(erofs_spool_open(x->dir, &x->report.report, &spool), 0);
	assert_int_equal(erofs_spool_read(spool, 0, &byte, 1), -EINVAL);
	assert_int_equal(erofs_spool_read(spool, UINT64_MAX, &byte, 1), -EINVAL);
	assert_int_equal(erofs_spool_write(spool, 0, "x", 1), -EINVAL);
	erofs_spool_close(spool);
	erofs_spool_close(NULL);
}

/* ---- fragments ---- */

static uint64_t add(struct state *x, const void *bytes, size_t size, bool whole)
{
	uint64_t at = UINT64_MAX;

	assert_int_equal(erofs_fragments_add(&x->fr, bytes, size, whole, &at), 0);
	return at;
}

static void test_full(void **state)
{
	struct state *x = *state;
	uint8_t bytes[20000];

	open_with(x, EROFS_FRAGMENT_DEDUPE_FULL);
	fill(bytes, sizeof(bytes), 3);
	assert_int_equal(add(x, bytes, 20000, false), 0);
	assert_int_equal(add(x, bytes, 20000, true), 0);
	assert_int_equal(add(x, bytes + 7000, 13000, false), 7000);	/* its end */
	assert_int_equal(add(x, bytes, 7000, false), 20000);		/* its beginning is new */
	bytes[9000] ^= 1;
	assert_int_equal(add(x, bytes + 7000, 13000, false), 27000);	/* ends alike, but is not */
	assert_int_equal(add(x, "ab", 2, true), 40000);
	assert_int_equal(add(x, "ab", 2, true), 40000);
	assert_int_equal(x->fr.shared_bytes, 20000 + 13000 + 2);
}

/* Many that end alike: one of the longest is still found. */
static void test_many_candidates(void **state)
{
	struct state *x = *state;
	uint8_t bytes[3000] = { 0 };
	uint64_t longest;

	open_with(x, EROFS_FRAGMENT_DEDUPE_FULL);
	for (uint32_t i = 0; i < 100; i++) {
		bytes[0] = (uint8_t)(1 + i);
		longest = add(x, bytes, 500 + 20 * i, false);
	}
	assert_int_equal(add(x, bytes, 500 + 20 * 99, false), longest);
	memset(bytes, 0, sizeof(bytes));
	assert_true(add(x, bytes, 1000, false) < erofs_spool_size(x->fr.spool) - 1000);
	assert_true(x->fr.shared_bytes >= 3480);
}

static void test_inode_and_off(void **state)
{
	struct state *x = *state;
	uint8_t bytes[500];

	fill(bytes, sizeof(bytes), 9);
	open_with(x, EROFS_FRAGMENT_DEDUPE_INODE);
	assert_int_equal(add(x, bytes, 500, true), 0);
	assert_int_equal(add(x, bytes, 500, true), 0);
	assert_int_equal(add(x, bytes, 500, false), 500);
	assert_int_equal(add(x, bytes + 100, 400, true), 1000);
	erofs_fragments_close(&x->fr);
	open_with(x, EROFS_FRAGMENT_DEDUPE_OFF);
	assert_int_equal(add(x, bytes, 500, true), 0);
	assert_int_equal(add(x, bytes, 500, true), 500);
	assert_int_equal(x->fr.shared_bytes, 0);
}

#define WITH_STATE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_STATE(test_spool),
		WITH_STATE(test_bad_spool),
		WITH_STATE(test_full),
		WITH_STATE(test_many_candidates),
		WITH_STATE(test_inode_and_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
