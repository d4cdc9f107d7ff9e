/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hash table: growth, removal, colliding hashes; held against a plain array. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/table.h"

#define COUNT 5000

struct item {
	uint64_t key;
	bool in; /* the array's view of the table */
};

static bool key_equal(const void *entry, const void *key)
{
	return ((const struct item *)entry)->key == *(const uint64_t *)key;
}

/* Keeps only four values, so that probing runs through long chains of strangers. */
static uint64_t bad_hash(uint64_t key)
{
	return key % 4;
}

static uint64_t good_hash(uint64_t key)
{
	return erofs_hash_pair(key, 0);
}

static void make_items(struct item *items, size_t count)
{
	for (size_t i = 0; i < count; i++)
		items[i] = (struct item){ .key = i * 977 + 5 };
}

static void expect_same(const struct erofs_table *table, struct item *items, size_t count,
	uint64_t (*hash)(uint64_t))
{
	size_t in = 0;

	for (size_t i = 0; i < count; i++) {
		void *found = erofs_table_find(table, hash(items[i].key), &items[i].key);

		assert_ptr_equal(found, items[i].in ? &items[i] : NULL);
		in += items[i].in;
	}
	assert_int_equal(table->used, in);
}

static void empty_table_finds_nothing(void **state)
{
	struct erofs_table table;
	uint64_t key = 1;

	(void)state;
	erofs_table_init(&table, key_equal);
	assert_null(erofs_table_find(&table, 1, &key));
	erofs_table_remove(&table, 1, &key);
	erofs_table_fini(&table);
}

static void grows_and_keeps_all(void **state)
{
	static struct item items[COUNT];
	struct erofs_table table;

	(void)state;
	make_items(items, COUNT);
	erofs_table_init(&table, key_equal);
	for (size_t i = 0; i < COUNT; i++) {
		assert_int_equal(erofs_table_add(&table, good_hash(items[i].key), &items[i]), 0);
		items[i].in = true;
	}
	expect_same(&table, items, COUNT, good_hash);
	erofs_table_fini(&table);
}

static void colliding_hashes_stay_apart(void **state)
{
	struct item items[300];
	struct erofs_table table;

	(void)state;
	make_items(items, 300);
	erofs_table_init(&table, key_equal);
	for (size_t i = 0; i < 300; i++) {
		assert_int_equal(erofs_table_add(&table, bad_hash(items[i].key), &items[i]), 0);
		items[i].in = true;
	}
	for (size_t i = 0; i < 300; i += 3) {
		erofs_table_remove(&table, bad_hash(items[i].key), &items[i]);
		items[i].in = false;
	}
	expect_same(&table, items, 300, bad_hash);
	erofs_table_fini(&table);
}

/* Removing and adding for ever must neither fill the table with marks nor let it grow. */
static void churn_needs_no_room(void **state)
{
	static struct item items[COUNT];
	struct erofs_table table;

	(void)state;
	make_items(items, COUNT);
	erofs_table_init(&table, key_equal);
	for (size_t i = 0; i < COUNT; i++) {
		struct item *old = i >= 20 ? &items[i - 20] : NULL;

		assert_int_equal(erofs_table_add(&table, good_hash(items[i].key), &items[i]), 0);
		items[i].in = true;
		if (!old)
			continue;
		erofs_table_remove(&table, good_hash(old->key), old);
		old->in = false;
	}
	expect_same(&table, items, COUNT, good_hash);
	assert_true(table.capacity <= 128);
	erofs_table_fini(&table);
}

/* One key that comes and goes among many: its marks must not pile up in its way. */
static void one_key_coming_and_going_leaves_one_mark(void **state)
{
	static struct item items[COUNT];
	struct erofs_table table;

	(void)state;
	make_items(items, COUNT);
	erofs_table_init(&table, key_equal);
	for (size_t i = 1; i < COUNT; i++)
		assert_int_equal(erofs_table_add(&table, good_hash(items[i].key), &items[i]), 0);
	for (size_t i = 0; i < COUNT; i++) {
		assert_int_equal(erofs_table_add(&table, good_hash(items[0].key), &items[0]), 0);
		erofs_table_remove(&table, good_hash(items[0].key), &items[0]);
	}
	assert_true(table.removed <= 1);
	erofs_table_fini(&table);
}

static void hashes_depend_on_every_byte(void **state)
{
	uint8_t bytes[64] = { 0 };
	uint64_t plain = erofs_hash_bytes(bytes, sizeof(bytes));

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++) {
		bytes[i] = 1;
		assert_true(erofs_hash_bytes(bytes, sizeof(bytes)) != plain);
		bytes[i] = 0;
	}
	assert_true(erofs_hash_bytes(bytes, 63) != plain);
	assert_true(erofs_hash_pair(1, 2) != erofs_hash_pair(2, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(empty_table_finds_nothing),
		cmocka_unit_test(grows_and_keeps_all),
		cmocka_unit_test(colliding_hashes_stay_apart),
		cmocka_unit_test(churn_needs_no_room),
		cmocka_unit_test(one_key_coming_and_going_leaves_one_mark),
		cmocka_unit_test(hashes_depend_on_every_byte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
