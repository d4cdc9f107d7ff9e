/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The structural check as a library: what it counts, where it says findings are, and that their order does
 * not depend on threads. tests/reject/ shows that every rule is found. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <erofs/check.h>
#include "codec/codec.h"
#include "tests/reject/reject.h"

#define MAX_FOUND 64

/* What a check said. */
struct heard {
	struct erofs_report report;
	char found[MAX_FOUND][128]; /* "rule path" */
	uint64_t nids[MAX_FOUND];
	unsigned int count, messages;
};

static void take_finding(void *user, const struct erofs_finding *f)
{
	struct heard *h = user;

	assert_true(h->count < MAX_FOUND);
	snprintf(h->found[h->count], sizeof(h->found[0]), "%s %s", f->rule,
		f->path ? f->path : "-");
	h->nids[h->count++] = f->nid;
}

static void take_message(void *user, enum erofs_level level, const char *text)
{
	struct heard *h = user;

	(void)level;
	assert_true(text[0] != '\0');
	h->messages++;
}

static void init_heard(struct heard *h)
{
	memset(h, 0, sizeof(*h));
	h->report = (struct erofs_report){ .user = h, .message = take_message,
		.finding = take_finding };
}

/* Checks @img from memory; the image itself speaks to nobody. */
static struct erofs_check_summary check(const struct image *img,
	const struct erofs_check_options *options, struct heard *h)
{
	struct erofs_check_summary summary;
	struct erofs_image *opened;

	init_heard(h);
	assert_int_equal(erofs_image_open_memory(img->bytes, img->size, NULL, NULL, &opened), 0);
	assert_int_equal(erofs_check(opened, options, &h->report, &summary), 0);
	erofs_image_close(opened);
	return summary;
}

static void counts_a_sound_image(void **state)
{
	struct erofs_check_summary s;
	struct image img;
	struct heard h;

	(void)state;
	image_init_sound(&img);
	s = check(&img, NULL, &h);
	assert_int_equal(h.count, 0);
	assert_int_equal(h.messages, 0);
	assert_int_equal(s.errors, 0);
	assert_int_equal(s.warnings, 0);
	assert_int_equal(s.inodes, 8);
	assert_int_equal(s.regular_files, 4);
	/* Two directories of a block, a file of two, and a link whose four bytes are a block. */
	assert_int_equal(s.logical_blocks, 5);
	assert_int_equal(s.physical_blocks, 5);
	assert_false(s.gave_up);
	image_fini(&img);
}

static void names_the_place(void **state)
{
	struct erofs_check_summary s;
	struct image img;
	struct heard h;

	(void)state;
	image_init_sound(&img);
	compact_of(&img, EMPTY)->i_nb = erofs_put16(7);
	record_of(block_of(&img, DIR_BLOCK), 2)->file_type = EROFS_TYPE_FIFO;
	compact_of(&img, ROOT)->i_nb = erofs_put16(2);
	s = check(&img, NULL, &h);
	assert_int_equal(s.errors, 2);
	assert_int_equal(s.warnings, 1);
	assert_int_equal(h.count, 3);
	assert_string_equal(h.found[0], "dir-type /dir/twice");
	assert_string_equal(h.found[1], "inode-nlink /");
	assert_string_equal(h.found[2], "inode-nlink-stale /empty");
	assert_int_equal(h.nids[0], TWICE);
	assert_int_equal(h.nids[1], ROOT);
	assert_int_equal(h.nids[2], EMPTY);
	image_fini(&img);
}

/* A link count is wrong where it is too low, and nobody can say so where it is too high. */
static void checks_a_subtree(void **state)
{
	const struct erofs_check_options options = { .struct_size = sizeof(options),
		.start_nid = DIR };
	struct erofs_check_summary s;
	struct image img;
	struct heard h;

	(void)state;
	image_init_sound(&img);
	compact_of(&img, EMPTY)->i_nb = erofs_put16(7); /* elsewhere */
	s = check(&img, &options, &h);
	assert_int_equal(h.count, 0);
	assert_int_equal(s.inodes, 2);
	compact_of(&img, TWICE)->i_nb = erofs_put16(0);
	s = check(&img, &options, &h);
	assert_int_equal(h.count, 1);
	assert_string_equal(h.found[0], "inode-nlink /twice");
	image_fini(&img);
}

/* One unsound directory does not hide what is in the others, and its lost names excuse link counts. */
static void goes_on_after_damage(void **state)
{
	struct erofs_check_summary s;
	struct image img;
	struct heard h;

	(void)state;
	image_init_sound(&img);
	record_of(block_of(&img, DIR_BLOCK), 0)->nameoff = erofs_put16(0);
	extended_of(&img, TAGGED)->i_mtime_nsec = erofs_put32(UINT32_MAX);
	s = check(&img, NULL, &h);
	assert_int_equal(s.errors, 1);
	assert_int_equal(s.warnings, 1);
	assert_string_equal(h.found[0], "inode-nsec /xattrs");
	assert_string_equal(h.found[1], "dir-block /dir");
	image_fini(&img);
}

/* Makes LZ4 files whose content is garbage out of /empty, /file and /twice. */
static void put_garbage(struct image *img)
{
	static const uint64_t nids[] = { FILE_, EMPTY, TWICE };

	super_of(img)->feature_incompat = erofs_put32(EROFS_INCOMPAT_LZ4_0PADDING);
	memset(block_of(img, FREE_BLOCK), 0xFF, BLOCK);
	for (size_t i = 0; i < 3; i++) {
		struct erofs_inode_compact *c = compact_of(img, nids[i]);
		uint8_t *at = (uint8_t *)(c + 1);
		static const uint8_t head[] = { 1, 0, 0, 0, FREE_BLOCK };

		set_layout(img, nids[i], EROFS_LAYOUT_COMPRESSED_FULL);
		c->i_size = erofs_put32(BLOCK);
		c->i_u = erofs_put32(1);
		memset(at, 0, 24);
		memcpy(at + 16, head, sizeof(head));
	}
}

static void decodes_in_order(void **state)
{
	struct erofs_check_options options = { .struct_size = sizeof(options), .decode_data = true };
	struct erofs_check_summary s;
	struct heard one, many;
	struct image img;

	(void)state;
	if (!erofs_codec_get(EROFS_ALGORITHM_LZ4)) {
		print_message("this build lacks lz4\n");
		skip();
	}
	image_init_sound(&img);
	put_garbage(&img);
	s = check(&img, NULL, &one);
	assert_int_equal(s.errors, 0); /* nothing but decoding shows it */
	options.workers = 1;
	s = check(&img, &options, &one);
	assert_int_equal(s.errors, 3);
	assert_string_equal(one.found[0], "data-decode /empty");
	assert_string_equal(one.found[1], "data-decode /file");
	assert_string_equal(one.found[2], "data-decode /twice");
	for (unsigned int workers = 2; workers < 9; workers += 3) {
		options.workers = workers;
		check(&img, &options, &many);
		assert_int_equal(many.count, one.count);
		assert_memory_equal(many.found, one.found, sizeof(one.found));
	}
	image_fini(&img);
}

/* ---- erofs_check_super ---- */

struct file {
	char path[64];
};

static struct file write_file(const struct image *img, size_t before)
{
	struct file f = { "/tmp/erofs-test-check.XXXXXX" };
	int fd = mkstemp(f.path);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, img->bytes, img->size, (off_t)before), (ssize_t)img->size);
	close(fd);
	return f;
}

static void judges_the_superblock(void **state)
{
	struct erofs_image_options options = { .struct_size = sizeof(options) };
	struct erofs_check_summary s;
	struct image img;
	struct heard h;
	struct file f;

	(void)state;
	image_init_sound(&img);
	image_seal(&img);
	super_of(&img)->checksum.b[0] ^= 1;
	super_of(&img)->packed_nid = erofs_put64(1ull << 63);
	f = write_file(&img, 0);
	init_heard(&h);
	assert_int_equal(erofs_check_super(f.path, NULL, &h.report, &s), 0);
	assert_int_equal(s.errors, 2);
	assert_string_equal(h.found[0], "super-checksum -");
	assert_string_equal(h.found[1], "super-packed -");
	init_heard(&h);
	options.ignore_checksum = true;
	assert_int_equal(erofs_check_super(f.path, &options, &h.report, &s), 0);
	assert_int_equal(s.errors, 1);
	assert_false(s.gave_up);
	unlink(f.path);
	image_fini(&img);
}

static void finds_no_superblock(void **state)
{
	struct erofs_image_options options = { .struct_size = sizeof(options) };
	struct erofs_check_summary s;
	struct image img;
	struct heard h;
	struct file f;

	(void)state;
	image_init_sound(&img);
	image_seal(&img);
	f = write_file(&img, 777);
	init_heard(&h);
	assert_int_equal(erofs_check_super(f.path, NULL, &h.report, &s), -EUCLEAN);
	assert_int_equal(h.count, 0);
	assert_int_equal(h.messages, 1);
	options.offset_bytes = 777;
	assert_int_equal(erofs_check_super(f.path, &options, &h.report, &s), 0);
	assert_int_equal(s.errors, 0);
	assert_int_equal(truncate(f.path, 777 + 2000), 0);
	assert_int_equal(erofs_check_super(f.path, &options, &h.report, &s), 0);
	assert_int_equal(s.errors, 1);
	assert_true(s.gave_up);
	assert_string_equal(h.found[0], "super-truncated -");
	unlink(f.path);
	init_heard(&h);
	assert_int_equal(erofs_check_super(f.path, NULL, &h.report, &s), -ENOENT);
	assert_int_equal(h.messages, 1);
	image_fini(&img);
}

static void knows_its_rules(void **state)
{
	const struct erofs_check_rule *rules = erofs_check_rules();
	size_t count = 0;

	(void)state;
	for (; rules[count].id; count++) {
		assert_true(strspn(rules[count].id, "abcdefghijklmnopqrstuvwxyz-") ==
			    strlen(rules[count].id));
		assert_true(strlen(rules[count].meaning) > 10);
		for (size_t i = 0; i < count; i++)
			assert_string_not_equal(rules[i].id, rules[count].id);
	}
	assert_true(count > 40);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_a_sound_image),
		cmocka_unit_test(names_the_place),
		cmocka_unit_test(checks_a_subtree),
		cmocka_unit_test(goes_on_after_damage),
		cmocka_unit_test(decodes_in_order),
		cmocka_unit_test(judges_the_superblock),
		cmocka_unit_test(finds_no_superblock),
		cmocka_unit_test(knows_its_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
