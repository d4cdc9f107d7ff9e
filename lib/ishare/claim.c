/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* What an inode claims to be: finding its fingerprint as the kernel does, and counting every other
 * entry under the same name, which no honest builder writes. */
#include <erofs/ishare.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <erofs/xattr.h>

/* The long prefix that names fingerprints in @img; NULL when the image has none. */
static const struct erofs_xattr_prefix *fingerprint_prefix(const struct erofs_image *img)
{
	const struct erofs_super *super = erofs_image_super(img);

	if (!(super->compat & EROFS_COMPAT_ISHARE_XATTRS) ||
	    super->ishare_prefix_id >= super->xattr_prefix_count)
		return NULL;
	return erofs_image_xattr_prefix(img, super->ishare_prefix_id);
}

const char *erofs_ishare_xattr_name(const struct erofs_image *img)
{
	const struct erofs_xattr_prefix *prefix = fingerprint_prefix(img);

	return prefix ? prefix->name : NULL;
}

enum erofs_ishare_class erofs_ishare_class_of(const struct erofs_inode *inode)
{
	bool compressed = inode->layout == EROFS_LAYOUT_COMPRESSED_FULL ||
			  inode->layout == EROFS_LAYOUT_COMPRESSED_COMPACT;

	return compressed ? EROFS_ISHARE_CLASS_COMPRESSED : EROFS_ISHARE_CLASS_PLAIN;
}

const char *erofs_ishare_class_name(enum erofs_ishare_class share_class)
{
	return share_class == EROFS_ISHARE_CLASS_COMPRESSED ? "compressed" : "plain";
}

/* What is looked for while an inode's xattrs are read. */
struct search {
	const struct erofs_xattr_prefix *prefix; /* NULL: the image says it has no fingerprints */
	const char *name;
	size_t name_bytes;
	struct erofs_ishare_claim claim;
	bool usable; /* the value is the one that the kernel's look-up finds */
};

static int keep_value(struct search *s, const struct erofs_xattr *xattr)
{
	/* One byte at least, so that an empty value is not NULL. */
	uint8_t *copy = malloc(xattr->value_bytes ? xattr->value_bytes : 1);

	if (!copy)
		return -ENOMEM;
	memcpy(copy, xattr->value, xattr->value_bytes);
	free(s->claim.value);
	s->claim.value = copy;
	s->claim.value_bytes = xattr->value_bytes;
	return 0;
}

/* The kernel compares the short prefix and the rest, wherever the split into infix and suffix lies,
 * and takes the first match. Another spelling (short prefix and rest differ, the full name does not)
 * is counted, and its value kept only as long as there is no real one. */
static int consider(struct search *s, const struct erofs_xattr *xattr)
{
	bool found_by_kernel;

	if (xattr->name_bytes != s->name_bytes || memcmp(xattr->name, s->name, s->name_bytes))
		return 0;
	found_by_kernel = s->prefix && xattr->base_index == s->prefix->base_index;
	s->claim.count++;
	if (s->claim.count > 1 && (s->usable || !found_by_kernel))
		return 0;
	s->usable = found_by_kernel;
	return keep_value(s, xattr);
}

static int search_xattrs(struct erofs_reader *rd, const struct erofs_inode *inode,
	struct search *s)
{
	struct erofs_xattrs *it;
	struct erofs_xattr xattr;
	int r = erofs_xattrs_open(rd, inode, &it);

	if (r < 0)
		return r;
	while ((r = erofs_xattrs_next(it, &xattr)) > 0) {
		r = consider(s, &xattr);
		if (r < 0)
			break;
	}
	erofs_xattrs_close(it);
	return r;
}

/* A set bit in the name filter makes the kernel answer "no such attribute" without looking. */
static int filter_allows(struct erofs_reader *rd, const struct erofs_inode *inode,
	const struct erofs_xattr_prefix *prefix, bool *ret)
{
	uint32_t filter;
	unsigned int bit;
	int r;

	if (!erofs_image_super(erofs_reader_image(rd))->xattr_filter_usable) {
		*ret = true;
		return 0;
	}
	r = erofs_xattr_filter_read(rd, inode, &filter);
	if (r < 0)
		return r;
	bit = erofs_xattr_filter_bit(prefix->base_index, prefix->infix, prefix->infix_bytes);
	*ret = !(filter >> bit & 1);
	return 0;
}

/* The kernel's conditions (section 7). */
static int judge(struct erofs_reader *rd, const struct erofs_inode *inode, struct search *s)
{
	uint32_t block_size = erofs_image_super(erofs_reader_image(rd))->block_size_bytes;

	if (!s->usable || !S_ISREG(inode->mode) || !inode->size_bytes || !s->claim.value_bytes ||
	    s->claim.value_bytes > block_size)
		return 0;
	return filter_allows(rd, inode, s->prefix, &s->claim.shareable);
}

int erofs_ishare_claim_read(struct erofs_reader *rd, const struct erofs_inode *inode,
	struct erofs_ishare_claim *ret)
{
	struct search s = { .prefix = fingerprint_prefix(erofs_reader_image(rd)) };
	int r;

	s.name = s.prefix ? s.prefix->name : EROFS_ISHARE_DEFAULT_XATTR;
	s.name_bytes = strlen(s.name);
	r = inode->xattr_size_bytes ? search_xattrs(rd, inode, &s) : 0;
	if (r == 0 && s.claim.count)
		r = judge(rd, inode, &s);
	if (r < 0) {
		erofs_ishare_claim_fini(&s.claim);
		return r;
	}
	*ret = s.claim;
	return 0;
}

void erofs_ishare_claim_fini(struct erofs_ishare_claim *claim)
{
	free(claim->value);
	*claim = (struct erofs_ishare_claim){ 0 };
}
