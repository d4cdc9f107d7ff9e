/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Archives made by hand, in memory, for the tests of their reader. */
#ifndef TESTS_TAR_ARCHIVE_H
#define TESTS_TAR_ARCHIVE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tar/header.h"
#include "tar/reader.h"

#define ARCHIVE_ROOM (256u << 10)

struct archive {
	uint8_t bytes[ARCHIVE_ROOM];
	size_t used;
	char errors[4096], warnings[4096];
	struct erofs_report report;
	struct erofs_input *input;
	struct erofs_tar_reader *reader;
	const struct erofs_tar_member *member;
};

static inline void keep_text(void *user, enum erofs_level level, const char *text)
{
	struct archive *a = user;

	snprintf(level == EROFS_LEVEL_ERROR ? a->errors : a->warnings, sizeof(a->errors), "%s", text);
}

static inline int setup_archive(void **state)
{
	struct archive *a = calloc(1, sizeof(*a));

	a->report = (struct erofs_report){ .user = a, .message = keep_text };
	*state = a;
	return 0;
}

static inline int teardown_archive(void **state)
{
	struct archive *a = *state;

	erofs_tar_reader_free(a->reader);
	erofs_input_close(a->input);
	free(a);
	return 0;
}

static inline void clear(struct archive *a)
{
	erofs_tar_reader_free(a->reader);
	erofs_input_close(a->input);
	a->reader = NULL;
	a->input = NULL;
	a->used = 0;
	memset(a->bytes, 0, sizeof(a->bytes));
	a->errors[0] = a->warnings[0] = '\0';
}

static inline void seal(uint8_t *header)
{
	unsigned int sum = 0;

	memset(header + 148, ' ', 8);
	for (int i = 0; i < 512; i++)
		sum += header[i];
	snprintf((char *)header + 148, 8, "%06o", sum);
}

/* Adds a header; the caller may change it, and seals it again then. */
static inline uint8_t *add_header(struct archive *a, char type, const char *name, uint64_t size)
{
	uint8_t *h = a->bytes + a->used;
	char digits[32];

	a->used += 512;
	snprintf((char *)h, 100, "%s", name);
	memcpy(h + 100, "0000644", 8);
	memcpy(h + 108, "0000001", 8);
	memcpy(h + 116, "0000002", 8);
	snprintf(digits, sizeof(digits), "%011llo", (unsigned long long)size);
	memcpy(h + 124, digits, 12);
	memcpy(h + 136, "00000000017", 12);
	h[156] = (uint8_t)type;
	memcpy(h + 257, "ustar\00000", 8);
	seal(h);
	return h;
}

static inline void add_data(struct archive *a, const void *bytes, size_t size)
{
	memcpy(a->bytes + a->used, bytes, size);
	a->used += (size + 511) / 512 * 512;
}

static inline void add_file(struct archive *a, const char *name, const char *text)
{
	add_header(a, '0', name, strlen(text));
	add_data(a, text, strlen(text));
}

/* One record of an extended header, as text that is to be used at once. */
static inline const char *record(const char *key, const char *value)
{
	static char text[8192];
	size_t bytes = strlen(key) + strlen(value) + 3, length = bytes;
	int written;

	do
		length = bytes + (size_t)snprintf(NULL, 0, "%zu", length);
	while (length != bytes + (size_t)snprintf(NULL, 0, "%zu", length));
	written = snprintf(text, sizeof(text), "%zu %s=%s\n", length, key, value);
	assert_int_equal(written, length);
	return text;
}

static inline void add_records(struct archive *a, char type, const char *records)
{
	add_header(a, type, "pax", strlen(records));
	add_data(a, records, strlen(records));
}

static inline void add_end(struct archive *a)
{
	a->used += 1024;
}

static inline void open_archive(struct archive *a, bool headers_only)
{
	assert_int_equal(erofs_input_open_memory(a->bytes, a->used, &a->report, &a->input), 0);
	assert_int_equal(erofs_tar_reader_new(a->input, headers_only, &a->reader), 0);
}

static inline int next(struct archive *a)
{
	if (!a->reader)
		open_archive(a, false);
	return erofs_tar_next(a->reader, &a->member);
}

#define assert_next(a)                                                   \
	do {                                                             \
		if (next(a) != 1)                                        \
			fail_msg("no member: %s", (a)->errors);          \
	} while (0)

#define ARCHIVE_TEST(f) cmocka_unit_test_setup_teardown(f, setup_archive, teardown_archive)

#endif
