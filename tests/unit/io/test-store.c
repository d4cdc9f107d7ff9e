/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stores: bounds, offsets, and a file that becomes shorter while it is open. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>
#include "io/store.h"

static void memory_has_bounds(void **state)
{
	static const char bytes[] = "0123456789";
	struct erofs_store *store;
	char got[16] = "";

	(void)state;
	assert_int_equal(erofs_store_open_memory(bytes, 10, &store), 0);
	assert_int_equal(erofs_store_size(store), 10);
	assert_string_equal(erofs_store_name(store), "memory");
	assert_int_equal(erofs_store_read(store, 7, got, 3), 0);
	assert_string_equal(got, "789");
	assert_int_equal(erofs_store_read(store, 10, got, 0), 0);
	assert_int_equal(erofs_store_read(store, 7, got, 4), -ERANGE);
	assert_int_equal(erofs_store_read(store, 11, got, 0), -ERANGE);
	assert_int_equal(erofs_store_read(store, UINT64_MAX, got, 2), -ERANGE);
	assert_int_equal(erofs_store_read(store, 1, got, SIZE_MAX), -ERANGE);
	erofs_store_close(store);
	erofs_store_close(NULL);
}

static void files_are_read_from_their_offset(void **state)
{
	char path[] = "/tmp/erofs-test-XXXXXX";
	struct erofs_store *store;
	char got[16] = "";
	int fd = mkstemp(path);

	(void)state;
	assert_int_equal(write(fd, "0123456789", 10), 10);
	assert_int_equal(erofs_store_open_file(path, 4, NULL, &store), 0);
	assert_int_equal(erofs_store_size(store), 6);
	assert_string_equal(erofs_store_name(store), path);
	assert_int_equal(erofs_store_read(store, 0, got, 6), 0);
	assert_string_equal(got, "456789");
	assert_int_equal(erofs_store_read(store, 1, got, 6), -ERANGE);
	/* It shrinks: an error, neither a signal nor an endless loop. */
	assert_int_equal(ftruncate(fd, 7), 0);
	assert_int_equal(erofs_store_read(store, 0, got, 3), 0);
	assert_int_equal(erofs_store_read(store, 0, got, 6), -ERANGE);
	erofs_store_close(store);
	assert_int_equal(erofs_store_open_file(path, 7, NULL, &store), 0);
	assert_int_equal(erofs_store_size(store), 0);
	erofs_store_close(store);
	assert_int_equal(erofs_store_open_file(path, 8, NULL, &store), -EINVAL);
	close(fd);
	unlink(path);
}

static void only_files_and_block_devices_open(void **state)
{
	char path[] = "/tmp/erofs-test-XXXXXX";
	struct erofs_store *store;
	char fifo[64];

	(void)state;
	assert_non_null(mkdtemp(path));
	strcat(strcpy(fifo, path), "/fifo");
	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_int_equal(erofs_store_open_file(fifo, 0, NULL, &store), -EINVAL); /* at once */
	assert_int_equal(erofs_store_open_file(path, 0, NULL, &store), -EINVAL);
	assert_int_equal(erofs_store_open_file("/dev/null", 0, NULL, &store), -EINVAL);
	unlink(fifo);
	assert_int_equal(erofs_store_open_file(fifo, 0, NULL, &store), -ENOENT);
	rmdir(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_has_bounds),
		cmocka_unit_test(files_are_read_from_their_offset),
		cmocka_unit_test(only_files_and_block_devices_open),
	};

	return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
