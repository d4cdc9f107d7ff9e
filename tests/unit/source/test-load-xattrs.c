/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Extended attributes on their way from a directory of the host into the tree. */
#include "tests/unit/tree/fixture.h"

#include <errno.h>
#include <sys/xattr.h>

static bool set_xattr(const struct fixture *f, const char *name, const char *attribute,
	const char *value)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", f->root, name);
	return lsetxattr(path, attribute, value, strlen(value), 0) == 0;
}

static void xattrs_are_sorted_and_shared(void **state)
{
	struct fixture *f = *state;
	const struct erofs_node_xattrs *set;

	write_file(f, "a", "");
	write_file(f, "b", "");
	write_file(f, "c", "");
	if (!set_xattr(f, "a", "user.z", "last")) {
		print_message("SKIP: no user xattrs here\n");
		skip();
	}
	assert_true(set_xattr(f, "a", "user.b", ""));
	assert_true(set_xattr(f, "b", "user.b", ""));
	assert_true(set_xattr(f, "b", "user.z", "last"));
	assert_true(set_xattr(f, "", "user.dir", "d"));
	assert_loads(f);
	set = find(f, "a")->xattrs;
	assert_ptr_equal(set, find(f, "b")->xattrs);
	assert_null(find(f, "c")->xattrs);
	assert_int_equal(set->count, 2);
	assert_string_equal(set->list[0].name, "user.b");
	assert_int_equal(set->list[0].value_bytes, 0);
	assert_string_equal(set->list[1].name, "user.z");
	assert_int_equal(set->list[1].name_bytes, 6);
	assert_memory_equal(set->list[1].value, "last", 4);
	assert_non_null(find_xattr(f->tree->root, "user.dir"));
	f->options.drop_xattrs = true;
	assert_loads(f);
	assert_null(find(f, "a")->xattrs);
}

/* Symbolic links and fifos have attributes of their own; reading them must not touch what a link
 * points to, nor block. */
static void xattrs_of_every_type(void **state)
{
	struct fixture *f = *state;

	write_file(f, "target", "");
	symlinkat("target", f->dir, "link");
	mkfifoat(f->dir, "fifo", 0600);
	mkdirat(f->dir, "dir", 0755);
	if (!set_xattr(f, "link", "trusted.l", "1")) {
		print_message("SKIP: no trusted xattrs here\n");
		skip();
	}
	assert_true(set_xattr(f, "fifo", "trusted.f", "2"));
	assert_true(set_xattr(f, "dir", "trusted.d", "3"));
	assert_loads(f);
	assert_non_null(find_xattr(find(f, "link"), "trusted.l"));
	assert_non_null(find_xattr(find(f, "fifo"), "trusted.f"));
	assert_non_null(find_xattr(find(f, "dir"), "trusted.d"));
	assert_null(find(f, "target")->xattrs);
}

/* The security case: whoever brings the fingerprint along must not get it into the image. */
static void reserved_names_are_dropped(void **state)
{
	struct fixture *f = *state;

	write_file(f, "a", "x");
	write_file(f, "b", "x");
	if (!set_xattr(f, "a", "user.fp", "sha256:forged") ||
	    !set_xattr(f, "b", "user.fp", "sha256:forged")) {
		print_message("SKIP: no user xattrs here\n");
		skip();
	}
	set_xattr(f, "b", "user.fp2", "stays");
	f->options.reserved_xattr = "user.fp";
	assert_loads(f);
	assert_null(find(f, "a")->xattrs);
	assert_int_equal(find(f, "b")->xattrs->count, 1);
	assert_int_equal(f->tree->summary.reserved_xattrs, 2);
	assert_non_null(strstr(f->warnings, "dropped 2 extended attributes named user.fp,"));
	/* One message in all. */
	assert_ptr_equal(strchr(f->warnings, '\n'), f->warnings + strlen(f->warnings) - 1);
}

static void labels(void **state)
{
	static const char contexts[] =
		"/.*	system_u:object_r:any_t:s0\n"
		"/system/bin(/.*)?	system_u:object_r:bin_t:s0\n"
		"/system/none	<<none>>\n"
		"/system	-d	system_u:object_r:top_t:s0\n";
	struct fixture *f = *state;
	char path[128];
	int r;

	mkdirat(f->dir, "bin", 0755);
	write_file(f, "bin/sh", "");
	write_file(f, "none", "");
	write_file(f, "other", "");
	write_file(f, "contexts", contexts);
	set_xattr(f, "none", "security.selinux", "from_source");
	snprintf(path, sizeof(path), "%s/contexts", f->root);
	f->options.file_contexts = path;
	f->options.mount_point = "system/";
	r = load(f);
	if (r == -EOPNOTSUPP) {
		print_message("SKIP: %s", f->errors);
		skip();
	}
	if (r)
		fail_msg("load: %d %s", r, f->errors);
	assert_memory_equal(find_xattr(find(f, "bin/sh"), "security.selinux")->value,
		"system_u:object_r:bin_t:s0", 26);
	assert_int_equal(find_xattr(find(f, "bin/sh"), "security.selinux")->value_bytes, 26);
	assert_memory_equal(find_xattr(find(f, "other"), "security.selinux")->value,
		"system_u:object_r:any_t:s0", 26);
	assert_memory_equal(find_xattr(f->tree->root, "security.selinux")->value,
		"system_u:object_r:top_t:s0", 26);
	assert_ptr_equal(find(f, "bin/sh")->xattrs, find(f, "bin")->xattrs);
	assert_null(find_xattr(find(f, "none"), "security.selinux"));
	f->options.mount_point = NULL;
	assert_loads(f);
	assert_memory_equal(find_xattr(find(f, "bin"), "security.selinux")->value,
		"system_u:object_r:any_t:s0", 26);
	f->options.file_contexts = "/nonexistent/contexts";
	assert_true(load(f) < 0);
	assert_non_null(strstr(f->errors, "failed to open file contexts \"/nonexistent/contexts\""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(xattrs_are_sorted_and_shared),
		TEST(xattrs_of_every_type),
		TEST(reserved_names_are_dropped),
		TEST(labels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
