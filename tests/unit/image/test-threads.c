/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One image, many readers at once: every thread sees the same bytes, and the messages of all of them
 * reach the report one at a time. */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>
#include "tests/unit/image/sample.h"

#define THREADS 8
#define FILES 40
#define ROUNDS 5

struct tour {
	struct sample *s;
	struct erofs_reader *rd;
	uint64_t sum;
	unsigned int files, errors;
	int result;
};

static int add_piece(void *user, const void *bytes, uint64_t size)
{
	struct tour *tour = user;

	for (uint64_t i = 0; i < size; i++)
		tour->sum = tour->sum * 31 + ((const uint8_t *)bytes)[i];
	return 0;
}

static int see_entry(void *user, const struct erofs_walk_entry *entry)
{
	struct tour *tour = user;

	tour->files++;
	return S_ISREG(entry->inode->mode) ?
		       erofs_data_stream(tour->rd, entry->inode, add_piece, tour) : 0;
}

static int see_error(void *user, const struct erofs_walk_entry *entry, int error)
{
	struct tour *tour = user;

	(void)entry;
	tour->errors += error == -EUCLEAN;
	return 0;
}

static void *take_tour(void *argument)
{
	struct tour *tour = argument;
	struct erofs_walk_visitor visitor = { .user = tour, .entry = see_entry,
		.error = see_error };

	tour->result = erofs_reader_new(tour->s->img, &tour->rd);
	for (int i = 0; tour->result == 0 && i < ROUNDS; i++)
		tour->result = erofs_walk(tour->rd, SAMPLE_ROOT, &visitor);
	erofs_reader_free(tour->rd);
	return NULL;
}

/* FILES files of two blocks each, with entries in between that lead nowhere. */
static void init_image(struct sample *s)
{
	struct sample_entry entries[FILES];
	char names[FILES][8];

	sample_init(s, 3 + 2 * FILES);
	for (uint32_t i = 0; i < FILES; i++) {
		snprintf(names[i], sizeof(names[i]), "f%03u", i);
		entries[i] = (struct sample_entry){ names[i], i % 4 ? 128 + i : 1u << 20, 1 };
		sample_compact(s, 128 + i, S_IFREG, EROFS_LAYOUT_FLAT_PLAIN, 8000, 3 + 2 * i);
		memset(s->bytes + (3 + 2 * i) * SAMPLE_BLOCK, (int)i, 8000);
	}
	sample_dir(s, SAMPLE_ROOT, 2, entries, FILES);
}

static void readers_do_not_disturb_one_another(void **state)
{
	pthread_t threads[THREADS];
	struct tour tours[THREADS];
	struct sample s;

	(void)state;
	init_image(&s);
	sample_open(&s);
	for (size_t i = 0; i < THREADS; i++) {
		tours[i] = (struct tour){ .s = &s };
		assert_int_equal(pthread_create(&threads[i], NULL, take_tour, &tours[i]), 0);
	}
	for (size_t i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(tours[i].result, 0);
		assert_int_equal(tours[i].files, ROUNDS * (1 + FILES - FILES / 4));
		assert_int_equal(tours[i].errors, ROUNDS * FILES / 4);
		assert_true(tours[i].sum == tours[0].sum && tours[i].sum);
	}
	assert_int_equal(s.messages, THREADS * ROUNDS * FILES / 4);
	sample_fini(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(readers_do_not_disturb_one_another),
	};

	return cmocka_run_group_tests_name("threads", tests, NULL, NULL);
}
