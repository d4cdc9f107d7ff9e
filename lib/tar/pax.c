/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Records of extended headers: "LENGTH KEY=VALUE\n". Values may hold any byte; what they decode to is never
 * longer than they are, so it is put in their place. */
#include "tar/member.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/report.h"
#include "base/text.h"
#include "tar/number.h"

struct record {
	char *key, *value;	/* both NUL-terminated by now */
	size_t value_bytes;
};

/* Cuts the record at *at out of @text. */
static bool cut_record(struct tar_text *text, size_t *at, struct record *ret)
{
	char *start = text->bytes + *at, *space, *equals;
	size_t left = text->used - *at;
	uint64_t length;

	space = memchr(start, ' ', left < 20 ? left : 20);
	if (!space || !erofs_tar_decimal(start, (size_t)(space - start), &length))
		return false;
	if (length > left || length < (size_t)(space - start) + 3 || start[length - 1] != '\n')
		return false;
	equals = memchr(space + 1, '=', (size_t)(start + length - 1 - (space + 1)));
	if (!equals || equals == space + 1)
		return false;
	start[length - 1] = *equals = '\0';
	*ret = (struct record){ space + 1, equals + 1, (size_t)(start + length - 1 - (equals + 1)) };
	*at += (size_t)length;
	return strlen(ret->key) == (size_t)(equals - ret->key);
}

static int fail_record(const struct erofs_tar_reader *reader, const char *key)
{
	return erofs_tar_fail(reader, -EUCLEAN, "invalid value of %s in an extended header", key);
}

/* ---- attributes ---- */

/* Replaces %XX: all of them, or only those of '%' and '=', which GNU tar cannot do without. */
static bool decode_percent(char *text, bool all)
{
	char *to = text;

	for (const char *from = text; *from; from++) {
		int high = *from == '%' ? erofs_text_hex_value(from[1]) : -1;
		int low = high >= 0 ? erofs_text_hex_value(from[2]) : -1;
		int byte = high * 16 + low;

		if (low < 0 || !(all || byte == '%' || byte == '=')) {
			*to++ = *from;
			continue;
		}
		if (byte == 0)
			return false;
		*to++ = (char)byte;
		from += 2;
	}
	*to = '\0';
	return true;
}

static int base64_digit(char c)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* Padding may be there or not. */
static bool decode_base64(struct record *record)
{
	size_t bytes = record->value_bytes, used = 0;
	uint32_t bits = 0;

	while (bytes && record->value[bytes - 1] == '=')
		bytes--;
	for (size_t i = 0; i < bytes; i++) {
		int digit = base64_digit(record->value[i]);

		if (digit < 0)
			return false;
		bits = bits << 6 | (uint32_t)digit;
		if (i % 4)
			record->value[used++] = (char)(bits >> (6 - 2 * (i % 4)));
	}
	record->value_bytes = used;
	return bytes % 4 != 1;
}

static int add_xattr(struct erofs_tar_reader *reader, struct tar_xattrs *xattrs, const char *name,
	const struct record *record)
{
	if (!*name)
		return fail_record(reader, record->key);
	if (xattrs == &reader->global_xattrs && xattrs->count == EROFS_TAR_GLOBAL_XATTRS_MAX)
		return erofs_tar_fail(reader, -E2BIG, "more than %u extended attributes for all members",
			EROFS_TAR_GLOBAL_XATTRS_MAX);
	if (xattrs->count == xattrs->capacity) {
		size_t capacity = 2 * xattrs->capacity + 16;
		void *list = reallocarray(xattrs->list, capacity, sizeof(*xattrs->list));

		if (!list)
			return -ENOMEM;
		xattrs->list = list;
		xattrs->capacity = capacity;
	}
	xattrs->list[xattrs->count++] = (struct erofs_tar_xattr){ name, record->value,
		(uint32_t)record->value_bytes };
	return 0;
}

/* 1 = it was an attribute. */
static int take_xattr(struct erofs_tar_reader *reader, struct tar_xattrs *xattrs,
	struct record *record)
{
	static const char schily[] = "SCHILY.xattr.", libarchive[] = "LIBARCHIVE.xattr.";
	char *name = NULL;
	bool good = true;
	int r;

	if (!strncmp(record->key, schily, sizeof(schily) - 1)) {
		name = record->key + sizeof(schily) - 1;
		good = decode_percent(name, false);
	} else if (!strncmp(record->key, libarchive, sizeof(libarchive) - 1)) {
		name = record->key + sizeof(libarchive) - 1;
		good = decode_percent(name, true) && decode_base64(record);
	} else if (!strcmp(record->key, "RHT.security.selinux")) {
		name = record->key + strlen("RHT.");
	}
	if (!name)
		return 0;
	if (!good)
		return fail_record(reader, record->key);
	r = add_xattr(reader, xattrs, name, record);
	return r < 0 ? r : 1;
}

/* ---- other keys ---- */

enum kind { NUMBER, TEXT, TIME, SEGMENT_OFFSET, SEGMENT_BYTES, SEGMENT_MAP, SPARSE_VERSION };

#define AT(field) offsetof(struct tar_records, field)

struct key {
	const char *name;
	enum kind kind;
	bool global;		/* also as a default for all members */
	bool sparse;		/* tells that the file has a map */
	size_t at, flag_at;
};

static const struct key keys[] = {
	{ "path", TEXT, false, false, AT(path), 0 },
	{ "linkpath", TEXT, false, false, AT(link), 0 },
	{ "size", NUMBER, false, false, AT(size), AT(has_size) },
	{ "uid", NUMBER, true, false, AT(uid), AT(has_uid) },
	{ "gid", NUMBER, true, false, AT(gid), AT(has_gid) },
	{ "mtime", TIME, true, false, 0, AT(has_mtime) },
	{ "SCHILY.acl.access", TEXT, true, false, AT(acl_access), 0 },
	{ "SCHILY.acl.default", TEXT, true, false, AT(acl_default), 0 },
	{ "SCHILY.devmajor", NUMBER, false, false, AT(device_major), AT(has_major) },
	{ "SCHILY.devminor", NUMBER, false, false, AT(device_minor), AT(has_minor) },
	{ "GNU.sparse.major", SPARSE_VERSION, false, true, AT(sparse_version), 0 },
	{ "GNU.sparse.name", TEXT, false, true, AT(sparse_name), 0 },
	{ "GNU.sparse.size", NUMBER, false, true, AT(real_size), AT(has_real_size) },
	{ "GNU.sparse.realsize", NUMBER, false, true, AT(real_size), AT(has_real_size) },
	{ "GNU.sparse.offset", SEGMENT_OFFSET, false, true, 0, 0 },
	{ "GNU.sparse.numbytes", SEGMENT_BYTES, false, true, 0, 0 },
	{ "GNU.sparse.map", SEGMENT_MAP, false, true, 0, 0 },
};

static int take_number(struct erofs_tar_reader *reader, struct tar_records *to, const struct key *key,
	const struct record *record)
{
	uint64_t number = 0;
	bool given = record->value_bytes > 0;

	if (given && !erofs_tar_decimal(record->value, record->value_bytes, &number))
		return fail_record(reader, record->key);
	memcpy((char *)to + key->at, &number, sizeof(number));
	if (key->flag_at)
		memcpy((char *)to + key->flag_at, &given, sizeof(given));
	return 0;
}

/* An empty value takes back what an earlier record said. */
static int take_text(struct erofs_tar_reader *reader, struct tar_records *to, const struct key *key,
	const struct record *record)
{
	const char *text = record->value_bytes ? record->value : NULL;

	if (text && strlen(text) != record->value_bytes)
		return fail_record(reader, record->key);
	memcpy((char *)to + key->at, &text, sizeof(text));
	return 0;
}

static int take_time(struct erofs_tar_reader *reader, struct tar_records *to,
	const struct record *record)
{
	to->has_mtime = record->value_bytes > 0;
	if (to->has_mtime && !erofs_tar_time(record->value, record->value_bytes, &to->mtime_seconds,
			&to->mtime_nsec))
		return fail_record(reader, record->key);
	return 0;
}

/* Offsets and sizes come in turns. */
static int take_segment(struct erofs_tar_reader *reader, struct tar_records *to, bool is_bytes,
	const struct record *record)
{
	struct erofs_tar_segment *last;
	uint64_t number;

	if (to->half_segment != is_bytes ||
	    !erofs_tar_decimal(record->value, record->value_bytes, &number))
		return fail_record(reader, record->key);
	to->half_segment = !is_bytes;
	if (!is_bytes)
		return erofs_tar_add_segment(reader, number, 0);
	last = &reader->segments[reader->segment_count - 1];
	last->bytes = number;
	return 0;
}

static int take_known(struct erofs_tar_reader *reader, struct tar_records *to, const struct key *key,
	const struct record *record)
{
	to->sparse |= key->sparse;
	switch (key->kind) {
	case NUMBER:
	case SPARSE_VERSION:
		return take_number(reader, to, key, record);
	case TEXT:
		return take_text(reader, to, key, record);
	case TIME:
		return take_time(reader, to, record);
	case SEGMENT_OFFSET:
	case SEGMENT_BYTES:
		return take_segment(reader, to, key->kind == SEGMENT_BYTES, record);
	case SEGMENT_MAP:
		reader->segment_count = 0;
		to->half_segment = false;
		return erofs_tar_map_text(reader, record->value);
	}
	return 0;
}

static int take_record(struct erofs_tar_reader *reader, bool global, struct record *record)
{
	int r = take_xattr(reader, global ? &reader->global_xattrs : &reader->xattrs, record);

	if (r != 0)
		return r < 0 ? r : 0;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (strcmp(record->key, keys[i].name))
			continue;
		if (global && !keys[i].global)
			return 0;
		return take_known(reader, global ? &reader->global : &reader->records, &keys[i], record);
	}
	return 0;
}

int erofs_tar_take_records(struct erofs_tar_reader *reader, struct tar_text *text, bool global)
{
	struct record record;
	size_t at = 0;
	int r = 0;

	while (r == 0 && at < text->used) {
		if (!cut_record(text, &at, &record))
			return erofs_tar_fail(reader, -EUCLEAN,
				"malformed record at byte %zu of an extended header", at);
		r = take_record(reader, global, &record);
	}
	return r;
}
