/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Rules about extended attributes (format section 6): the body behind an inode, inline entries, shared
 * ones, names, ACLs and the name filter. */
#include "check/rules.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/math.h"
#include "base/span.h"
#include "format/erofs_fs.h"
#include "image/stream.h"

#define XATTR_NAME_MAX 255 /* Linux: more cannot be listed or asked for */

/* Short prefix, infix of a long prefix, suffix. */
#define FULL_NAME_MAX (32 + 255 + 255)

/* One inode's attributes while they are looked at. */
struct body_check {
	struct check *chk;
	const struct erofs_inode *inode;
	struct erofs_span body;
	uint32_t filter;
	uint32_t shared_count;
	struct erofs_table seen;	/* hashes of full names; nobody gains by making two collide */
	uint64_t *hashes;		/* room for every entry the body can have */
	size_t hash_count;
};

/* An entry with its name put together. */
struct entry {
	uint8_t index;			/* as stored */
	uint8_t base_index;
	uint32_t name_bytes, suffix_bytes, skip_bytes; /* skip: of the short prefix */
	uint32_t value_bytes;
	char name[FULL_NAME_MAX + 1];
};

/* ---- ACL values (the format of system.posix_acl_*, section 6.2) ---- */

enum {
	ACL_VERSION = 2,
	ACL_USER_OBJ = 0x01,
	ACL_USER = 0x02,
	ACL_GROUP_OBJ = 0x04,
	ACL_GROUP = 0x08,
	ACL_MASK = 0x10,
	ACL_OTHER = 0x20,
};

/* Tags come in ascending order; only USER and GROUP may repeat. */
static const char *judge_acl_entries(struct erofs_span value)
{
	uint32_t tags = 0, last = 0;

	for (size_t at = 4; at < value.size; at += 8) {
		const uint8_t *p = erofs_span_at(value, at, 8);
		uint32_t tag = erofs_load16(p);

		if (erofs_load16(p + 2) > 7)
			return "unknown permissions in an entry";
		if (!erofs_is_power_of_two(tag) || tag > ACL_OTHER)
			return "an unknown tag";
		if (tag < last || (tag == last && tag != ACL_USER && tag != ACL_GROUP))
			return "its tags out of order";
		tags |= tag;
		last = tag;
	}
	if (~tags & (ACL_USER_OBJ | ACL_GROUP_OBJ | ACL_OTHER))
		return "no entry for owner, group or others";
	if (tags & (ACL_USER | ACL_GROUP) && !(tags & ACL_MASK))
		return "named entries but no mask";
	return NULL;
}

/* What is wrong with an ACL, as the object of "has"; NULL when nothing is. An ACL without entries is
 * none, and legal. */
static const char *judge_acl(struct erofs_span value)
{
	const uint8_t *head = erofs_span_at(value, 0, 4);

	if (!head || (value.size - 4) % 8)
		return "a size that is not that of whole entries";
	if (erofs_load16(head) != ACL_VERSION || erofs_load16(head + 2))
		return "an unknown version";
	return value.size == 4 ? NULL : judge_acl_entries(value);
}

/* ---- names ---- */

static bool hash_equal(const void *entry, const void *key)
{
	return *(const uint64_t *)entry == *(const uint64_t *)key;
}

static void see_name(struct body_check *b, const struct entry *e)
{
	uint64_t *hash = &b->hashes[b->hash_count];

	*hash = erofs_hash_bytes(e->name, e->name_bytes);
	if (erofs_table_find(&b->seen, *hash, hash))
		erofs_check_found(b->chk, RULE_XATTR_DUPLICATE, "xattr %s occurs twice", e->name);
	else if (erofs_table_add(&b->seen, *hash, hash) == 0)
		b->hash_count++;
}

/* Full name = short prefix + infix + suffix (section 6.5). False when the index leads nowhere. */
static bool build_name(struct body_check *b, const struct erofs_xattr_entry *head,
	const char *suffix, struct entry *ret)
{
	const struct erofs_xattr_prefix *prefix = NULL;
	unsigned int index = head->e_name_index;
	const char *text;

	ret->index = head->e_name_index;
	if (index & EROFS_XATTR_LONG_PREFIX) {
		index &= EROFS_XATTR_LONG_PREFIX_MASK;
		if (index >= b->chk->super->xattr_prefix_count)
			return false;
		prefix = erofs_image_xattr_prefix(b->chk->img, index);
		index = prefix->base_index;
	}
	if (index >= EROFS_XATTR_INDEX_COUNT)
		return false;
	text = erofs_xattr_prefix_text(index);
	ret->base_index = (uint8_t)index;
	ret->skip_bytes = (uint32_t)strlen(text);
	ret->suffix_bytes = head->e_name_len;
	ret->name_bytes = (uint32_t)snprintf(ret->name, sizeof(ret->name), "%s", text);
	if (prefix) {
		memcpy(ret->name + ret->name_bytes, prefix->infix, prefix->infix_bytes);
		ret->name_bytes += prefix->infix_bytes;
	}
	memcpy(ret->name + ret->name_bytes, suffix, head->e_name_len);
	ret->name_bytes += head->e_name_len;
	ret->name[ret->name_bytes] = '\0';
	return true;
}

static bool is_acl(unsigned int index)
{
	return index == EROFS_XATTR_INDEX_ACL_ACCESS || index == EROFS_XATTR_INDEX_ACL_DEFAULT;
}

/* Hidden names are internal: what the kernel never shows may be called anything. */
static const char *judge_name(const struct entry *e)
{
	if (memchr(e->name, '\0', e->name_bytes))
		return "holds a NUL";
	if (e->base_index == EROFS_XATTR_INDEX_HIDDEN || e->base_index == EROFS_XATTR_INDEX_LUSTRE)
		return NULL;
	if (is_acl(e->base_index))
		return e->name_bytes > e->skip_bytes ? "is longer than an ACL's" : NULL;
	if (e->name_bytes == e->skip_bytes)
		return "is a bare prefix";
	return e->name_bytes > XATTR_NAME_MAX ? "is longer than 255 bytes" : NULL;
}

static void check_name(struct body_check *b, const struct entry *e)
{
	const char *wrong = judge_name(e);
	unsigned int bit;

	if (wrong)
		erofs_check_found(b->chk, RULE_XATTR_NAME, "xattr name \"%s\" %s", e->name, wrong);
	see_name(b, e);
	if (!b->chk->super->xattr_filter_usable)
		return;
	bit = erofs_xattr_filter_bit(e->base_index, e->name + e->skip_bytes,
		e->name_bytes - e->skip_bytes);
	if (b->filter & 1u << bit)
		erofs_check_found(b->chk, RULE_XATTR_FILTER,
			"filter 0x%08x denies bit %u of xattr %s, which is there",
			(unsigned int)b->filter, bit, e->name);
}

/* ---- entries ---- */

/* An entry whose name and value are inside. @value is NULL where nobody needs it. */
static void check_entry(struct body_check *b, const struct erofs_xattr_entry *head,
	const char *suffix, const uint8_t *value)
{
	struct erofs_span span = { value, erofs_get16(head->e_value_size) };
	const char *wrong;
	struct entry e;

	if (!build_name(b, head, suffix, &e)) {
		erofs_check_found(b->chk, RULE_XATTR_INDEX, "xattr name index 0x%02x is unknown",
			head->e_name_index);
		return;
	}
	check_name(b, &e);
	if (!is_acl(e.base_index) || !value)
		return;
	wrong = judge_acl(span);
	if (wrong)
		erofs_check_found(b->chk, RULE_XATTR_ACL, "%s has %s", e.name, wrong);
	else if (e.base_index == EROFS_XATTR_INDEX_ACL_DEFAULT &&
		 erofs_type_of_mode(b->inode->mode) != EROFS_TYPE_DIRECTORY)
		erofs_check_found(b->chk, RULE_XATTR_ACL,
			"a default ACL on what is no directory");
}

/* Section 6.2: four zero bytes are nothing. */
static bool is_padding(const struct erofs_xattr_entry *head)
{
	return !head->e_name_len && !head->e_name_index && !erofs_get16(head->e_value_size);
}

static void check_inline_entries(struct body_check *b, size_t at)
{
	while (at < b->body.size && !erofs_check_exhausted(b->chk)) {
		const struct erofs_xattr_entry *head =
			erofs_span_at(b->body, at, sizeof(*head));
		const uint8_t *bytes;
		size_t size;

		if (head && is_padding(head)) {
			at += sizeof(*head);
			continue;
		}
		size = head ? (size_t)head->e_name_len + erofs_get16(head->e_value_size) : 0;
		bytes = head ? erofs_span_at(b->body, at + sizeof(*head), size) : NULL;
		if (!bytes) {
			erofs_check_found(b->chk, RULE_XATTR_BOUNDS,
				"xattr entry at byte %zu of the body ends past its %zu bytes", at,
				b->body.size);
			return;
		}
		check_entry(b, head, (const char *)bytes, bytes + head->e_name_len);
		at += erofs_round_up(sizeof(*head) + size, 4);
	}
}

/* Section 6.3. The value is fetched only where a rule looks at it. */
static void check_shared(struct body_check *b, uint32_t id)
{
	const struct erofs_super *super = b->chk->super;
	enum erofs_stream stream = super->compat & EROFS_COMPAT_SHARED_EA_IN_METABOX ?
					   EROFS_STREAM_METABOX : EROFS_STREAM_DEVICE;
	uint64_t at = (uint64_t)super->xattr_start_block * super->block_size_bytes +
		      (uint64_t)id * 4;
	struct {
		struct erofs_xattr_entry head;
		char suffix[UINT8_MAX];
	} e;
	uint8_t acl[1024], last;
	uint32_t value_bytes;
	uint64_t end;
	bool fetch;

	if (!erofs_check_spend(b->chk, sizeof(e)))
		return;
	if (erofs_stream_read(b->chk->rd, stream, at, &e.head, sizeof(e.head)) < 0 ||
	    (e.head.e_name_len && erofs_stream_read(b->chk->rd, stream, at + sizeof(e.head),
					  e.suffix, e.head.e_name_len) < 0)) {
		erofs_check_found(b->chk, RULE_XATTR_SHARED,
			"shared xattr %u at byte %" PRIu64 " is outside the image",
			(unsigned int)id, at);
		return;
	}
	value_bytes = erofs_get16(e.head.e_value_size);
	end = at + sizeof(e.head) + e.head.e_name_len + value_bytes;
	fetch = is_acl(e.head.e_name_index) && value_bytes <= sizeof(acl);
	if ((value_bytes && erofs_stream_read(b->chk->rd, stream, end - 1, &last, 1) < 0) ||
	    (fetch && value_bytes &&
		    erofs_stream_read(b->chk->rd, stream, end - value_bytes, acl, value_bytes) < 0)) {
		erofs_check_found(b->chk, RULE_XATTR_SHARED,
			"shared xattr %u ends at byte %" PRIu64 ", outside the image",
			(unsigned int)id, end);
		return;
	}
	if (!is_padding(&e.head))
		check_entry(b, &e.head, e.suffix, fetch ? acl : NULL);
}

static void check_body(struct body_check *b)
{
	const struct erofs_xattr_ibody_header *header =
		erofs_span_at(b->body, 0, sizeof(*header));
	size_t at = sizeof(*header);
	const erofs_le32 *ids;

	b->filter = erofs_get32(header->h_name_filter);
	ids = erofs_span_at(b->body, at, (size_t)header->h_shared_count * sizeof(*ids));
	if (!ids) {
		erofs_check_found(b->chk, RULE_XATTR_BOUNDS,
			"%u shared xattr ids do not fit a body of %zu bytes",
			header->h_shared_count, b->body.size);
		return;
	}
	check_inline_entries(b, at + (size_t)header->h_shared_count * sizeof(*ids));
	for (unsigned int i = 0; i < header->h_shared_count && !erofs_check_exhausted(b->chk); i++)
		check_shared(b, erofs_get32(ids[i]));
}

/* Brings the body of @inode into the scratch buffer, which grows to the largest met (at most 256 KiB)
 * and is followed by room for the hashes. */
static int read_body(struct body_check *b)
{
	const struct erofs_inode *inode = b->inode;
	struct check *chk = b->chk;
	uint64_t at = inode->metadata_offset + inode->inode_size_bytes;
	size_t size = inode->xattr_size_bytes;
	size_t entries = size / sizeof(struct erofs_xattr_entry) + EROFS_XATTR_MAX_SHARED;
	size_t start = erofs_round_up(size, sizeof(uint64_t));

	if (start + entries * sizeof(uint64_t) > chk->body_size) {
		size_t bigger = start + entries * sizeof(uint64_t);
		uint8_t *body = realloc(chk->body, bigger);

		if (!body)
			return -ENOMEM;
		chk->body = body;
		chk->body_size = bigger;
	}
	b->body = (struct erofs_span){ chk->body, size };
	b->hashes = (uint64_t *)(void *)(chk->body + start);
	if (erofs_stream_read(chk->rd, erofs_stream_of(inode->nid), at, chk->body, size) == 0)
		return 1;
	erofs_check_found(chk, RULE_XATTR_BOUNDS,
		"xattr body of %zu bytes at byte %" PRIu64 " is outside the image", size, at);
	return 0;
}

int erofs_check_xattrs(struct check *chk, const struct erofs_inode *inode)
{
	struct body_check b = { .chk = chk, .inode = inode };
	int r;

	if (!inode->xattr_size_bytes || !erofs_check_spend(chk, inode->xattr_size_bytes))
		return 0;
	r = read_body(&b);
	if (r <= 0)
		return r;
	erofs_table_init(&b.seen, hash_equal);
	check_body(&b);
	erofs_table_fini(&b.seen);
	return 0;
}
