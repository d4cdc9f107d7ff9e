/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Walking: order, paths, skipping, damage, and trees that are none: cycles, hard-linked, endless and
 * bottomless directories. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>
#include "image/nidset.h"
#include "tests/unit/image/sample.h"

#define DIR 2
#define REG 1

struct log {
	char text[4096];
	const char *skip;	/* path not to enter */
	const char *stop;	/* path to stop at */
	int entries, errors, last_error, error_result;
	size_t deepest;
};

static void append(struct log *log, const char *text)
{
	size_t n = strlen(log->text);

	snprintf(log->text + n, sizeof(log->text) - n, "%s ", text);
}

static int note_entry(void *user, const struct erofs_walk_entry *entry)
{
	struct log *log = user;

	assert_int_equal(strlen(entry->path), entry->path_bytes);
	assert_non_null(entry->inode);
	assert_true(entry->inode->nid == entry->nid);
	if (entry->path_bytes > 1)
		assert_string_equal(entry->name, strrchr(entry->path, '/') + 1);
	log->entries++;
	if (entry->path_bytes > log->deepest)
		log->deepest = entry->path_bytes;
	append(log, entry->path);
	if (log->stop && !strcmp(entry->path, log->stop))
		return -ECANCELED;
	return log->skip && !strcmp(entry->path, log->skip) ? EROFS_WALK_SKIP : EROFS_WALK_CONTINUE;
}

static int note_error(void *user, const struct erofs_walk_entry *entry, int error)
{
	struct log *log = user;

	log->errors++;
	log->last_error = error;
	append(log, "!");
	append(log, entry->path);
	return log->error_result;
}

static int walk(struct sample *s, struct log *log, bool tolerant)
{
	struct erofs_walk_visitor visitor = { .user = log, .entry = note_entry,
		.error = tolerant ? note_error : NULL };

	return erofs_walk(s->rd, SAMPLE_ROOT, &visitor);
}

static const struct sample_entry root_entries[] = { { ".", SAMPLE_ROOT, DIR },
	{ "..", SAMPLE_ROOT, DIR }, { "a", 70, DIR }, { "b", 71, REG }, { "c", 72, DIR } };
static const struct sample_entry a_entries[] = { { ".", 70, DIR }, { "..", SAMPLE_ROOT, DIR },
	{ "...", 71, REG }, { "x", 71, REG } };
static const struct sample_entry c_entries[] = { { ".", 72, DIR }, { "..", SAMPLE_ROOT, DIR },
	{ "d", 73, DIR } };
static const struct sample_entry d_entries[] = { { ".", 73, DIR }, { "..", 72, DIR },
	{ "e", 71, 0 } };

static void init_tree(struct sample *s)
{
	sample_init(s, 5);
	sample_dir(s, SAMPLE_ROOT, 1, root_entries, 5);
	sample_dir(s, 70, 2, a_entries, 4);
	sample_compact(s, 71, S_IFREG | 0644, EROFS_LAYOUT_FLAT_PLAIN, 0, 0);
	sample_dir(s, 72, 3, c_entries, 3);
	sample_dir(s, 73, 4, d_entries, 3);
}

static void visits_parents_before_children_in_disk_order(void **state)
{
	struct log log = { .text = "" };
	struct sample s;

	(void)state;
	init_tree(&s);
	sample_open(&s);
	assert_int_equal(walk(&s, &log, false), 0);
	assert_string_equal(log.text, "/ /a /a/... /a/x /b /c /c/d /c/d/e ");
	sample_fini(&s);
}

static void skips_and_stops_when_told(void **state)
{
	struct log skip = { .skip = "/c" }, stop = { .stop = "/a/x" };
	struct sample s;

	(void)state;
	init_tree(&s);
	sample_open(&s);
	assert_int_equal(walk(&s, &skip, false), 0);
	assert_string_equal(skip.text, "/ /a /a/... /a/x /b /c ");
	assert_int_equal(walk(&s, &stop, false), -ECANCELED);
	assert_string_equal(stop.text, "/ /a /a/... /a/x ");
	sample_fini(&s);
}

static void starts_anywhere(void **state)
{
	struct log log = { .text = "" };
	struct erofs_walk_visitor visitor = { .user = &log, .entry = note_entry };
	struct sample s;

	(void)state;
	init_tree(&s);
	sample_open(&s);
	assert_int_equal(erofs_walk(s.rd, 72, &visitor), 0);
	assert_int_equal(erofs_walk(s.rd, 71, &visitor), 0);
	assert_string_equal(log.text, "/ /d /d/e / ");
	assert_int_equal(erofs_walk(s.rd, 100000, &visitor), -EUCLEAN);
	sample_fini(&s);
}

static void goes_on_after_damage_when_allowed(void **state)
{
	struct log log = { .text = "" }, strict = { .text = "" }, giving_up = { .error_result = -EIO };
	struct sample s;

	(void)state;
	init_tree(&s);
	s.bytes[71 * 32] = 0xFF; /* inode of b, x, ... and e */
	s.bytes[2 * 4096 + 2 * 12 + 10] = 9; /* type of "...": the rest of /a is lost */
	sample_open(&s);
	assert_int_equal(walk(&s, &log, true), 0);
	assert_string_equal(log.text, "/ /a ! /a ! /b /c /c/d ! /c/d/e ");
	assert_int_equal(log.last_error, -EUCLEAN);
	assert_int_equal(walk(&s, &strict, false), -EUCLEAN);
	assert_string_equal(strict.text, "/ /a ");
	assert_int_equal(walk(&s, &giving_up, true), -EIO);
	assert_int_equal(giving_up.errors, 1);
	sample_fini(&s);
}

static void a_cycle_is_entered_once(void **state)
{
	static const struct sample_entry entries[] = { { ".", SAMPLE_ROOT, DIR },
		{ "..", SAMPLE_ROOT, DIR }, { "again", SAMPLE_ROOT, DIR }, { "z", 71, REG } };
	struct log log = { .text = "" }, strict = { .text = "" };
	struct sample s;

	(void)state;
	sample_init(&s, 2);
	sample_dir(&s, SAMPLE_ROOT, 1, entries, 4);
	sample_compact(&s, 71, S_IFREG, EROFS_LAYOUT_FLAT_PLAIN, 0, 0);
	sample_open(&s);
	assert_int_equal(walk(&s, &log, true), 0);
	assert_string_equal(log.text, "/ /again ! /again /z ");
	assert_int_equal(log.last_error, -ELOOP);
	assert_int_equal(walk(&s, &strict, false), -ELOOP);
	sample_fini(&s);
}

static void a_hard_linked_directory_is_entered_once(void **state)
{
	static const struct sample_entry entries[] = { { "a", 70, DIR }, { "b", 70, DIR } };
	struct log log = { .text = "" };
	struct sample s;

	(void)state;
	sample_init(&s, 3);
	sample_dir(&s, SAMPLE_ROOT, 1, entries, 2);
	sample_dir(&s, 70, 2, a_entries, 2); /* only the dots */
	sample_open(&s);
	assert_int_equal(walk(&s, &log, true), 0);
	assert_string_equal(log.text, "/ /a /b ! /b ");
	sample_fini(&s);
}

/* A chain of @depth directories, one inline block each, with a file behind every child. */
static void init_chain(struct sample *s, uint32_t depth)
{
	sample_init(s, 2 + depth * 4 / 128 + 1);
	for (uint32_t i = 0; i < depth; i++) {
		uint64_t nid = 128 + i * 4;
		struct sample_entry entries[2] = { { "d", nid + 4, DIR }, { "f", 72, REG } };
		size_t size = sample_dir_block(s, (nid + 1) * 32, entries, i + 1 < depth ? 2 : 0);

		sample_compact(s, nid, S_IFDIR | 0755, EROFS_LAYOUT_FLAT_INLINE, (uint32_t)size, 0);
	}
	sample_compact(s, 72, S_IFREG, EROFS_LAYOUT_FLAT_PLAIN, 0, 0);
	sample_super(s)->rootnid_2b = erofs_put16(128);
}

static void deep_trees_come_back_up(void **state)
{
	const uint32_t depth = 1000;
	struct log log = { .text = "" };
	struct erofs_walk_visitor visitor = { .user = &log, .entry = note_entry };
	struct sample s;

	(void)state;
	init_chain(&s, depth);
	sample_open(&s);
	assert_int_equal(erofs_walk(s.rd, 128, &visitor), 0);
	/* Every directory, and on the way back a file in each but the last. */
	assert_int_equal(log.entries, 2 * depth - 1);
	assert_int_equal(log.deepest, 2 * (depth - 1));
	sample_fini(&s);
}

static void bottomless_trees_end(void **state)
{
	const uint32_t depth = 70000;
	struct log log = { .text = "" };
	struct erofs_walk_visitor visitor = { .user = &log, .entry = note_entry,
		.error = note_error };
	struct sample s;

	(void)state;
	init_chain(&s, depth);
	sample_open(&s);
	assert_int_equal(erofs_walk(s.rd, 128, &visitor), 0);
	assert_int_equal(log.errors, 1);
	assert_int_equal(log.last_error, -ELOOP);
	sample_fini(&s);
}

/* A hundred directories claim the same 60 MiB: more than any image of this size can hold. */
static void overlapping_directories_use_up_the_budget(void **state)
{
	struct sample_entry entries[100];
	char names[100][4];
	struct log log = { .text = "" };
	struct sample s;

	(void)state;
	sample_init(&s, 4);
	for (uint32_t i = 0; i < 100; i++) {
		snprintf(names[i], sizeof(names[i]), "%02u", i);
		entries[i] = (struct sample_entry){ names[i], 128 + i, DIR };
		sample_compact(&s, 128 + i, S_IFDIR, EROFS_LAYOUT_FLAT_PLAIN, 60u << 20, 3);
	}
	sample_dir(&s, SAMPLE_ROOT, 2, entries, 100);
	sample_open(&s);
	assert_int_equal(walk(&s, &log, true), 0);
	assert_int_equal(log.entries, 101);
	assert_non_null(strstr(s.message, "more than an image of 16384 bytes can"));
	assert_true(log.errors < 100 + 65);
	sample_fini(&s);
}

static void the_set_of_nids_holds_them_all(void **state)
{
	struct erofs_nidset set;

	(void)state;
	erofs_nidset_init(&set);
	for (uint64_t i = 0; i < 5000; i++)
		assert_int_equal(erofs_nidset_add(&set, i * 0x100000001), 1);
	for (uint64_t i = 0; i < 5000; i++)
		assert_int_equal(erofs_nidset_add(&set, i * 0x100000001), 0);
	assert_int_equal(erofs_nidset_add(&set, 1ull << 63), 1);
	erofs_nidset_fini(&set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(visits_parents_before_children_in_disk_order),
		cmocka_unit_test(skips_and_stops_when_told),
		cmocka_unit_test(starts_anywhere),
		cmocka_unit_test(goes_on_after_damage_when_allowed),
		cmocka_unit_test(a_cycle_is_entered_once),
		cmocka_unit_test(a_hard_linked_directory_is_entered_once),
		cmocka_unit_test(deep_trees_come_back_up),
		cmocka_unit_test(bottomless_trees_end),
		cmocka_unit_test(overlapping_directories_use_up_the_budget),
		cmocka_unit_test(the_set_of_nids_holds_them_all),
	};

	return cmocka_run_group_tests_name("walk", tests, NULL, NULL);
}
