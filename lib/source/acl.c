/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* The attribute is a version and entries of 8 bytes, ordered by tag and id, little-endian. */
#include "source/acl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "format/endian.h"

#define ACL_VERSION 2u
#define ACL_NO_ID UINT32_MAX

enum tag {
	TAG_USER_OBJ = 0x01,
	TAG_USER = 0x02,
	TAG_GROUP_OBJ = 0x04,
	TAG_GROUP = 0x08,
	TAG_MASK = 0x10,
	TAG_OTHER = 0x20,
};

struct acl_entry {
	uint16_t tag, perm;
	uint32_t id;
};

struct acl_attribute {
	erofs_le32 version;
	struct {
		erofs_le16 tag, perm;
		erofs_le32 id;
	} entries[];
};

struct field {
	const char *text;
	size_t bytes;
};

static bool field_is(const struct field *field, const char *word)
{
	return field->bytes == strlen(word) && !memcmp(field->text, word, field->bytes);
}

/* The fields of one entry. Returns how many there are, up to 5. */
static size_t split(const char *text, size_t bytes, struct field fields[5])
{
	size_t count = 0;

	while (count < 5) {
		const char *colon = memchr(text, ':', bytes);
		size_t length = colon ? (size_t)(colon - text) : bytes;

		fields[count++] = (struct field){ text, length };
		if (!colon)
			break;
		text += length + 1;
		bytes -= length + 1;
	}
	return count;
}

static bool decode_perm(const struct field *field, uint16_t *ret)
{
	static const char letters[] = "rwx";
	uint16_t perm = 0;

	for (size_t i = 0; i < field->bytes; i++) {
		const char *at = strchr(letters, field->text[i]);

		if (field->text[i] == '-')
			continue;
		if (!at || !*at)
			return false;
		perm |= (uint16_t)(4 >> (at - letters));
	}
	*ret = perm;
	return true;
}

static bool decode_id(const struct field *field, uint32_t *ret)
{
	uint64_t id = 0;

	for (size_t i = 0; i < field->bytes; i++) {
		if (field->text[i] < '0' || field->text[i] > '9' || id > UINT32_MAX)
			return false;
		id = id * 10 + (uint64_t)(field->text[i] - '0');
	}
	*ret = (uint32_t)id;
	return field->bytes && id < ACL_NO_ID;
}

static int find_id(const struct erofs_acl_names *names, bool is_group, const struct field fields[5],
	size_t count, uint32_t *ret)
{
	auto_free char *name = NULL;

	if (count > 3 && decode_id(&fields[3], ret))
		return 0;
	if (decode_id(&fields[1], ret))
		return 0;
	name = strndup(fields[1].text, fields[1].bytes);
	if (!name)
		return -ENOMEM;
	return names->find_id && names->find_id(names->user, is_group, name, ret) ? 0 : -ENOENT;
}

/* The kind of an entry, and whether it is about a named user or group. */
static bool decode_kind(const struct field fields[5], uint16_t *ret_tag)
{
	bool named = fields[1].bytes > 0;

	if (field_is(&fields[0], "user") || field_is(&fields[0], "u"))
		*ret_tag = named ? TAG_USER : TAG_USER_OBJ;
	else if (field_is(&fields[0], "group") || field_is(&fields[0], "g"))
		*ret_tag = named ? TAG_GROUP : TAG_GROUP_OBJ;
	else if (!named && (field_is(&fields[0], "mask") || field_is(&fields[0], "m")))
		*ret_tag = TAG_MASK;
	else if (!named && (field_is(&fields[0], "other") || field_is(&fields[0], "o")))
		*ret_tag = TAG_OTHER;
	else
		return false;
	return true;
}

static int decode_entry(const char *text, size_t bytes, const struct erofs_acl_names *names,
	struct acl_entry *ret)
{
	struct field fields[5];
	size_t count = split(text, bytes, fields), first = field_is(&fields[0], "default");

	/* "other:r--" and "mask:r--" are short for two colons. */
	if (count - first == 2) {
		fields[first + 2] = fields[first + 1];
		fields[first + 1] = (struct field){ "", 0 };
		count++;
	}
	if (count - first < 3 || !decode_kind(fields + first, &ret->tag) ||
	    !decode_perm(&fields[first + 2], &ret->perm))
		return -EINVAL;
	ret->id = ACL_NO_ID;
	if (ret->tag != TAG_USER && ret->tag != TAG_GROUP)
		return 0;
	return find_id(names, ret->tag == TAG_GROUP, fields + first, count - first, &ret->id);
}

static int compare_entries(const void *a, const void *b)
{
	const struct acl_entry *x = a, *y = b;

	if (x->tag != y->tag)
		return (x->tag > y->tag) - (x->tag < y->tag);
	return (x->id > y->id) - (x->id < y->id);
}

/* As the kernel wants them: owner, group and others once, a mask where somebody is named, none twice. */
static bool is_complete(const struct acl_entry *entries, size_t count)
{
	unsigned int seen = 0;

	for (size_t i = 0; i < count; i++) {
		if (i && !compare_entries(&entries[i - 1], &entries[i]))
			return false;
		seen |= entries[i].tag;
	}
	if ((seen & (TAG_USER_OBJ | TAG_GROUP_OBJ | TAG_OTHER)) !=
	    (TAG_USER_OBJ | TAG_GROUP_OBJ | TAG_OTHER))
		return false;
	return !(seen & (TAG_USER | TAG_GROUP)) || seen & TAG_MASK;
}

static int encode(const struct acl_entry *entries, size_t count, uint8_t **ret, size_t *ret_bytes)
{
	struct acl_attribute *acl = malloc(sizeof(*acl) + count * sizeof(acl->entries[0]));

	if (!acl)
		return -ENOMEM;
	acl->version = erofs_put32(ACL_VERSION);
	for (size_t i = 0; i < count; i++) {
		acl->entries[i].tag = erofs_put16(entries[i].tag);
		acl->entries[i].perm = erofs_put16(entries[i].perm);
		acl->entries[i].id = erofs_put32(entries[i].id);
	}
	*ret = (uint8_t *)acl;
	*ret_bytes = sizeof(*acl) + count * sizeof(acl->entries[0]);
	return 0;
}

int erofs_acl_encode(const char *text, const struct erofs_acl_names *names, uint8_t **ret,
	size_t *ret_bytes)
{
	auto_free struct acl_entry *entries = NULL;
	size_t count = 0, room = 1;
	int r = 0;

	for (const char *p = text; *p; p++)
		room += *p == ',' || *p == '\n';
	if (room > EROFS_ACL_MAX_ENTRIES)
		return -EINVAL;
	entries = calloc(room, sizeof(*entries));
	if (!entries)
		return -ENOMEM;
	while (r == 0 && *text) {
		size_t bytes = strcspn(text, ",\n");

		if (bytes)
			r = decode_entry(text, bytes, names, &entries[count++]);
		text += bytes + (text[bytes] != '\0');
	}
	if (r < 0)
		return r;
	qsort(entries, count, sizeof(*entries), compare_entries);
	if (!is_complete(entries, count))
		return -EINVAL;
	*ret = NULL;
	*ret_bytes = 0;
	return count == 3 ? 0 : encode(entries, count, ret, ret_bytes);
}
