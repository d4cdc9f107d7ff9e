/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a build leaves: the same bytes whatever the number of workers, or nothing when it fails. */

#include "tests/unit/build/fixture.h"

#include <fcntl.h>
#include <unistd.h>

static void expect_same_files(const char *a, const char *b)
{
	static char x[1 << 20], y[1 << 20];
	int fa = open(a, O_RDONLY), fb = open(b, O_RDONLY);
	off_t at = 0, end = lseek(fa, 0, SEEK_END);

	assert_int_equal(end, lseek(fb, 0, SEEK_END));
	while (at < end) {
		off_t next = lseek(fa, at, SEEK_DATA), other = lseek(fb, at, SEEK_DATA);
		ssize_t n;

		if (next < 0 && other < 0)
			break;
		at = next < 0 || (other >= 0 && other < next) ? other : next;
		n = pread(fa, x, sizeof(x), at);
		assert_true(n > 0);
		assert_int_equal(pread(fb, y, sizeof(y), at), n);
		assert_memory_equal(x, y, (size_t)n);
		at += n;
	}
	close(fa);
	close(fb);
}

static void test_any_number_of_workers(void **state)
{
	static const unsigned int workers[] = { 2, 7 };
	struct fixture *x = *state;
	char first[9000];

	make_everything(x);
	snprintf(first, sizeof(first), "%s/first", x->dir);
	for (int i = 0; i < 6; i++) {
		x->opt.ishare = i & 1 ? EROFS_DIGEST_SHA256 : EROFS_DIGEST_NONE;
		x->opt.chunk_size_bytes = i / 2 == 1 ? 8192 : 0;
		x->opt.use_48bit = x->opt.meta_zone = i / 2 == 2;
		x->opt.workers = 1;
		must_build(x);
		assert_int_equal(rename(x->path, first), 0);
		for (size_t n = 0; n < sizeof(workers) / sizeof(workers[0]); n++) {
			x->opt.workers = workers[n];
			must_build(x);
			expect_same_files(first, x->path);
		}
	}
}

/* ---- failures ---- */

static void put_old(const struct fixture *x)
{
	FILE *file = fopen(x->path, "w");

	fputs("old", file);
	assert_int_equal(fclose(file), 0);
}

static void expect_old(const struct fixture *x)
{
	char text[8] = "";
	FILE *file = fopen(x->path, "r");

	assert_int_equal(fread(text, 1, sizeof(text), file), 3);
	assert_string_equal(text, "old");
	fclose(file);
}

/* Whatever kind of file fails, in whatever way: the error comes back, the old file stays. */
static void test_source_errors(void **state)
{
	static const uint64_t sizes[] = { 10, 5000, 600000, 700000 };
	struct fixture *x = *state;
	struct erofs_node *nodes[5];
	char name[8];

	for (int i = 0; i < 5; i++) {
		snprintf(name, sizeof(name), "f%d", i);
		nodes[i] = fake_file(&x->f, x->f.tree->root, name, sizes[i < 4 ? i : 3], (uint32_t)i);
	}
	fake_finish(&x->f);
	put_old(x);
	for (int i = 0; i < 5 * 2 * 3; i++) {
		struct fake_data *d = fake_data_of(&x->f, nodes[i % 5]);
		int *error = i / 5 % 2 ? &d->read_error : &d->finish_error;
		static const uint64_t chunks[] = { 0, 4096, 1 << 20 };

		*error = -ESTALE;
		x->opt.chunk_size_bytes = chunks[i / 10];
		x->opt.workers = (unsigned int)i % 3 + 1;
		assert_int_equal(erofs_build(x->f.tree, &x->opt, x->path, &x->report.report, &x->sum),
			-ESTALE);
		*error = 0;
		expect_old(x);
	}
	x->opt = fake_options();
	build_and_compare(x);
}

/* A large file that is planned as a hole, and is none when its turn comes. */
static void test_hole_that_filled(void **state)
{
	struct fixture *x = *state;
	struct erofs_node *node = fake_sparse(&x->f, x->f.tree->root, "f", (3 << 20) + 77, 0, 0);

	fake_finish(&x->f);
	put_old(x);
	x->opt.use_48bit = true;
	x->opt.ishare = EROFS_DIGEST_SHA256;
	build_and_compare(x);
	put_old(x);
	fake_data_of(&x->f, node)->opened = 0;
	fake_data_of(&x->f, node)->change_after = 1;
	assert_int_equal(erofs_build(x->f.tree, &x->opt, x->path, &x->report.report, &x->sum), -ESTALE);
	assert_non_null(strstr(x->report.error, "/f: changed while being read"));
	expect_old(x);
}

static void test_output_errors(void **state)
{
	struct fixture *x = *state;
	char path[9000];

	fake_file(&x->f, x->f.tree->root, "f", 10, 1);
	fake_finish(&x->f);
	snprintf(path, sizeof(path), "%s/none/blob", x->dir);
	x->opt.blob_path = path;
	x->opt.chunk_size_bytes = 4096;
	put_old(x);
	assert_int_equal(erofs_build(x->f.tree, &x->opt, x->path, &x->report.report, &x->sum), -ENOENT);
	expect_old(x);
	assert_int_equal(x->report.errors, 1);
}

/* Once the image takes a temporary name, its destination becomes one that nothing can replace. */
static void spoil_destination(void *user, const char *path, enum erofs_temporary_state state)
{
	struct fixture *x = user;

	if (state == EROFS_TEMPORARY_MADE && !strncmp(path, x->dir, strlen(x->dir))) {
		unlink(x->path);
		mkdir(x->path, 0700);
	}
}

/* No blob without its image. */
static void test_blob_of_no_image(void **state)
{
	struct fixture *x = *state;
	char place[9000], blob[9100];

	fake_file(&x->f, x->f.tree->root, "f", 10000, 1);
	fake_finish(&x->f);
	snprintf(place, sizeof(place), "%s-blob", x->dir);
	assert_int_equal(mkdir(place, 0700), 0);
	snprintf(blob, sizeof(blob), "%s/blob", place);
	x->opt.blob_path = blob;
	x->opt.chunk_size_bytes = 4096;
	x->opt.temporary = spoil_destination;
	x->opt.temporary_user = x;
	put_old(x);
	assert_int_equal(erofs_build(x->f.tree, &x->opt, x->path, &x->report.report, &x->sum), -EISDIR);
	assert_int_equal(access(blob, F_OK), -1);
	assert_int_equal(rmdir(place), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_TREE(test_any_number_of_workers),
		WITH_TREE(test_source_errors),
		WITH_TREE(test_hole_that_filled),
		WITH_TREE(test_output_errors),
		WITH_TREE(test_blob_of_no_image),
	};

	return cmocka_run_group_tests_name("outcome", tests, NULL, NULL);
}
