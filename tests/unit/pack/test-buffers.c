/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which buffer a worker gets, and which are freed. */

#include "tests/unit/build/fake.h"

#include "pack/pack.h"

#define MIB ((size_t)1 << 20)
#define WORKERS 4u

struct pool {
	struct writer w;
	struct pack pack;
	struct pack_worker workers[WORKERS];
};

static int set_up(void **state)
{
	struct pool *p = calloc(1, sizeof(*p));

	assert_non_null(p);
	p->pack.w = &p->w;
	p->pack.buffers.max_bytes = 6 * MIB;
	pthread_mutex_init(&p->pack.lock, NULL);
	for (size_t i = 0; i < WORKERS; i++)
		p->workers[i] = (struct pack_worker){ .pack = &p->pack, .hashing = { .w = &p->w } };
	*state = p;
	return 0;
}

static int tear_down(void **state)
{
	struct pool *p = *state;

	for (size_t i = 0; i < WORKERS; i++)
		erofs_pack_leave_buffer(&p->workers[i]);
	erofs_pack_free_buffers(&p->pack);
	pthread_mutex_destroy(&p->pack.lock);
	free(p);
	return 0;
}

/* Marks both ends of what is asked for. */
static uint8_t *take_one(struct pool *p, unsigned int worker, size_t bytes, uint8_t mark)
{
	struct pack_worker *pw = &p->workers[worker];

	assert_int_equal(erofs_pack_take_buffer(pw, bytes), 0);
	assert_true(pw->buffer->bytes >= bytes);
	pw->in[0] = pw->in[bytes - 1] = mark;
	pw->out[0] = pw->out[bytes - 1] = (uint8_t)~mark;
	return pw->in;
}

static void leave_one(struct pool *p, unsigned int worker)
{
	erofs_pack_leave_buffer(&p->workers[worker]);
	assert_null(p->workers[worker].in);
}

static size_t idle_count(const struct pool *p)
{
	size_t n = 0;

	for (const struct pack_buffer *b = p->pack.buffers.idle; b; b = b->next)
		n++;
	return n;
}

static void test_sizes(void **state)
{
	static const struct {
		uint64_t bytes, whole;
	} rows[] = { { 0, 0 }, { 1, 512 << 10 }, { 512 << 10, 512 << 10 }, { (512 << 10) + 1, 640 << 10 },
		{ 900 << 10, MIB }, { MIB + 1, MIB + (256 << 10) }, { PACK_SEGMENT_BYTES, PACK_SEGMENT_BYTES },
		{ 5 * MIB, 5 * MIB }, { UINT32_MAX, 1ull << 32 } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_int_equal(erofs_pack_buffer_bytes(rows[i].bytes), rows[i].whole);
}

static void test_no_content_no_buffer(void **state)
{
	struct pool *p = *state;

	assert_int_equal(erofs_pack_take_buffer(&p->workers[0], 0), 0);
	assert_null(p->workers[0].buffer);
	assert_int_equal(p->pack.buffers.bytes, 0);
}

static void test_last_one_left_is_used_again(void **state)
{
	struct pool *p = *state;
	uint8_t *first = take_one(p, 0, MIB, 1), *second = take_one(p, 1, MIB, 2);

	assert_ptr_not_equal(first, second);
	leave_one(p, 1);
	leave_one(p, 0);
	assert_int_equal(idle_count(p), 2);
	assert_ptr_equal(take_one(p, 2, MIB - 5, 3), first);
	assert_ptr_equal(take_one(p, 3, MIB, 4), second);
	assert_int_equal(p->pack.buffers.bytes, 2 * MIB);
}

/* One that is much too large is left to those who need it. */
static void test_fits(void **state)
{
	struct pool *p = *state;
	uint8_t *large = take_one(p, 0, 2 * MIB, 1);

	leave_one(p, 0);
	assert_ptr_not_equal(take_one(p, 0, MIB, 1), large);
	assert_ptr_equal(take_one(p, 1, 2 * MIB, 1), large);
}

static void test_too_large_is_better_than_too_much(void **state)
{
	struct pool *p = *state;
	uint8_t *large = take_one(p, 0, 2 * MIB, 1), *larger = take_one(p, 1, 4 * MIB, 1);

	leave_one(p, 0);
	leave_one(p, 1);
	assert_ptr_equal(take_one(p, 0, MIB + 1, 2), large);
	assert_int_equal(p->pack.buffers.bytes, 6 * MIB);
	/* But not for a quarter of it. */
	assert_ptr_not_equal(take_one(p, 1, MIB, 2), larger);
	assert_int_equal(p->pack.buffers.bytes, 3 * MIB);
}

/* Those left first go first. */
static void test_surplus_is_freed(void **state)
{
	struct pool *p = *state;
	uint8_t *second;

	take_one(p, 0, 2 * MIB, 1);
	second = take_one(p, 1, 3 * MIB, 1);
	leave_one(p, 0);
	leave_one(p, 1);
	take_one(p, 2, 512 << 10, 1);
	assert_int_equal(idle_count(p), 2);
	take_one(p, 3, 768 << 10, 1);
	assert_int_equal(p->pack.buffers.bytes, 3 * MIB + (512 << 10) + (768 << 10));
	assert_ptr_equal(take_one(p, 0, 3 * MIB, 1), second);
	/* More than there may be are in use, and are freed as they are left. */
	take_one(p, 1, 4 * MIB, 1);
	leave_one(p, 0);
	leave_one(p, 1);
	assert_true(p->pack.buffers.bytes <= 6 * MIB);
}

static void test_extending_keeps_content(void **state)
{
	struct pool *p = *state;
	struct pack_worker *pw = &p->workers[0];
	uint8_t *in = take_one(p, 0, 1000, 7);

	assert_int_equal(erofs_pack_extend_buffer(pw, 512 << 10), 0);
	assert_ptr_equal(pw->in, in);
	pw->in[(512 << 10) - 1] = 9;
	assert_int_equal(erofs_pack_extend_buffer(pw, 5 * MIB), 0);
	assert_int_equal(pw->in[0], 7);
	assert_int_equal(pw->in[999], 7);
	assert_int_equal(pw->out[999], (uint8_t)~7);
	assert_int_equal(pw->in[(512 << 10) - 1], 9);
	pw->in[5 * MIB - 1] = pw->out[5 * MIB - 1] = 1;
	assert_int_equal(idle_count(p), 1);
	/* Of nothing. */
	assert_int_equal(erofs_pack_extend_buffer(&p->workers[1], MIB), 0);
	assert_non_null(p->workers[1].in);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes),
		cmocka_unit_test_setup_teardown(test_no_content_no_buffer, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_last_one_left_is_used_again, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_fits, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_too_large_is_better_than_too_much, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_surplus_is_freed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_extending_keeps_content, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
