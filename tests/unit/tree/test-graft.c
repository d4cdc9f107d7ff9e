/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Trees that grow by path: order, replacement, implied parents, hard links, filters, hostile paths. */
#include "grafting.h"

static void order_does_not_matter(void **state)
{
	struct scene *s = *state;

	put_file(s, "./b/c//d", 1);
	put_file(s, "/a", 2);
	put_file(s, "b/x/../../e", 3);
	put_file(s, "../../z", 4);
	put_dir(s, "b", 5);
	put_dir(s, "./", 6);
	assert_names(s, "a b b/c b/c/d e z");
	assert_int_equal(mark_of(s, "b"), 5);
	assert_int_equal(s->f.tree->root->mtime_seconds, 6);
	assert_int_equal(s->f.tree->node_count, 7);
	assert_int_equal(erofs_tree_summary(s->f.tree)->content_bytes, 20);
}

static void parents_are_implied(void **state)
{
	struct scene *s = *state;

	assert_int_equal(put(s, "a", S_IFDIR | 0070, 3), 0);
	put_file(s, "a/b/c", 1);
	put_file(s, "x/y", 1);
	finish(s);
	assert_int_equal(find(&s->f, "a/b")->mode, S_IFDIR | 0775);
	assert_int_equal(find(&s->f, "a/b")->uid, 1);
	assert_int_equal(find(&s->f, "a/b")->gid, 2);
	assert_int_equal(mark_of(s, "a/b"), 3);
	assert_int_equal(find(&s->f, "x")->mode, S_IFDIR | 0777);
	assert_int_equal(find(&s->f, "x")->uid, 7);
	assert_int_equal(s->f.tree->root->mode, S_IFDIR | 0777);
	assert_int_equal(mark_of(s, "x"), 9);
}

static void owners_of_implied_parents_are_not_shifted_twice(void **state)
{
	struct scene *s = *state;

	s->f.options.owner.uid_offset = 100;
	begin(s, EROFS_GRAFT_MARKS_PLAIN);
	put_dir(s, "a", 1);
	put_file(s, "a/b/c", 1);
	put_file(s, "x/c", 1);
	finish(s);
	assert_int_equal(find(&s->f, "a")->uid, 101);
	assert_int_equal(find(&s->f, "a/b")->uid, 101);
	assert_int_equal(find(&s->f, "x")->uid, 7);
	assert_int_equal(find(&s->f, "x/c")->uid, 101);
}

static void later_entries_replace_earlier_ones(void **state)
{
	struct scene *s = *state;

	put_file(s, "a", 1);
	put_file(s, "a", 2);
	put_dir(s, "d", 1);
	put_file(s, "d/x", 1);
	put_dir(s, "d", 2);
	put_dir(s, "e", 1);
	put_file(s, "e/x/y", 1);
	put_file(s, "e", 2);
	put_dir(s, "e", 3);
	put_file(s, "e/z", 3);
	put_file(s, "g", 1);
	put_dir(s, "g", 2);
	put_file(s, "g/h", 1);
	assert_names(s, "a d d/x e e/z g g/h");
	assert_int_equal(mark_of(s, "a"), 2);
	assert_int_equal(mark_of(s, "d"), 2);
	assert_int_equal(mark_of(s, "e"), 3);
	assert_int_equal(s->f.tree->node_count, 8);
	assert_int_equal(find(&s->f, "a")->nlink, 1);
}

static void files_are_no_parents(void **state)
{
	struct scene *s = *state;

	put_file(s, "a", 1);
	assert_int_equal(put(s, "a/b/c", S_IFREG, 1), -ENOTDIR);
	assert_string_equal(s->f.errors, "a: files below it, but it is not a directory\n");
	begin(s, EROFS_GRAFT_MARKS_PLAIN);
	assert_int_equal(put(s, "a", S_IFLNK | 0777, 1), 0);
	assert_int_equal(put(s, "a/b", S_IFREG, 1), -ENOTDIR);
	begin(s, EROFS_GRAFT_MARKS_PLAIN);
	assert_int_equal(erofs_graft_link(&s->graft, "a", "later"), 0);
	assert_int_equal(put(s, "a/b", S_IFREG, 1), -ENOTDIR);
	begin(s, EROFS_GRAFT_MARKS_PLAIN);
	assert_int_equal(put(s, "/", S_IFREG, 1), -ENOTDIR);
	assert_string_equal(s->f.errors, "/: the root is not a directory\n");
}

static void links_lead_backward_and_forward(void **state)
{
	struct scene *s = *state;

	put_file(s, "d/a", 1);
	assert_int_equal(erofs_graft_link(&s->graft, "b", "./d/a"), 0);
	assert_int_equal(erofs_graft_link(&s->graft, "l3", "l2"), 0);
	assert_int_equal(erofs_graft_link(&s->graft, "l1", "c/e"), 0);
	assert_int_equal(erofs_graft_link(&s->graft, "l2", "/l1"), 0);
	assert_int_equal(erofs_graft_link(&s->graft, "b", "b"), 0);
	put_file(s, "c/e", 2);
	assert_names(s, "b c c/e d d/a l1 l2 l3");
	assert_ptr_equal(find(&s->f, "b"), find(&s->f, "d/a"));
	assert_int_equal(find(&s->f, "b")->nlink, 2);
	assert_ptr_equal(find(&s->f, "l3"), find(&s->f, "c/e"));
	assert_int_equal(find(&s->f, "l3")->nlink, 4);
	assert_int_equal(s->f.tree->node_count, 5);
}

/* What a link names is the file that was there, not the one that comes in its place. */
static void replaced_targets_live_on_in_links(void **state)
{
	struct scene *s = *state;

	put_file(s, "a", 1);
	assert_int_equal(erofs_graft_link(&s->graft, "b", "a"), 0);
	put_file(s, "a", 2);
	assert_int_equal(erofs_graft_link(&s->graft, "w", "later"), 0);
	put_file(s, "w", 3);
	assert_names(s, "a b w");
	assert_int_equal(mark_of(s, "a"), 2);
	assert_int_equal(mark_of(s, "b"), 1);
	assert_int_equal(mark_of(s, "w"), 3);
}

static void links_without_end_are_errors(void **state)
{
	struct scene *s = *state;

	assert_int_equal(erofs_graft_link(&s->graft, "a", "b"), 0);
	assert_int_equal(erofs_graft_link(&s->graft, "b", "c"), 0);
	assert_int_equal(erofs_graft_link(&s->graft, "c", "b"), 0);
	assert_int_equal(erofs_graft_end_layer(&s->graft), -ELOOP);
	begin(s, EROFS_GRAFT_MARKS_PLAIN);
	assert_int_equal(erofs_graft_link(&s->graft, "a", "a"), 0);
	assert_int_equal(erofs_graft_end_layer(&s->graft), -ELOOP);
	begin(s, EROFS_GRAFT_MARKS_PLAIN);
	assert_int_equal(erofs_graft_link(&s->graft, "a", "x\ny"), 0);
	assert_int_equal(erofs_graft_end_layer(&s->graft), -ENOENT);
	assert_string_equal(s->f.errors, "a: the target of the hard link is not there\n");
	begin(s, EROFS_GRAFT_MARKS_PLAIN);
	put_dir(s, "d", 1);
	assert_int_equal(erofs_graft_link(&s->graft, "a", "d"), -EISDIR);
	begin(s, EROFS_GRAFT_MARKS_PLAIN);
	assert_int_equal(erofs_graft_link(&s->graft, "a", "d"), 0);
	put_dir(s, "d", 1);
	assert_int_equal(erofs_graft_end_layer(&s->graft), -EISDIR);
	begin(s, EROFS_GRAFT_MARKS_PLAIN);
	assert_int_equal(erofs_graft_link(&s->graft, "..", "d"), -EISDIR);
}

static void names_have_limits(void **state)
{
	static char path[200000];
	struct scene *s = *state;

	memset(path, 'n', 255);
	put_file(s, path, 1);
	memset(path, 'n', 256);
	assert_int_equal(put(s, path, S_IFREG, 1), -ENAMETOOLONG);
	for (size_t i = 0; i < 2 * 2049; i += 2)
		memcpy(path + i, "a/", 3);
	assert_int_equal(put(s, path, S_IFREG, 1), -ENAMETOOLONG);
	assert_int_equal(put(s, path + 2, S_IFDIR, 1), 0);
	memset(path, 0, sizeof(path));
	for (size_t i = 0; i + 101 < 65636; i += 101) {
		memset(path + i, 'b', 100);
		path[i + 100] = '/';
	}
	assert_int_equal(put(s, path, S_IFREG, 1), -ENAMETOOLONG);
	memset(path, '/', 100000);
	strcpy(path + 100000, "x");
	put_file(s, path, 1);
}

static void targets_have_limits(void **state)
{
	struct erofs_entry entry = { .mode = S_IFLNK | 0777 };
	char target[4097] = "";
	struct scene *s = *state;
	struct erofs_node *node;

	assert_int_equal(erofs_graft_put(&s->graft, "a", &entry, "", &node), -EINVAL);
	memset(target, 't', 4096);
	assert_int_equal(erofs_graft_put(&s->graft, "a", &entry, target, &node), -ENAMETOOLONG);
	target[4095] = '\0';
	assert_int_equal(erofs_graft_put(&s->graft, "a", &entry, target, &node), 0);
	assert_int_equal(node->size_bytes, 4095);
	assert_string_equal(node->target, target);
}

static void excluded_files_go_but_their_links_stay(void **state)
{
	static const char *const paths[] = { "d", "only/x" };
	static const char *const regexes[] = { "[.]o$" };
	struct scene *s = *state;

	s->f.options.exclude_paths = paths;
	s->f.options.exclude_path_count = 2;
	s->f.options.exclude_regexes = regexes;
	s->f.options.exclude_regex_count = 1;
	begin(s, EROFS_GRAFT_MARKS_PLAIN);
	put_file(s, "d/a", 1);
	put_file(s, "a.o", 1);
	put_file(s, "b.o/x", 1);
	put_file(s, "only/x", 1);
	put_file(s, "only/x2", 1);
	assert_int_equal(erofs_graft_link(&s->graft, "l", "d/a"), 0);
	assert_names(s, "l only only/x2");
	assert_int_equal(find(&s->f, "l")->nlink, 1);
	assert_int_equal(s->f.tree->node_count, 4);
}

static void links_can_be_dereferenced(void **state)
{
	struct scene *s = *state;

	s->f.options.hard_dereference = true;
	begin(s, EROFS_GRAFT_MARKS_PLAIN);
	put_file(s, "a", 1);
	assert_int_equal(erofs_graft_link(&s->graft, "b", "a"), 0);
	assert_int_equal(erofs_graft_link(&s->graft, "c", "a"), 0);
	assert_names(s, "a b c");
	assert_ptr_not_equal(find(&s->f, "a"), find(&s->f, "b"));
	assert_int_equal(find(&s->f, "b")->nlink, 1);
	assert_int_equal(mark_of(s, "c"), 1);
	assert_int_equal(s->f.tree->node_count, 4);
}

/* Many names in one directory, and others that come and go among them: quadratic behaviour would not end. */
static void many_names_are_linear(void **state)
{
	struct scene *s = *state;
	char path[32];

	for (int i = 0; i < 300000; i++) {
		snprintf(path, sizeof(path), "d/%d", i);
		put_file(s, path, 1);
	}
	for (int i = 0; i < 100000; i++) {
		assert_int_equal(put(s, "t/x/y", S_IFREG, 1), 0);
		assert_int_equal(put(s, "t", i % 2 ? S_IFREG : S_IFDIR, 1), 0);
		assert_int_equal(put(s, "t", S_IFDIR, 1), 0);
	}
	finish(s);
	assert_int_equal(find(&s->f, "d")->edge_count, 300000);
	assert_null(find(&s->f, "t/x"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(order_does_not_matter),
		SCENE_TEST(parents_are_implied),
		SCENE_TEST(owners_of_implied_parents_are_not_shifted_twice),
		SCENE_TEST(later_entries_replace_earlier_ones),
		SCENE_TEST(files_are_no_parents),
		SCENE_TEST(links_lead_backward_and_forward),
		SCENE_TEST(replaced_targets_live_on_in_links),
		SCENE_TEST(links_without_end_are_errors),
		SCENE_TEST(names_have_limits),
		SCENE_TEST(targets_have_limits),
		SCENE_TEST(excluded_files_go_but_their_links_stay),
		SCENE_TEST(links_can_be_dereferenced),
		SCENE_TEST(many_names_are_linear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
