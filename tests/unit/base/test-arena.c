/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The arena: alignment, zeroed memory, blocks that are larger than the usual one. */
#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "base/arena.h"

static bool all_zero(const unsigned char *p, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (p[i])
			return false;
	return true;
}

static void memory_is_aligned_and_zeroed(void **state)
{
	struct erofs_arena arena;

	(void)state;
	erofs_arena_init(&arena);
	for (size_t size = 1; size < 2000; size += 7) {
		unsigned char *p = erofs_arena_alloc(&arena, size);

		assert_non_null(p);
		assert_int_equal((uintptr_t)p % alignof(max_align_t), 0);
		assert_true(all_zero(p, size));
		memset(p, 0xff, size); /* a later overlap would show as non-zero memory */
	}
	erofs_arena_fini(&arena);
}

static void strings_are_packed_and_terminated(void **state)
{
	struct erofs_arena arena;
	char *a, *b;

	(void)state;
	erofs_arena_init(&arena);
	a = erofs_arena_string(&arena, "nine byte name", 4);
	b = erofs_arena_string(&arena, "", 0);
	assert_string_equal(a, "nine");
	assert_string_equal(b, "");
	assert_ptr_equal(b, a + 5);
	assert_int_equal((uintptr_t)erofs_arena_alloc(&arena, 1) % alignof(max_align_t), 0);
	erofs_arena_fini(&arena);
}

static void large_objects_get_a_block_of_their_own(void **state)
{
	const size_t large = 3u << 20;
	struct erofs_arena arena;
	unsigned char *before, *p;

	(void)state;
	erofs_arena_init(&arena);
	before = erofs_arena_copy(&arena, "abc", 3);
	p = erofs_arena_alloc(&arena, large);
	assert_non_null(p);
	memset(p, 0xaa, large);
	assert_memory_equal(before, "abc", 3);
	assert_int_equal(p[large - 1], 0xaa);
	erofs_arena_fini(&arena);
}

static void impossible_sizes_fail_and_change_nothing(void **state)
{
	struct erofs_arena arena;

	(void)state;
	erofs_arena_init(&arena);
	assert_null(erofs_arena_alloc(&arena, SIZE_MAX));
	assert_null(erofs_arena_alloc(&arena, SIZE_MAX - 8));
	assert_string_equal(erofs_arena_string(&arena, "still usable", 12), "still usable");
	erofs_arena_fini(&arena);
	erofs_arena_fini(&arena); /* a second time is harmless */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_aligned_and_zeroed),
		cmocka_unit_test(strings_are_packed_and_terminated),
		cmocka_unit_test(large_objects_get_a_block_of_their_own),
		cmocka_unit_test(impossible_sizes_fail_and_change_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
