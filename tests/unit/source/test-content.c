/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Content of files in a directory: what is read, and that no change goes unnoticed. */
#include "tests/unit/tree/fixture.h"

#include <errno.h>
#include <limits.h>

#include "base/cleanup.h"
#include "source/beneath.h"

DEFINE_AUTO(content, struct erofs_content *, erofs_content_close)

static int open_file(struct fixture *f, const char *path, struct erofs_content **ret)
{
	struct erofs_node *node = find(f, path);

	assert_non_null(node);
	f->errors[0] = '\0';
	return erofs_content_open(f->tree, node, &f->report, ret);
}

/* A file "f" of five bytes with a time long past, so that every later write shows. */
static void prepare(struct fixture *f)
{
	struct timespec times[2] = { { 0, 0 }, { 1000000, 0 } };

	write_file(f, "f", "hello");
	assert_int_equal(utimensat(f->dir, "f", times, 0), 0);
	assert_int_equal(load(f), 0);
}

static void reads_what_is_there(void **state)
{
	struct fixture *f = *state;
	auto_of(content) struct erofs_content *content = NULL;
	char buffer[8];

	prepare(f);
	assert_int_equal(open_file(f, "f", &content), 0);
	assert_int_equal(erofs_content_read(content, 0, buffer, 5), 0);
	assert_memory_equal(buffer, "hello", 5);
	assert_int_equal(erofs_content_read(content, 3, buffer, 2), 0);
	assert_memory_equal(buffer, "lo", 2);
	assert_int_equal(erofs_content_read(content, 5, buffer, 0), 0);
	assert_int_equal(erofs_content_finish(content), 0);
}

/* Reading for an image leaves the access time alone where that is permitted. */
static void access_time_stays(void **state)
{
	struct fixture *f = *state;
	auto_of(content) struct erofs_content *content = NULL;
	struct timespec times[2] = { { 500, 0 }, { 1000000, 0 } };
	struct stat st;
	char buffer[8];

	prepare(f);
	utimensat(f->dir, "f", times, 0);
	assert_int_equal(open_file(f, "f", &content), 0);
	assert_int_equal(erofs_content_read(content, 0, buffer, 5), 0);
	fstatat(f->dir, "f", &st, 0);
	assert_int_equal(st.st_atim.tv_sec, 500);
}

static void shrinking_is_noticed(void **state)
{
	struct fixture *f = *state;
	auto_of(content) struct erofs_content *content = NULL;
	char buffer[8];

	prepare(f);
	assert_int_equal(open_file(f, "f", &content), 0);
	write_file(f, "f", "hel");
	assert_int_equal(erofs_content_read(content, 0, buffer, 5), -ESTALE);
	assert_non_null(strstr(f->errors, "/f: changed while being read: 5 bytes became 3"));
	assert_int_equal(erofs_content_finish(content), -ESTALE);
}

static void growing_is_noticed(void **state)
{
	struct fixture *f = *state;
	auto_of(content) struct erofs_content *content = NULL;
	char buffer[8];

	prepare(f);
	assert_int_equal(open_file(f, "f", &content), 0);
	write_file(f, "f", "hello!!");
	assert_int_equal(erofs_content_read(content, 0, buffer, 5), 0);
	assert_int_equal(erofs_content_finish(content), -ESTALE);
	assert_non_null(strstr(f->errors, "5 bytes became 7"));
}

static void rewriting_is_noticed(void **state)
{
	struct fixture *f = *state;
	auto_of(content) struct erofs_content *content = NULL;

	prepare(f);
	assert_int_equal(open_file(f, "f", &content), 0);
	write_file(f, "f", "HELLO");
	assert_int_equal(erofs_content_finish(content), -ESTALE);
	assert_non_null(strstr(f->errors, "it was written to"));
}

static void changes_before_opening_are_noticed(void **state)
{
	struct fixture *f = *state;
	struct erofs_content *content = NULL;

	prepare(f);
	write_file(f, "f", "HELLO");
	assert_int_equal(open_file(f, "f", &content), -ESTALE);
	unlinkat(f->dir, "f", 0);
	assert_int_equal(open_file(f, "f", &content), -ESTALE);
	write_file(f, "g", "hello");
	symlinkat("g", f->dir, "f");
	assert_int_equal(open_file(f, "f", &content), -ESTALE);
	unlinkat(f->dir, "f", 0);
	mkfifoat(f->dir, "f", 0600);
	assert_int_equal(open_file(f, "f", &content), -ESTALE);
	assert_non_null(strstr(f->errors, "it is another file now"));
	assert_null(content);
}

/* A directory on the way that became a symbolic link must not lead elsewhere. */
static void links_on_the_way_are_not_followed(void **state)
{
	struct fixture *f = *state;
	struct erofs_content *content = NULL;

	mkdirat(f->dir, "d", 0755);
	write_file(f, "d/f", "hello");
	assert_int_equal(load(f), 0);
	assert_int_equal(renameat(f->dir, "d", f->dir, "e"), 0);
	symlinkat("e", f->dir, "d");
	assert_int_equal(open_file(f, "d/f", &content), -ESTALE);
	assert_null(content);
}

static void holes_are_found(void **state)
{
	struct fixture *f = *state;
	auto_of(content) struct erofs_content *content = NULL;
	uint64_t start, end;
	int fd = openat(f->dir, "sparse", O_WRONLY | O_CREAT, 0644);

	assert_int_equal(ftruncate(fd, 4 << 20), 0);
	assert_int_equal(pwrite(fd, "x", 1, 1 << 20), 1);
	fsync(fd);
	if (lseek(fd, 0, SEEK_DATA) == 0) {
		print_message("SKIP: no holes here\n");
		skip();
	}
	close(fd);
	assert_int_equal(load(f), 0);
	assert_int_equal(open_file(f, "sparse", &content), 0);
	assert_int_equal(erofs_content_next_data(content, 0, &start, &end), 1);
	assert_in_range(start, 1, 1 << 20);
	assert_in_range(end, (1 << 20) + 1, 2 << 20);
	assert_int_equal(erofs_content_next_data(content, end, &start, &end), 0);
	assert_int_equal(erofs_content_next_data(content, 4 << 20, &start, &end), 0);
	assert_int_equal(erofs_content_finish(content), 0);
}

/* The end of the data is clipped to the size that was planned. */
static void data_ends_at_the_planned_size(void **state)
{
	struct fixture *f = *state;
	auto_of(content) struct erofs_content *content = NULL;
	uint64_t start, end;

	prepare(f);
	assert_int_equal(open_file(f, "f", &content), 0);
	write_file(f, "f", "hello and more");
	assert_int_equal(erofs_content_next_data(content, 2, &start, &end), 1);
	assert_int_equal(start, 2);
	assert_int_equal(end, 5);
}

/* Paths longer than one system call takes, with and without openat2. */
static void long_paths_are_opened(void **state)
{
	enum { LEVELS = 60 };
	struct fixture *f = *state;
	auto_of(content) struct erofs_content *content = NULL;
	static char path[LEVELS * 201 + 2];
	char name[201], buffer[2];
	int fd = dup(f->dir), file;

	memset(name, 'n', 200);
	name[200] = '\0';
	for (int i = 0; i < LEVELS; i++) {
		int next;

		assert_int_equal(mkdirat(fd, name, 0755), 0);
		next = openat(fd, name, O_RDONLY | O_DIRECTORY);
		close(fd);
		fd = next;
		memcpy(path + i * 201, name, 200);
		path[i * 201 + 200] = '/';
	}
	strcpy(path + LEVELS * 201, "f");
	assert_true(strlen(path) > 2 * PATH_MAX);
	file = openat(fd, "f", O_WRONLY | O_CREAT, 0644);
	assert_int_equal(write(file, "x", 1), 1);
	close(file);
	close(fd);
	assert_int_equal(load(f), 0);
	assert_int_equal(open_file(f, path, &content), 0);
	assert_int_equal(erofs_content_read(content, 0, buffer, 1), 0);
	assert_int_equal(buffer[0], 'x');
}

static void stepwise_opening(void **state)
{
	struct fixture *f = *state;
	int fd;

	mkdirat(f->dir, "a", 0755);
	mkdirat(f->dir, "a/b", 0755);
	write_file(f, "a/b/f", "");
	symlinkat("b", f->dir, "a/link");
	fd = erofs_open_beneath_stepwise(f->dir, "a/b/f", O_RDONLY);
	assert_true(fd >= 0);
	close(fd);
	fd = erofs_open_beneath_stepwise(f->dir, "", O_RDONLY | O_DIRECTORY);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(erofs_open_beneath_stepwise(f->dir, "a/none", O_RDONLY), -ENOENT);
	assert_true(erofs_open_beneath_stepwise(f->dir, "a/link/f", O_RDONLY) < 0);
	assert_int_equal(erofs_open_beneath_stepwise(f->dir, "a/link", O_RDONLY), -ELOOP);
	assert_true(erofs_open_beneath(f->dir, "a/link/f", O_RDONLY) < 0);
	assert_true(erofs_open_beneath(f->dir, "a/link", O_RDONLY) < 0);
	fd = erofs_open_beneath(f->dir, "a/b/f", O_RDONLY);
	assert_true(fd >= 0);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(reads_what_is_there),
		TEST(access_time_stays),
		TEST(shrinking_is_noticed),
		TEST(growing_is_noticed),
		TEST(rewriting_is_noticed),
		TEST(changes_before_opening_are_noticed),
		TEST(links_on_the_way_are_not_followed),
		TEST(holes_are_found),
		TEST(data_ends_at_the_planned_size),
		TEST(long_paths_are_opened),
		TEST(stepwise_opening),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
