/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inputs whose bytes come in pieces of any size. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "io/input.h"

#define TOTAL 5000u

struct pieces {
	struct erofs_input base;
	size_t at, piece;
	uint8_t bytes[TOTAL], copy[TOTAL];
};

/* From a buffer that each fetch overwrites, as those of files do. */
static int fetch(struct erofs_input *base, const uint8_t **ret, size_t *ret_size)
{
	struct pieces *p = (struct pieces *)base;
	size_t size = TOTAL - p->at < p->piece ? TOTAL - p->at : p->piece;

	memset(p->copy, 0xee, sizeof(p->copy));
	memcpy(p->copy, p->bytes + p->at, size);
	p->at += size;
	*ret = p->copy;
	*ret_size = size;
	return 0;
}

static const struct erofs_input_ops ops = { fetch, NULL, NULL, NULL };

static void begin(struct pieces *p, size_t piece)
{
	*p = (struct pieces){ .base = { .ops = &ops }, .piece = piece };
	for (size_t i = 0; i < TOTAL; i++)
		p->bytes[i] = (uint8_t)(i * 7 + i / 256);
}

static void pieces_are_joined(void **state)
{
	static const size_t sizes[] = { 1, 3, 100, 511, 512, 513, 700, 4096, TOTAL };

	(void)state;
	for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
		static struct pieces p;
		size_t at = 0, take = 1;

		begin(&p, sizes[s]);
		while (at < TOTAL) {
			const uint8_t *bytes;
			size_t left = TOTAL - at < 512 ? TOTAL - at : 512, count;

			assert_int_equal(erofs_input_peek(&p.base, 512, &bytes), left);
			assert_memory_equal(bytes, p.bytes + at, left);
			count = take < left ? take : left;
			erofs_input_take(&p.base, count);
			at += count;
			take = take * 5 % 509 + 1;
			assert_true(p.base.position == at);
			if (at == TOTAL)
				break;
			assert_int_equal(erofs_input_next(&p.base, take, &bytes, &count), 0);
			assert_true(count >= 1 && count <= take);
			assert_memory_equal(bytes, p.bytes + at, count);
			at += count;
		}
	}
}

static void what_is_passed_over_is_counted(void **state)
{
	static struct pieces p;
	const uint8_t *bytes;

	(void)state;
	begin(&p, 300);
	assert_int_equal(erofs_input_peek(&p.base, 512, &bytes), 512);
	assert_int_equal(erofs_input_skip(&p.base, 1000), 0);
	assert_int_equal(erofs_input_peek(&p.base, 10, &bytes), 10);
	assert_memory_equal(bytes, p.bytes + 1000, 10);
	assert_int_equal(erofs_input_skip(&p.base, TOTAL - 1000 + 1), -ENODATA);
	begin(&p, 300);
	assert_int_equal(erofs_input_drain(&p.base), 0);
	assert_true(p.base.position == TOTAL);
	assert_int_equal(erofs_input_peek(&p.base, 1, &bytes), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_are_joined),
		cmocka_unit_test(what_is_passed_over_is_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
