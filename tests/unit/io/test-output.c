/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The output: a whole file or none, whatever the destination is. */

#include "tests/unit/build/fake.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>
#include "io/coverage.h"
#include "io/output.h"

struct fixture {
	char dir[4096], path[8192];
	struct fake_report report;
	struct erofs_output *out;
};

static int set_up(void **state)
{
	struct fixture *x = calloc(1, sizeof(*x));

	fake_workdir_init(x->dir, sizeof(x->dir));
	snprintf(x->path, sizeof(x->path), "%s/image", x->dir);
	fake_report_init(&x->report);
	*state = x;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *x = *state;

	erofs_output_close(x->out);
	fake_workdir_fini(x->dir);
	free(x);
	return 0;
}

static void must_open(struct fixture *x, const char *path, uint64_t offset)
{
	assert_int_equal(erofs_output_open(path, offset, NULL, &x->report.report, &x->out), 0);
}

static void must_write(struct fixture *x, uint64_t at, const char *text)
{
	assert_int_equal(erofs_output_write(x->out, at, text, strlen(text)), 0);
}

static void must_commit(struct fixture *x, uint64_t size)
{
	assert_int_equal(erofs_output_commit(x->out, size, 0, "HEAD", 4), 0);
	erofs_output_close(x->out);
	x->out = NULL;
}

static void put_file(const char *path, const char *text, mode_t mode)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static void expect_file(const char *path, const char *bytes, size_t size)
{
	char got[256];
	FILE *file = fopen(path, "r");

	assert_non_null(file);
	assert_int_equal(fread(got, 1, sizeof(got), file), size);
	assert_memory_equal(got, bytes, size);
	fclose(file);
}

static unsigned int count_names(const char *path)
{
	DIR *dir = opendir(path);
	unsigned int count = 0;

	while (readdir(dir))
		count++;
	closedir(dir);
	return count - 2;
}

static void test_new_file(void **state)
{
	struct fixture *x = *state;
	mode_t mask = umask(027);
	struct stat st;

	must_open(x, x->path, 0);
	must_write(x, 6, "later");
	must_write(x, 4, "xy");
	assert_int_equal(count_names(x->dir), 0);
	must_commit(x, 16);
	expect_file(x->path, "HEADxylater\0\0\0\0\0", 16);
	assert_int_equal(stat(x->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_int_equal(count_names(x->dir), 1);
	umask(mask);
}

static void test_relative_name(void **state)
{
	struct fixture *x = *state;
	int here = open(".", O_RDONLY | O_DIRECTORY);

	assert_int_equal(chdir(x->dir), 0);
	must_open(x, "image", 0);
	must_commit(x, 4);
	assert_int_equal(fchdir(here), 0);
	close(here);
	expect_file(x->path, "HEAD", 4);
}

/* What was written beyond the size is cut off. */
static void test_cut(void **state)
{
	struct fixture *x = *state;

	must_open(x, x->path, 0);
	must_write(x, 0, "0123456789");
	must_commit(x, 6);
	expect_file(x->path, "HEAD45", 6);
}

static void test_offset(void **state)
{
	struct fixture *x = *state;

	put_file(x->path, "old bytes", 0644);
	must_open(x, x->path, 3);
	must_write(x, 5, "z");
	must_commit(x, 6);
	expect_file(x->path, "\0\0\0HEAD\0z", 9);
}

static void test_abandoned(void **state)
{
	struct fixture *x = *state;

	must_open(x, x->path, 0);
	must_write(x, 0, "bytes");
	erofs_output_close(x->out);
	x->out = NULL;
	assert_int_equal(count_names(x->dir), 0);
	put_file(x->path, "old", 0600);
	must_open(x, x->path, 0);
	must_write(x, 0, "bytes");
	erofs_output_close(x->out);
	x->out = NULL;
	expect_file(x->path, "old", 3);
	assert_int_equal(count_names(x->dir), 1);
}

struct notices {
	unsigned int coming, made, gone;
	char path[8192];
};

static void notice(void *user, const char *path, enum erofs_temporary_state state)
{
	struct notices *n = user;

	switch (state) {
	case EROFS_TEMPORARY_COMING:
		n->coming++;
		assert_int_equal(access(path, F_OK), -1);
		snprintf(n->path, sizeof(n->path), "%s", path);
		break;
	case EROFS_TEMPORARY_MADE:
		n->made++;
		assert_string_equal(path, n->path);
		assert_int_equal(access(path, F_OK), 0);
		break;
	case EROFS_TEMPORARY_GONE:
		n->gone++;
		assert_string_equal(path, n->path);
		assert_int_equal(access(path, F_OK), -1);
	}
}

/* The old file keeps its bytes under other names; the new one has its mode. */
static void test_replace(void **state)
{
	struct fixture *x = *state;
	struct notices notices = { .coming = 0 };
	struct erofs_output_watcher watcher = { notice, &notices };
	char other[9000];
	struct stat st;

	put_file(x->path, "old", 0604);
	snprintf(other, sizeof(other), "%s/other", x->dir);
	assert_int_equal(link(x->path, other), 0);
	assert_int_equal(erofs_output_open(x->path, 0, &watcher, &x->report.report, &x->out), 0);
	must_commit(x, 4);
	expect_file(x->path, "HEAD", 4);
	expect_file(other, "old", 3);
	assert_int_equal(stat(x->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0604);
	assert_int_equal(count_names(x->dir), 2);
	assert_int_equal(notices.coming, 1);
	assert_int_equal(notices.made, 1);
	assert_int_equal(notices.gone, 1);
}

static bool can_exchange(const struct fixture *x)
{
	char a[9000], b[9000];
	bool can;

	snprintf(a, sizeof(a), "%s/a", x->dir);
	snprintf(b, sizeof(b), "%s/b", x->dir);
	put_file(a, "", 0600);
	put_file(b, "", 0600);
	can = renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE) == 0;
	unlink(a);
	unlink(b);
	return can;
}

static void commit_and_revoke(struct fixture *x)
{
	must_open(x, x->path, 0);
	erofs_output_make_revocable(x->out);
	assert_int_equal(erofs_output_commit(x->out, 4, 0, "HEAD", 4), 0);
	expect_file(x->path, "HEAD", 4);
	erofs_output_revoke(x->out);
	erofs_output_close(x->out);
	x->out = NULL;
}

/* A commit that is undone leaves things as they were, one that is not leaves nothing else. */
static void test_revoke(void **state)
{
	struct fixture *x = *state;

	commit_and_revoke(x);
	assert_int_equal(count_names(x->dir), 0);
	if (!can_exchange(x))
		return;
	put_file(x->path, "old", 0604);
	commit_and_revoke(x);
	expect_file(x->path, "old", 3);
	assert_int_equal(count_names(x->dir), 1);
	must_open(x, x->path, 0);
	erofs_output_make_revocable(x->out);
	must_commit(x, 4);
	expect_file(x->path, "HEAD", 4);
	assert_int_equal(count_names(x->dir), 1);
}

/* What came by the name in the meantime belongs to somebody else. */
static void test_revoke_spares_others(void **state)
{
	struct fixture *x = *state;

	must_open(x, x->path, 0);
	erofs_output_make_revocable(x->out);
	assert_int_equal(erofs_output_commit(x->out, 4, 0, "HEAD", 4), 0);
	unlink(x->path);
	put_file(x->path, "other", 0600);
	erofs_output_revoke(x->out);
	erofs_output_close(x->out);
	x->out = NULL;
	expect_file(x->path, "other", 5);
	/* One that appears while we write is replaced as an old one is. */
	unlink(x->path);
	must_open(x, x->path, 0);
	erofs_output_make_revocable(x->out);
	put_file(x->path, "other", 0600);
	must_commit(x, 4);
	expect_file(x->path, "HEAD", 4);
	assert_int_equal(count_names(x->dir), 1);
}

static void test_symlinks(void **state)
{
	struct fixture *x = *state;
	char link1[9000], link2[9000];
	struct stat st;

	snprintf(link1, sizeof(link1), "%s/link1", x->dir);
	snprintf(link2, sizeof(link2), "%s/link2", x->dir);
	assert_int_equal(symlink("link2", link1), 0);
	assert_int_equal(symlink(x->path, link2), 0);
	must_open(x, link1, 0);
	must_commit(x, 4);
	expect_file(x->path, "HEAD", 4);
	must_open(x, link1, 0);
	must_commit(x, 5);
	expect_file(x->path, "HEAD\0", 5);
	assert_int_equal(lstat(link1, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	unlink(link2);
	assert_int_equal(symlink("link1", link2), 0);
	assert_int_equal(erofs_output_open(link1, 0, NULL, &x->report.report, &x->out), -ELOOP);
}

static void expect_refusal(struct fixture *x, const char *path, int error)
{
	x->report.errors = 0;
	assert_int_equal(erofs_output_open(path, 0, NULL, &x->report.report, &x->out), error);
	assert_int_equal(x->report.errors, 1);
	assert_non_null(strstr(x->report.error, path));
}

static void test_refusals(void **state)
{
	struct fixture *x = *state;
	char path[9000];

	expect_refusal(x, x->dir, -EINVAL);
	expect_refusal(x, "/dev/full", -EINVAL);
	snprintf(path, sizeof(path), "%s/none/image", x->dir);
	expect_refusal(x, path, -ENOENT);
	expect_refusal(x, "", -ENOENT);
	assert_int_equal(mkfifo(x->path, 0600), 0);
	expect_refusal(x, x->path, -EINVAL);
}

/* A full disk and a limit look alike to the writer. */
static void test_write_error(void **state)
{
	struct fixture *x = *state;
	struct rlimit old, small = { .rlim_cur = 8192 };

	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small.rlim_max = old.rlim_max;
	must_open(x, x->path, 0);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	must_write(x, 8190, "in");
	assert_int_equal(erofs_output_write(x->out, 8192, "x", 1), -EFBIG);
	assert_int_equal(erofs_output_commit(x->out, 10000, 0, "HEAD", 4), -EFBIG);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_int_equal(x->report.errors, 2);
	assert_non_null(strstr(x->report.error, x->path));
	erofs_output_close(x->out);
	x->out = NULL;
	assert_int_equal(count_names(x->dir), 0);
}

static void test_move(void **state)
{
	struct fixture *x = *state;
	char *big = malloc(3 << 20);

	for (size_t i = 0; i < 3 << 20; i++)
		big[i] = (char)(i * 7 + (i >> 12));
	must_open(x, x->path, 0);
	assert_int_equal(erofs_output_write(x->out, 5 << 20, big, 3 << 20), 0);
	/* what was never written moves as zeros, also from behind the end */
	assert_int_equal(erofs_output_move(x->out, (5 << 20) - 10, 4096, (3 << 20) + 20), 0);
	must_commit(x, 4096 + (3 << 20) + 20);
	{
		FILE *file = fopen(x->path, "r");
		char *got = malloc((3 << 20) + 20);

		fseek(file, 4096, SEEK_SET);
		assert_int_equal(fread(got, 1, (3 << 20) + 20, file), (3 << 20) + 20);
		assert_memory_equal(got + 10, big, 3 << 20);
		assert_memory_equal(got, "\0\0\0\0\0\0\0\0\0\0", 10);
		assert_memory_equal(got + 10 + (3 << 20), "\0\0\0\0\0\0\0\0\0\0", 10);
		fclose(file);
		free(got);
	}
	free(big);
}

/* ---- coverage ---- */

static void expect_gaps(struct erofs_coverage *c, uint64_t limit, const char *want)
{
	struct erofs_coverage_range gap = { 0, 0 };
	char got[256] = "";

	while (erofs_coverage_gap(c, gap.end, limit, &gap))
		sprintf(got + strlen(got), "%d-%d ", (int)gap.start, (int)gap.end);
	assert_string_equal(got, want);
}

static void test_coverage(void **state)
{
	static const struct {
		uint64_t start, end;
		const char *gaps;
	} table[] = {
		{ 10, 20, "0-10 20-100 " },
		{ 30, 40, "0-10 20-30 40-100 " },
		{ 20, 25, "0-10 25-30 40-100 " },
		{ 25, 30, "0-10 40-100 " },
		{ 5, 5, "0-10 40-100 " },
		{ 60, 70, "0-10 40-60 70-100 " },
		{ 80, 90, "0-10 40-60 70-80 90-100 " },
		{ 12, 35, "0-10 40-60 70-80 90-100 " },
		{ 35, 85, "0-10 90-100 " },
		{ 0, 10, "90-100 " },
		{ 90, 200, "" },
	};
	struct erofs_coverage c;

	(void)state;
	erofs_coverage_init(&c);
	expect_gaps(&c, 100, "0-100 ");
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		assert_int_equal(erofs_coverage_add(&c, table[i].start, table[i].end), 0);
		expect_gaps(&c, 100, table[i].gaps);
	}
	assert_int_equal(c.count, 1);
	erofs_coverage_fini(&c);
}

/* Every other unit first, then the rest: more ranges than the first allocation holds. */
static void test_coverage_many(void **state)
{
	struct erofs_coverage c;

	(void)state;
	erofs_coverage_init(&c);
	for (uint64_t i = 0; i < 1000; i++)
		assert_int_equal(erofs_coverage_add(&c, (i * 7 % 1000) * 2, (i * 7 % 1000) * 2 + 1), 0);
	assert_int_equal(c.count, 1000);
	for (uint64_t i = 0; i < 1000; i++)
		assert_int_equal(erofs_coverage_add(&c, (i * 3 % 1000) * 2 + 1, (i * 3 % 1000) * 2 + 2), 0);
	assert_int_equal(c.count, 1);
	expect_gaps(&c, 2000, "");
	erofs_coverage_fini(&c);
}

#define WITH_DIR(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_DIR(test_new_file),
		WITH_DIR(test_relative_name),
		WITH_DIR(test_cut),
		WITH_DIR(test_offset),
		WITH_DIR(test_abandoned),
		WITH_DIR(test_replace),
		WITH_DIR(test_revoke),
		WITH_DIR(test_revoke_spares_others),
		WITH_DIR(test_symlinks),
		WITH_DIR(test_refusals),
		WITH_DIR(test_write_error),
		WITH_DIR(test_move),
		cmocka_unit_test(test_coverage),
		cmocka_unit_test(test_coverage_many),
	};

	return cmocka_run_group_tests_name("output", tests, NULL, NULL);
}
