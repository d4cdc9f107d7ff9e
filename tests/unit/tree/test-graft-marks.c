/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whiteouts and opaque marks: kept as names, turned into overlayfs's, or applied to the layers below. */
#include "grafting.h"

#include "tree/filter_xattr.h"

static void assert_xattr(const struct scene *s, const char *path, const char *name, const char *value)
{
	const struct erofs_node_xattr *xattr = find_xattr(find(&s->f, path), name);

	if (!value) {
		assert_null(xattr);
		return;
	}
	assert_non_null(xattr);
	assert_int_equal(xattr->value_bytes, strlen(value));
	assert_memory_equal(xattr->value, value, strlen(value));
}

static void fill_layer(struct scene *s)
{
	put_dir(s, "d", 1);
	put_file(s, "d/.wh.gone", 2);
	put_file(s, "d/kept", 1);
	put_file(s, "o/.wh..wh..opq", 1);
	put_file(s, "o/x", 1);
	put_dir(s, "p", 1);
}

static void marks_can_be_names(void **state)
{
	struct scene *s = *state;

	fill_layer(s);
	assert_names(s, "d d/.wh.gone d/kept o o/.wh..wh..opq o/x p");
	assert_xattr(s, "o", EROFS_XATTR_OVERLAY_OPAQUE, NULL);
}

static void marks_become_those_of_overlayfs(void **state)
{
	struct scene *s = *state;

	begin(s, EROFS_GRAFT_MARKS_OVERLAY);
	fill_layer(s);
	assert_names(s, "d d/gone d/kept o o/x p");
	assert_int_equal(find(&s->f, "d/gone")->mode, S_IFCHR);
	assert_int_equal(mark_of(s, "d/gone"), 2);
	assert_int_equal(find(&s->f, "d/gone")->uid, 1);
	assert_xattr(s, "d", EROFS_XATTR_OVERLAY_ORIGIN, "");
	assert_xattr(s, "d", EROFS_XATTR_OVERLAY_OPAQUE, NULL);
	assert_xattr(s, "o", EROFS_XATTR_OVERLAY_OPAQUE, "y");
	assert_xattr(s, "o", EROFS_XATTR_OVERLAY_ORIGIN, NULL);
	assert_xattr(s, "p", EROFS_XATTR_OVERLAY_ORIGIN, NULL);
}

static void marks_can_be_stripped(void **state)
{
	struct scene *s = *state;

	s->f.options.strip_overlay = true;
	begin(s, EROFS_GRAFT_MARKS_OVERLAY);
	fill_layer(s);
	assert_names(s, "d d/kept o o/x p");
	assert_xattr(s, "d", EROFS_XATTR_OVERLAY_ORIGIN, NULL);
	assert_xattr(s, "o", EROFS_XATTR_OVERLAY_OPAQUE, NULL);
}

static void marks_leave_no_attributes_where_none_are_wanted(void **state)
{
	struct scene *s = *state;

	s->f.options.drop_xattrs = true;
	begin(s, EROFS_GRAFT_MARKS_OVERLAY);
	fill_layer(s);
	assert_names(s, "d d/gone d/kept o o/x p");
	assert_null(find(&s->f, "d")->xattrs);
	assert_null(find(&s->f, "o")->xattrs);
}

/* The order of a layer's entries means nothing, so a mark and a file of one name do not fight. */
static void marks_spare_their_own_layer(void **state)
{
	struct scene *s = *state;

	begin(s, EROFS_GRAFT_MARKS_OVERLAY);
	put_file(s, "a", 1);
	put_file(s, ".wh.a", 1);
	put_file(s, ".wh.b", 1);
	put_file(s, "b", 1);
	put_file(s, ".wh.c", 1);
	put_file(s, "c/x", 1);
	put_file(s, "e/x", 1);
	put_file(s, ".wh.e", 1);
	assert_int_equal(erofs_graft_link(&s->graft, ".wh.l", ".wh..wh.aufs"), 0);
	assert_names(s, "a b c c/x e e/x l");
	assert_int_equal(find(&s->f, "a")->mode, S_IFREG | 0644);
	assert_int_equal(find(&s->f, "b")->mode, S_IFREG | 0644);
	assert_xattr(s, "c", EROFS_XATTR_OVERLAY_OPAQUE, "y");
	assert_xattr(s, "e", EROFS_XATTR_OVERLAY_OPAQUE, "y");
	assert_int_equal(find(&s->f, "l")->mode, S_IFCHR);
}

static void nothing_and_parents_cannot_be_hidden(void **state)
{
	struct scene *s = *state;

	begin(s, EROFS_GRAFT_MARKS_OVERLAY);
	assert_int_equal(put(s, "a/.wh.", S_IFREG, 1), -EINVAL);
	assert_int_equal(put(s, "a/.wh..", S_IFREG, 1), -EINVAL);
	assert_int_equal(put(s, "a/.wh...", S_IFREG, 1), -EINVAL);
	assert_int_equal(erofs_graft_link(&s->graft, "a/.wh...", "x"), -EINVAL);
}

static void layers_are_applied(void **state)
{
	struct scene *s = *state;

	begin(s, EROFS_GRAFT_MARKS_APPLY);
	put_file(s, ".wh.nothing", 1);
	put_file(s, "d/a", 1);
	put_file(s, "d/b/c", 1);
	put_file(s, "d/keep", 1);
	put_file(s, "e/x", 1);
	put_file(s, "f", 1);
	put_dir(s, "m", 1);
	put_file(s, "m/1", 1);
	assert_int_equal(erofs_graft_link(&s->graft, "k", "f"), 0);
	end_layer(s);
	put_file(s, "d/.wh.a", 2);
	put_file(s, "d/.wh.b", 2);
	put_file(s, "e", 2);
	put_file(s, ".wh.f", 2);
	put_dir(s, "m", 2);
	put_file(s, "m/2", 2);
	end_layer(s);
	assert_int_equal(erofs_graft_link(&s->graft, "n", "k"), 0);
	assert_names(s, "d d/keep e k m m/1 m/2 n");
	assert_int_equal(mark_of(s, "m"), 2);
	assert_int_equal(mark_of(s, "k"), 1);
	assert_ptr_equal(find(&s->f, "k"), find(&s->f, "n"));
}

/* Opaque marks and whiteouts of directories hide what is below, but for what their own layer puts there,
 * before or after. */
static void what_is_below_is_hidden(void **state)
{
	struct scene *s = *state;

	begin(s, EROFS_GRAFT_MARKS_APPLY);
	for (int i = 0; i < 3; i++) {
		static const char *const paths[] = { "o/old", "o/both/old", "o/both/deep/old" };

		put_file(s, paths[i], 1);
	}
	put_file(s, "w/old", 1);
	put_file(s, "w/sub/old", 1);
	put_file(s, "v/old", 1);
	end_layer(s);
	put_file(s, "o/both/new", 2);
	put_file(s, "o/.wh..wh..opq", 2);
	put_file(s, "o/both/deep/new", 2);
	put_file(s, "w/sub/new", 2);
	put_file(s, ".wh.w", 2);
	put_file(s, "w/late", 2);
	put_file(s, ".wh.v", 2);
	put_file(s, "v/new", 2);
	assert_names(s, "o o/both o/both/deep o/both/deep/new o/both/new v v/new w w/late w/sub w/sub/new");
}

static void upper_directories_hide_lower_files(void **state)
{
	struct scene *s = *state;

	begin(s, EROFS_GRAFT_MARKS_APPLY);
	assert_int_equal(put(s, "lib", S_IFLNK | 0777, 1), 0);
	end_layer(s);
	put_file(s, "lib/a", 2);
	assert_names(s, "lib lib/a");
}

static void sources_can_hide_by_themselves(void **state)
{
	struct scene *s = *state;

	put_file(s, "a/x", 1);
	put_file(s, "c", 1);
	end_layer(s);
	assert_int_equal(erofs_graft_hide_below(&s->graft, "a"), 0);
	assert_int_equal(erofs_graft_hide_below(&s->graft, "nothing"), 0);
	assert_names(s, "a c");
}

/* Marks that meet the same directory again and again do not walk over it again and again. */
static void many_marks_are_linear(void **state)
{
	struct scene *s = *state;
	char path[32];

	begin(s, EROFS_GRAFT_MARKS_APPLY);
	for (int layer = 0; layer < 3; layer++) {
		for (int i = 0; i < 100000; i++) {
			snprintf(path, sizeof(path), "d/%d.%d", layer, i);
			put_file(s, path, 1);
			put_file(s, "d/.wh..wh..opq", 1);
			put_file(s, ".wh.d", 1);
		}
		end_layer(s);
	}
	finish(s);
	assert_int_equal(find(&s->f, "d")->edge_count, 100000);
}

static void put_device(struct scene *s, const char *path)
{
	assert_int_equal(put(s, path, S_IFCHR | 0600, 3), 0);
}

/* Marks that are overlayfs's already, as images have them. */
static void fill_images(struct scene *s)
{
	put_file(s, "d/gone", 1);
	put_file(s, "d/kept", 1);
	put_dir(s, "e", 1);
	put_file(s, "e/below", 1);
	put_device(s, "late");
	end_layer(s);
	put_device(s, "d/gone");
	put_device(s, "e");
	put_dir(s, "late", 2);
	put_file(s, ".wh.name", 2);
}

static void devices_are_marks(void **state)
{
	struct scene *s = *state;

	begin(s, EROFS_GRAFT_MARKS_DEVICES);
	fill_images(s);
	assert_names(s, ".wh.name d d/gone d/kept e late");
	assert_true(S_ISCHR(find(&s->f, "e")->mode));
	assert_xattr(s, "d", EROFS_XATTR_OVERLAY_ORIGIN, "");
	assert_xattr(s, "late", EROFS_XATTR_OVERLAY_OPAQUE, "y");
}

static void devices_can_be_stripped(void **state)
{
	struct scene *s = *state;

	s->f.options.strip_overlay = true;
	begin(s, EROFS_GRAFT_MARKS_DEVICES);
	fill_images(s);
	assert_names(s, ".wh.name d d/kept late");
	assert_xattr(s, "late", EROFS_XATTR_OVERLAY_OPAQUE, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(devices_are_marks),
		SCENE_TEST(devices_can_be_stripped),
		SCENE_TEST(marks_can_be_names),
		SCENE_TEST(marks_become_those_of_overlayfs),
		SCENE_TEST(marks_can_be_stripped),
		SCENE_TEST(marks_leave_no_attributes_where_none_are_wanted),
		SCENE_TEST(marks_spare_their_own_layer),
		SCENE_TEST(nothing_and_parents_cannot_be_hidden),
		SCENE_TEST(layers_are_applied),
		SCENE_TEST(what_is_below_is_hidden),
		SCENE_TEST(upper_directories_hide_lower_files),
		SCENE_TEST(sources_can_hide_by_themselves),
		SCENE_TEST(many_marks_are_linear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
