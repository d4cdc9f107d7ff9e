/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Loading a directory of the host: every type of file, every rule, every way it can go wrong. */
#include "tests/unit/tree/fixture.h"

#include <errno.h>
#include <limits.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/un.h>

#include "base/cleanup.h"
#include "tree/loader.h"

static void empty_directory_is_a_tree(void **state)
{
	struct fixture *f = *state;

	assert_loads(f);
	assert_int_equal(f->tree->node_count, 1);
	assert_ptr_equal(f->tree->nodes[0], f->tree->root);
	assert_ptr_equal(f->tree->root->parent, f->tree->root);
	assert_string_equal(f->tree->root->name, "");
	assert_int_equal(f->tree->root->nlink, 2);
	assert_int_equal(erofs_tree_summary(f->tree)->nodes, 1);
	assert_int_equal(erofs_tree_summary(f->tree)->names, 0);
}

/* Level by level within a directory, then its subdirectories in name order. */
static void order_is_canonical(void **state)
{
	static const char *const expected[] = { "/", "/-x", "/a", "/b", "/c", "/a/k", "/a/l",
		"/a/z", "/a/l/m", "/c/0" };
	struct fixture *f = *state;
	char path[PATH_MAX];

	mkdirat(f->dir, "c", 0755);
	mkdirat(f->dir, "a", 0755);
	mkdirat(f->dir, "a/l", 0755);
	write_file(f, "b", "");
	write_file(f, "a/z", "");
	write_file(f, "a/l/m", "");
	write_file(f, "a/k", "");
	write_file(f, "c/0", "");
	write_file(f, "-x", "");
	assert_loads(f);
	assert_int_equal(f->tree->node_count, 10);
	for (uint32_t i = 0; i < 10; i++) {
		assert_int_equal(f->tree->nodes[i]->index, i);
		assert_string_equal(erofs_node_path(f->tree->nodes[i], path, sizeof(path)),
			expected[i]);
		assert_int_equal(erofs_node_path_bytes(f->tree->nodes[i]), strlen(expected[i]));
	}
	assert_int_equal(f->tree->root->nlink, 4);
	assert_int_equal(find(f, "a")->nlink, 3);
}

static void hard_links_are_one_node(void **state)
{
	struct fixture *f = *state;
	struct erofs_node *node;

	mkdirat(f->dir, "d", 0755);
	mkdirat(f->dir, "d/e", 0755);
	write_file(f, "d/e/one", "abc");
	assert_int_equal(linkat(f->dir, "d/e/one", f->dir, "d/two", 0), 0);
	assert_int_equal(linkat(f->dir, "d/e/one", f->dir, "d/three", 0), 0);
	assert_loads(f);
	node = find(f, "d/e/one");
	assert_ptr_equal(node, find(f, "d/two"));
	assert_ptr_equal(node, find(f, "d/three"));
	assert_int_equal(node->nlink, 3);
	/* "d/three" is first in canonical order, whatever was met first. */
	assert_string_equal(node->name, "three");
	assert_ptr_equal(node->parent, find(f, "d"));
	assert_int_equal(f->tree->node_count, 4);
	assert_int_equal(f->tree->summary.names, 5);
	assert_int_equal(f->tree->summary.content_bytes, 3);

	f->options.hard_dereference = true;
	assert_loads(f);
	assert_ptr_not_equal(find(f, "d/two"), find(f, "d/three"));
	assert_int_equal(find(f, "d/two")->nlink, 1);
	assert_int_equal(f->tree->node_count, 6);
	assert_int_equal(f->tree->summary.content_bytes, 9);
}

/* A link whose other names lie outside counts only what is in the tree. */
static void links_leading_outside_are_not_counted(void **state)
{
	struct fixture *f = *state;

	write_file(f, "in", "abc");
	linkat(f->dir, "in", f->dir, "out", 0);
	f->options.exclude_paths = (const char *const[]){ "out" };
	f->options.exclude_path_count = 1;
	assert_loads(f);
	assert_int_equal(find(f, "in")->nlink, 1);
	assert_null(find(f, "out"));
}

static void attributes_are_kept(void **state)
{
	struct fixture *f = *state;
	struct timespec times[2] = { { 0, 0 }, { -12345, 678 } };
	struct erofs_node *node;

	write_file(f, "old", "x");
	fchmodat(f->dir, "old", 06751, 0);
	assert_int_equal(utimensat(f->dir, "old", times, 0), 0);
	assert_int_equal(symlinkat("some/where", f->dir, "link"), 0);
	assert_int_equal(mkfifoat(f->dir, "fifo", 0600), 0);
	assert_loads(f);
	node = find(f, "old");
	assert_int_equal(node->mode, S_IFREG | 06751);
	assert_int_equal(node->mtime_seconds, -12345);
	assert_int_equal(node->mtime_nsec, 678);
	assert_int_equal(node->source_mtime_seconds, -12345);
	assert_int_equal(node->uid, geteuid());
	node = find(f, "link");
	assert_true(S_ISLNK(node->mode));
	assert_string_equal(node->target, "some/where");
	assert_int_equal(node->size_bytes, 10);
	node = find(f, "fifo");
	assert_int_equal(node->mode, S_IFIFO | 0600);
	assert_int_equal(node->size_bytes, 0);
}

static void sockets_are_kept(void **state)
{
	struct fixture *f = *state;
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/sock", f->root);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	close(fd);
	assert_loads(f);
	assert_true(S_ISSOCK(find(f, "sock")->mode));
}

static void devices_are_kept(void **state)
{
	struct fixture *f = *state;

	if (mknodat(f->dir, "char", S_IFCHR | 0600, makedev(511, 0xabcde)) ||
	    mknodat(f->dir, "block", S_IFBLK | 0640, makedev(8, 1))) {
		print_message("SKIP: device nodes cannot be made here\n");
		skip();
	}
	assert_loads(f);
	assert_int_equal(find(f, "char")->rdev_major, 511);
	assert_int_equal(find(f, "char")->rdev_minor, 0xabcde);
	assert_int_equal(find(f, "block")->mode, S_IFBLK | 0640);
	assert_int_equal(find(f, "block")->rdev_major, 8);
	assert_int_equal(find(f, "block")->rdev_minor, 1);
}

/* overlayfs: a character device 0:0 hides a name. Anybody may make one since Linux 5.8. */
static void whiteouts(void **state)
{
	struct fixture *f = *state;

	mkdirat(f->dir, "d", 0755);
	mkdirat(f->dir, "e", 0755);
	if (mknodat(f->dir, "d/w", S_IFCHR | 0600, makedev(0, 0))) {
		print_message("SKIP: no whiteouts here\n");
		skip();
	}
	assert_loads(f);
	assert_non_null(find(f, "d/w"));
	assert_non_null(find_xattr(find(f, "d"), "trusted.overlay.origin"));
	assert_int_equal(find_xattr(find(f, "d"), "trusted.overlay.origin")->value_bytes, 0);
	assert_null(find_xattr(find(f, "e"), "trusted.overlay.origin"));
	f->options.drop_xattrs = true;
	assert_loads(f);
	assert_null(find(f, "d")->xattrs);
	f->options.drop_xattrs = false;
	f->options.strip_overlay = true;
	assert_loads(f);
	assert_null(find(f, "d/w"));
	assert_null(find_xattr(find(f, "d"), "trusted.overlay.origin"));
}

/* Every byte a name can have, and the longest name there is. */
static void names_are_bytes(void **state)
{
	struct fixture *f = *state;
	char name[256] = "n?", longest[256];

	for (int byte = 1; byte < 256; byte++) {
		if (byte == '/')
			continue;
		name[1] = (char)byte;
		write_file(f, name, "");
	}
	memset(longest, 'l', 255);
	longest[255] = '\0';
	write_file(f, longest, "");
	assert_loads(f);
	assert_int_equal(f->tree->root->edge_count, 255);
	for (uint32_t i = 1; i < 255; i++)
		assert_true(strcmp(f->tree->root->edges[i - 1].name,
				    f->tree->root->edges[i].name) < 0);
	assert_int_equal(find(f, longest)->parent->index, 0);
	assert_int_equal(f->tree->root->edges[0].name_bytes, 255);
}

static void name_rules(void **state)
{
	struct fixture *f = *state;
	struct erofs_loader loader;
	char name[257];

	assert_int_equal(erofs_loader_init(&loader, &f->options, &f->report), 0);
	memset(name, 'x', 256);
	name[256] = '\0';
	assert_int_equal(erofs_loader_check_name(&loader, name, "d/x"), -ENAMETOOLONG);
	assert_non_null(strstr(f->errors, "d/x: name of 256 bytes"));
	name[255] = '\0';
	assert_int_equal(erofs_loader_check_name(&loader, name, "d/x"), 0);
	assert_int_equal(erofs_loader_check_name(&loader, "", "d"), -EINVAL);
	assert_int_equal(erofs_loader_check_name(&loader, ".", "d"), -EINVAL);
	assert_int_equal(erofs_loader_check_name(&loader, "..", "d"), -EINVAL);
	assert_int_equal(erofs_loader_check_name(&loader, "a/b", "d"), -EINVAL);
	assert_int_equal(erofs_loader_check_name(&loader, "...", "d"), 0);
	erofs_loader_fini(&loader);
}

static void unknown_types_are_refused(void **state)
{
	struct fixture *f = *state;
	struct erofs_entry entry = { .mode = 0110644 };
	struct erofs_loader loader;
	struct erofs_node *node;
	bool known;

	assert_int_equal(erofs_loader_init(&loader, &f->options, &f->report), 0);
	assert_int_equal(erofs_loader_node(&loader, &entry, "some/door", &node, &known), -EINVAL);
	assert_non_null(strstr(f->errors, "some/door: unknown file type in mode 0110644"));
	erofs_loader_fini(&loader);
}

static void excludes(void **state)
{
	struct fixture *f = *state;

	mkdirat(f->dir, "a", 0755);
	mkdirat(f->dir, "a/b", 0755);
	write_file(f, "a/b/f", "");
	write_file(f, "a/keep", "");
	write_file(f, "b", "");
	write_file(f, "x.pyc", "");
	write_file(f, "a/y.pyc", "");
	f->options.exclude_paths = (const char *const[]){ "a/b", "/b", "a/b" };
	f->options.exclude_path_count = 3;
	f->options.exclude_regexes = (const char *const[]){ "\\.pyc$", "^nothing" };
	f->options.exclude_regex_count = 2;
	assert_loads(f);
	assert_null(find(f, "a/b"));
	assert_non_null(find(f, "b"));
	assert_non_null(find(f, "a/keep"));
	assert_null(find(f, "x.pyc"));
	assert_null(find(f, "a/y.pyc"));
	assert_int_equal(f->tree->node_count, 4);
}

static void bad_regex_is_an_error(void **state)
{
	struct fixture *f = *state;

	f->options.exclude_regexes = (const char *const[]){ "a(" };
	f->options.exclude_regex_count = 1;
	assert_int_equal(load(f), -EINVAL);
	assert_non_null(strstr(f->errors, "invalid regular expression \"a(\""));
}

static void owner_rules(void **state)
{
	struct fixture *f = *state;

	write_file(f, "f", "");
	f->options.owner = (struct erofs_owner_rules){ .force_uid = true, .uid = 5,
		.uid_offset = 1000, .force_gid = true, .gid = 70000 };
	assert_loads(f);
	assert_int_equal(find(f, "f")->uid, 1005);
	assert_int_equal(find(f, "f")->gid, 70000);
	assert_int_equal(f->tree->root->uid, 1005);
	f->options.owner.gid_offset = UINT32_MAX - 70000;
	assert_int_equal(load(f), -EINVAL);
	assert_non_null(strstr(f->errors, "gid overflow"));
	assert_non_null(strstr(f->errors, f->root));
	f->options.owner.gid_offset--;
	assert_loads(f);
	assert_int_equal(find(f, "f")->gid, UINT32_MAX - 1);
}

static void time_rules(void **state)
{
	struct fixture *f = *state;
	struct timespec early[2] = { { 0, 0 }, { 999, 5 } }, exact[2] = { { 0, 0 }, { 1000, 5 } };

	write_file(f, "early", "");
	write_file(f, "exact", "");
	write_file(f, "late", "");
	utimensat(f->dir, "early", early, 0);
	utimensat(f->dir, "exact", exact, 0);
	f->options.time = (struct erofs_time_rules){ EROFS_TIME_CLAMP, 1000 };
	assert_loads(f);
	assert_int_equal(find(f, "early")->mtime_seconds, 999);
	assert_int_equal(find(f, "early")->mtime_nsec, 5);
	assert_int_equal(find(f, "exact")->mtime_seconds, 1000);
	assert_int_equal(find(f, "exact")->mtime_nsec, 0);
	assert_int_equal(find(f, "exact")->source_mtime_nsec, 5);
	assert_int_equal(find(f, "late")->mtime_seconds, 1000);
	f->options.time.rule = EROFS_TIME_FIXED;
	assert_loads(f);
	assert_int_equal(find(f, "early")->mtime_seconds, 1000);
	assert_int_equal(find(f, "early")->mtime_nsec, 0);
	assert_int_equal(find(f, "early")->source_mtime_seconds, 999);
}

static void files_being_written_are_left_out(void **state)
{
	struct fixture *f = *state;
	struct erofs_file_identity skip[2] = { { 0, 0 }, { 0, 0 } };
	struct stat st;

	write_file(f, "image", "");
	write_file(f, "other", "");
	fstatat(f->dir, "image", &st, 0);
	skip[1] = (struct erofs_file_identity){ st.st_dev, st.st_ino };
	f->options.skip = skip;
	f->options.skip_count = 2;
	assert_loads(f);
	assert_null(find(f, "image"));
	assert_non_null(find(f, "other"));
	assert_non_null(strstr(f->infos, "/image: is being written"));
}

static void sources_that_are_none(void **state)
{
	struct fixture *f = *state;
	char path[128];

	write_file(f, "file", "");
	mkdirat(f->dir, "d", 0755);
	write_file(f, "d/x", "");
	symlinkat("d", f->dir, "link");
	snprintf(path, sizeof(path), "%s/none", f->root);
	assert_int_equal(erofs_tree_load_directory(path, &f->options, &f->report, &f->tree), -ENOENT);
	assert_non_null(strstr(f->errors, "/none: cannot open source directory"));
	snprintf(path, sizeof(path), "%s/file", f->root);
	assert_int_equal(erofs_tree_load_directory(path, &f->options, NULL, &f->tree), -ENOTDIR);
	snprintf(path, sizeof(path), "%s/link", f->root);
	assert_int_equal(erofs_tree_load_directory(path, &f->options, NULL, &f->tree), -ENOTDIR);
	snprintf(path, sizeof(path), "%s/link/", f->root);
	assert_int_equal(erofs_tree_load_directory(path, &f->options, NULL, &f->tree), 0);
	assert_non_null(find(f, "x"));
}

/* Deeper than descriptors and paths reach: 1500 levels of 9 bytes. Two branches on each of the last
 * levels make the walk return through directories whose descriptors it gave up. */
static void deep_trees(void **state)
{
	enum { LEVELS = 1500 };
	struct fixture *f = *state;
	int fd = dup(f->dir);
	struct erofs_node *node;

	for (int i = 0; i < LEVELS; i++) {
		int next;

		assert_int_equal(mkdirat(fd, "directory", 0755), 0);
		if (i % 100 == 0)
			assert_int_equal(mkdirat(fd, "zz", 0755), 0);
		next = openat(fd, "directory", O_RDONLY | O_DIRECTORY);
		assert_true(next >= 0);
		close(fd);
		fd = next;
	}
	close(openat(fd, "leaf", O_WRONLY | O_CREAT, 0644));
	close(fd);
	assert_loads(f);
	assert_int_equal(f->tree->node_count, 1 + LEVELS + LEVELS / 100 + 1);
	node = f->tree->root;
	for (int i = 0; i < LEVELS; i++)
		node = node->edges[0].node;
	assert_string_equal(node->edges[0].name, "leaf");
	assert_int_equal(erofs_node_path_bytes(node->edges[0].node), 10 * LEVELS + 5);
}

static void wide_directories(void **state)
{
	enum { FILES = 50000 };
	struct fixture *f = *state;
	char name[32];

	for (int i = 0; i < FILES; i++) {
		snprintf(name, sizeof(name), "f%d", i);
		close(openat(f->dir, name, O_WRONLY | O_CREAT, 0644));
	}
	assert_loads(f);
	assert_int_equal(f->tree->root->edge_count, FILES);
	for (uint32_t i = 1; i < FILES; i++)
		assert_true(strcmp(f->tree->root->edges[i - 1].name,
				    f->tree->root->edges[i].name) < 0);
}

static void make_numbered(struct fixture *f, int i)
{
	char name[16];

	snprintf(name, sizeof(name), "%c%d", "xyz"[i % 3], 60 - i);
	if (i % 5)
		write_file(f, name, "");
	else
		mkdirat(f->dir, name, 0755);
}

/* Two loads of one tree agree, and so does a copy made in another order. */
static void loading_is_deterministic(void **state)
{
	struct fixture *f = *state;
	char paths[64][64];

	for (int i = 0; i < 60; i++)
		make_numbered(f, i);
	assert_loads(f);
	assert_int_equal(f->tree->node_count, 61);
	for (int i = 0; i < 61; i++)
		erofs_node_path(f->tree->nodes[i], paths[i], sizeof(paths[i]));
	empty_directory(f->dir);
	for (int i = 59; i >= 0; i--)
		make_numbered(f, i);
	assert_loads(f);
	for (int i = 0; i < 61; i++) {
		char path[64];

		assert_string_equal(erofs_node_path(f->tree->nodes[i], path, sizeof(path)),
			paths[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(empty_directory_is_a_tree),
		TEST(order_is_canonical),
		TEST(hard_links_are_one_node),
		TEST(links_leading_outside_are_not_counted),
		TEST(attributes_are_kept),
		TEST(sockets_are_kept),
		TEST(devices_are_kept),
		TEST(whiteouts),
		TEST(names_are_bytes),
		TEST(name_rules),
		TEST(unknown_types_are_refused),
		TEST(excludes),
		TEST(bad_regex_is_an_error),
		TEST(owner_rules),
		TEST(time_rules),
		TEST(files_being_written_are_left_out),
		TEST(sources_that_are_none),
		TEST(deep_trees),
		TEST(wide_directories),
		TEST(loading_is_deterministic),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
