/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Encoding attributes: inode bodies, the shared area, the prefix table (section 6). */
#include "plan/encode.h"

#include <string.h>

#include "base/math.h"
#include "base/span.h"

/* Cursor over one body: shared ids grow from the front, entries follow all of them. */
struct body {
	const struct erofs_plan *plan;
	uint8_t *ids, *entries;
	uint32_t used_bits;	/* of the name filter */
	uint8_t shared_count;
};

static uint8_t *put_entry(uint8_t *at, unsigned int index, struct erofs_span suffix, struct erofs_span value)
{
	struct erofs_xattr_entry entry = {
		.e_name_len = (uint8_t)suffix.size,
		.e_name_index = (uint8_t)index,
		.e_value_size = erofs_put16((uint16_t)value.size),
	};

	memcpy(at, &entry, sizeof(entry));
	if (suffix.size)
		memcpy(at + sizeof(entry), suffix.data, suffix.size);
	if (value.size)
		memcpy(at + sizeof(entry) + suffix.size, value.data, value.size);
	return at + erofs_round_up(sizeof(entry) + suffix.size + value.size, 4);
}

static uint8_t *put_xattr(const struct plan_xattrs *px, const struct erofs_node_xattr *xattr,
	uint8_t *at)
{
	unsigned int index;
	uint32_t skip;
	int prefix = erofs_plan_xattr_prefix(px, xattr, &index, &skip);

	if (prefix >= 0)
		index = EROFS_XATTR_LONG_PREFIX | (unsigned int)prefix;
	return put_entry(at, index,
		(struct erofs_span){ (const uint8_t *)xattr->name + skip, xattr->name_bytes - skip },
		(struct erofs_span){ xattr->value, xattr->value_bytes });
}

static void note_name(struct body *b, const char *name, uint32_t name_bytes)
{
	uint32_t skip;
	unsigned int index = erofs_xattr_index_of(name, &skip);

	b->used_bits |= 1u << erofs_xattr_filter_bit(index, name + skip, name_bytes - skip);
}

static void put_fingerprint(struct body *b, const uint8_t *value)
{
	const struct plan_xattrs *px = &b->plan->xattrs;
	const struct plan_prefix *prefix = &px->prefixes[px->ishare_id];

	/* As those look for it who know it by its prefix. */
	b->used_bits |= 1u << erofs_xattr_filter_bit(prefix->base_index, prefix->infix, prefix->infix_bytes);
	b->entries = put_entry(b->entries, EROFS_XATTR_LONG_PREFIX | (unsigned int)px->ishare_id,
		(struct erofs_span){ NULL, 0 }, (struct erofs_span){ value, px->fingerprint_bytes });
}

/* The id of a shared attribute is the distance from xattr_blkaddr in units of four bytes. */
static uint32_t shared_id(const struct erofs_plan *plan, int64_t position)
{
	uint64_t in_block = plan->shared_at & (plan->block_size - 1);

	return (uint32_t)((in_block + plan->xattrs.shared_offsets[position]) / 4);
}

static bool put_shared(struct body *b, const struct erofs_node_xattr *xattr)
{
	erofs_le32 id;
	int64_t position;

	if (b->shared_count == EROFS_XATTR_MAX_SHARED)
		return false;
	position = erofs_plan_xattr_shared(&b->plan->xattrs, xattr);
	if (position < 0)
		return false;
	id = erofs_put32(shared_id(b->plan, position));
	memcpy(b->ids, &id, sizeof(id));
	b->ids += sizeof(id);
	b->shared_count++;
	return true;
}

/* Same choice as the plan: the first 255 that are shared at all. */
static uint32_t count_shared(const struct plan_xattrs *px, const struct erofs_node_xattrs *set)
{
	uint32_t count = 0;

	for (uint32_t i = 0; set && i < set->count && count < EROFS_XATTR_MAX_SHARED; i++)
		if (!erofs_plan_xattr_reserved(px, &set->list[i]) && erofs_plan_xattr_shared(px, &set->list[i]) >= 0)
			count++;
	return count;
}

static void put_set(struct body *b, const struct erofs_node_xattrs *set, const uint8_t *fingerprint)
{
	const struct plan_xattrs *px = &b->plan->xattrs;

	for (uint32_t i = 0; set && i < set->count; i++) {
		const struct erofs_node_xattr *xattr = &set->list[i];

		/* A source cannot bring a fingerprint of its own. */
		if (erofs_plan_xattr_reserved(px, xattr))
			continue;
		if (fingerprint && strcmp(px->ishare_name, xattr->name) < 0) {
			put_fingerprint(b, fingerprint);
			fingerprint = NULL;
		}
		note_name(b, xattr->name, xattr->name_bytes);
		if (!put_shared(b, xattr))
			b->entries = put_xattr(px, xattr, b->entries);
	}
	if (fingerprint)
		put_fingerprint(b, fingerprint);
}

void erofs_encode_xattr_body(const struct erofs_plan *plan, const struct erofs_node *node,
	const uint8_t *fingerprint, uint8_t *ret)
{
	const struct plan_inode *pi = &plan->inodes[node->index];
	struct body b = { .plan = plan, .ids = ret + EROFS_XATTR_IBODY_HEADER_SIZE };
	struct erofs_xattr_ibody_header header = { .h_shared_count = 0 };

	if (!pi->xattr_bytes)
		return;
	b.entries = b.ids + sizeof(erofs_le32) * count_shared(&plan->xattrs, node->xattrs);
	put_set(&b, node->xattrs, pi->flags & PLAN_TAGGED ? fingerprint : NULL);
	header.h_shared_count = b.shared_count;
	if (plan->xattrs.filter)
		header.h_name_filter = erofs_put32(~b.used_bits);
	memcpy(ret, &header, sizeof(header));
}

void erofs_encode_shared_xattrs(const struct plan_xattrs *px, uint8_t *ret)
{
	for (uint32_t i = 0; i < px->shared_count; i++)
		put_xattr(px, px->shared[i], ret + px->shared_offsets[i]);
}

void erofs_encode_prefixes(const struct plan_xattrs *px, uint8_t *ret)
{
	size_t at = 0;

	for (uint32_t i = 0; i < px->prefix_count; i++) {
		const struct plan_prefix *p = &px->prefixes[i];
		struct erofs_xattr_long_prefix record = {
			.len = erofs_put16((uint16_t)(1 + p->infix_bytes)),
			.base_index = p->base_index,
		};

		at = erofs_round_up(at, 4);
		memcpy(ret + at, &record, sizeof(record));
		memcpy(ret + at + sizeof(record), p->infix, p->infix_bytes);
		at += sizeof(record) + p->infix_bytes;
	}
}
