/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pure parts: attribute verdicts, owner and time rules, attribute sets, paths of nodes, the three
 * ways to read attributes. */
#include "fixture.h"

#include <errno.h>
#include <sys/xattr.h>

#include "tree/filter_owner.h"
#include "tree/filter_xattr.h"
#include "source/xattr_read.h"
#include "tree/xattrs.h"

/* Whatever the host would let a file carry: a name equal to the fingerprint's never passes. */
static void verdicts(void **state)
{
	static const struct {
		const char *reserved, *name;
		enum erofs_xattr_verdict expected;
	} cases[] = {
		{ "erofs.fingerprint.v1", "erofs.fingerprint.v1", EROFS_XATTR_RESERVED },
		{ "erofs.fingerprint.v1", "erofs.fingerprint.v10", EROFS_XATTR_FOREIGN },
		{ "erofs.fingerprint.v1", "user.erofs.fingerprint.v1", EROFS_XATTR_KEEP },
		{ "trusted.erofs.fp", "trusted.erofs.fp", EROFS_XATTR_RESERVED },
		{ "trusted.erofs.fp", "trusted.erofs.f", EROFS_XATTR_KEEP },
		{ "trusted.erofs.fp", "trusted.erofs.fpx", EROFS_XATTR_KEEP },
		{ "trusted.erofs.fp", "user.erofs.fp", EROFS_XATTR_KEEP },
		{ "user.x", "user.x", EROFS_XATTR_RESERVED },
		{ "system.posix_acl_access", "system.posix_acl_access", EROFS_XATTR_RESERVED },
		{ NULL, "erofs.fingerprint.v1", EROFS_XATTR_FOREIGN },
		{ NULL, "trusted.erofs.fp", EROFS_XATTR_KEEP },
		{ NULL, "security.capability", EROFS_XATTR_KEEP },
		{ NULL, "system.posix_acl_access", EROFS_XATTR_KEEP },
		{ NULL, "system.posix_acl_default", EROFS_XATTR_KEEP },
		{ NULL, "system.nfs4_acl", EROFS_XATTR_FOREIGN },
		{ NULL, "btrfs.compression", EROFS_XATTR_FOREIGN },
		{ NULL, "lustre.lov", EROFS_XATTR_FOREIGN },
		{ NULL, "", EROFS_XATTR_FOREIGN },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct erofs_tree_options options = { .reserved_xattr = cases[i].reserved };
		enum erofs_xattr_verdict got = erofs_xattr_judge(&options, cases[i].name);

		if (got != cases[i].expected)
			fail_msg("case %zu (%s): %d", i, cases[i].name, got);
	}
}

static void verdicts_that_options_ask_for(void **state)
{
	struct erofs_tree_options options = { 0 };

	(void)state;
	assert_int_equal(erofs_xattr_judge(&options, "security.selinux"), EROFS_XATTR_KEEP);
	assert_int_equal(erofs_xattr_judge(&options, "trusted.overlay.opaque"), EROFS_XATTR_KEEP);
	options.file_contexts = "x";
	assert_int_equal(erofs_xattr_judge(&options, "security.selinux"), EROFS_XATTR_REPLACED);
	options.strip_overlay = true;
	assert_int_equal(erofs_xattr_judge(&options, "trusted.overlay.opaque"),
		EROFS_XATTR_REPLACED);
	assert_int_equal(erofs_xattr_judge(&options, "trusted.overlay.origin"), EROFS_XATTR_KEEP);
}

static void owners(void **state)
{
	static const struct {
		uint32_t id, forced, offset;
		bool force;
		uint32_t expected; /* 0xffffffff = refused */
	} cases[] = {
		{ 7, 0, 0, false, 7 },
		{ 7, 0, 0, true, 0 },
		{ 7, 3, 10, true, 13 },
		{ 7, 3, 10, false, 17 },
		{ 0xfffffffe, 0, 0, false, 0xfffffffe },
		{ 0xfffffffd, 0, 1, false, 0xfffffffe },
		{ 0xfffffffe, 0, 1, false, 0xffffffff },
		{ 0xfffffffe, 0, 0xffffffff, false, 0xffffffff },
		{ 0, 0, 0xfffffffe, false, 0xfffffffe },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct erofs_owner_rules rules = { .force_gid = cases[i].force,
			.gid = cases[i].forced, .gid_offset = cases[i].offset };
		struct erofs_node node = { .uid = 42, .gid = cases[i].id };
		const char *what = NULL;
		int r = erofs_owner_apply(&rules, &node, &what);

		assert_int_equal(node.uid, 42);
		if (cases[i].expected == 0xffffffff) {
			assert_int_equal(r, -EINVAL);
			assert_string_equal(what, "gid");
		} else {
			assert_int_equal(r, 0);
			assert_int_equal(node.gid, cases[i].expected);
		}
	}
}

static void times(void **state)
{
	struct erofs_node node = { .mtime_seconds = INT64_MIN, .mtime_nsec = 1 };
	struct erofs_time_rules clamp = { EROFS_TIME_CLAMP, INT64_MAX };
	struct erofs_time_rules keep = { 0 };

	(void)state;
	erofs_time_apply(&keep, &node);
	erofs_time_apply(&clamp, &node);
	assert_true(node.mtime_seconds == INT64_MIN && node.mtime_nsec == 1);
	clamp.seconds = INT64_MIN;
	erofs_time_apply(&clamp, &node);
	assert_true(node.mtime_seconds == INT64_MIN && node.mtime_nsec == 0);
}

static void sets(void **state)
{
	const struct erofs_node_xattrs *a, *b, *none;
	struct erofs_xattr_draft draft;
	struct erofs_xattr_sets interned;
	struct erofs_arena arena;
	static char big[65536];

	(void)state;
	memset(big, 'v', sizeof(big));
	erofs_arena_init(&arena);
	erofs_xattr_draft_init(&draft);
	erofs_xattr_sets_init(&interned, &arena);
	assert_int_equal(erofs_xattr_sets_intern(&interned, &draft, &none), 0);
	assert_null(none);
	erofs_xattr_draft_set(&draft, "user.b", "old", 3);
	erofs_xattr_draft_set(&draft, "user.a", big, sizeof(big));
	erofs_xattr_draft_set(&draft, "user.b", "newer", 5);
	assert_true(erofs_xattr_draft_has(&draft, "user.b"));
	assert_false(erofs_xattr_draft_has(&draft, "user."));
	assert_int_equal(erofs_xattr_sets_intern(&interned, &draft, &a), 0);
	assert_int_equal(a->count, 2);
	assert_string_equal(a->list[0].name, "user.a");
	assert_int_equal(a->list[0].value_bytes, 65536);
	assert_memory_equal(a->list[1].value, "newer", 5);
	assert_int_equal(erofs_xattr_draft_load(&draft, a), 0);
	assert_int_equal(erofs_xattr_sets_intern(&interned, &draft, &b), 0);
	assert_ptr_equal(a, b);
	/* Same bytes, cut differently. */
	erofs_xattr_draft_reset(&draft);
	erofs_xattr_draft_set(&draft, "user.c", "12", 2);
	erofs_xattr_draft_set(&draft, "user.d", "3", 1);
	erofs_xattr_sets_intern(&interned, &draft, &a);
	erofs_xattr_draft_reset(&draft);
	erofs_xattr_draft_set(&draft, "user.c", "1", 1);
	erofs_xattr_draft_set(&draft, "user.d", "23", 2);
	erofs_xattr_sets_intern(&interned, &draft, &b);
	assert_ptr_not_equal(a, b);
	erofs_xattr_sets_fini(&interned);
	erofs_xattr_draft_fini(&draft);
	erofs_arena_fini(&arena);
}

static void paths_are_cut_at_the_front(void **state)
{
	struct erofs_node root = { .name = "" };
	struct erofs_node a = { .parent = &root, .name = "first" };
	struct erofs_node b = { .parent = &a, .name = "second" };
	char buffer[32];

	(void)state;
	root.parent = &root;
	assert_string_equal(erofs_node_path(&root, buffer, sizeof(buffer)), "/");
	assert_string_equal(erofs_node_path(&b, buffer, sizeof(buffer)), "/first/second");
	assert_string_equal(erofs_node_path(&b, buffer, 14), "/first/second");
	assert_string_equal(erofs_node_path(&b, buffer, 13), ".../second");
	assert_string_equal(erofs_node_path(&b, buffer, 11), ".../second");
	assert_string_equal(erofs_node_path(&b, buffer, 4), "...");
	assert_string_equal(erofs_node_path(&b, buffer, 2), ".");
	assert_string_equal(erofs_node_path(&b, buffer, 1), "");
	assert_string_equal(erofs_node_path(&root, buffer, 1), "");
}

static void read_by(struct fixture *f, enum erofs_xattr_method method)
{
	char path[128];
	struct erofs_xattr_site site = { f->dir, "link", path };
	struct erofs_xattr_reader reader;
	bool listed = false;
	ssize_t bytes;

	snprintf(path, sizeof(path), "%s/link", f->root);
	assert_int_equal(erofs_xattr_reader_init(&reader, f->dir), 0);
	if (reader.method > method) {
		print_message("SKIP: this kernel has no method %d\n", method);
		erofs_xattr_reader_fini(&reader);
		skip();
	}
	reader.method = method;
	bytes = erofs_xattr_reader_list(&reader, &site);
	assert_true(bytes > 0);
	for (const char *p = reader.names; p < reader.names + bytes; p += strlen(p) + 1)
		listed |= !strcmp(p, "trusted.k");
	assert_true(listed);
	assert_int_equal(erofs_xattr_reader_get(&reader, &site, "trusted.k"), 5);
	assert_memory_equal(reader.value, "value", 5);
	assert_int_equal(erofs_xattr_reader_get(&reader, &site, "trusted.none"), -ENODATA);
	site.name = "";
	snprintf(path, sizeof(path), "%s", f->root);
	assert_int_equal(erofs_xattr_reader_get(&reader, &site, "trusted.k"), -ENODATA);
	erofs_xattr_reader_fini(&reader);
}

static void ways_to_read_attributes(void **state)
{
	struct fixture *f = *state;
	char path[128];

	symlinkat("nowhere", f->dir, "link");
	snprintf(path, sizeof(path), "%s/link", f->root);
	if (lsetxattr(path, "trusted.k", "value", 5, 0)) {
		print_message("SKIP: no trusted xattrs here\n");
		skip();
	}
	read_by(f, EROFS_XATTR_BY_PATH);
	read_by(f, EROFS_XATTR_BY_PROC);
	read_by(f, EROFS_XATTR_BY_CALL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verdicts),
		cmocka_unit_test(verdicts_that_options_ask_for),
		cmocka_unit_test(owners),
		cmocka_unit_test(times),
		cmocka_unit_test(sets),
		cmocka_unit_test(paths_are_cut_at_the_front),
		cmocka_unit_test_setup_teardown(ways_to_read_attributes, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
