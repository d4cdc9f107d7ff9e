/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* xattr.h -- extended attributes of an inode (format section 6). */
#ifndef EROFS_XATTR_H
#define EROFS_XATTR_H

#include <erofs/inode.h>

#ifdef __cplusplus
extern "C" {
#endif

struct erofs_xattrs;

/* The name of an attribute is prefix + infix + suffix; @name holds all three. */
struct erofs_xattr {
	const char *name;	/* full name, NUL-terminated; valid until the next call */
	uint32_t name_bytes;
	const void *value;	/* valid until the next call */
	uint32_t value_bytes;
	uint8_t name_index;	/* e_name_index as stored (bit 7: long prefix) */
	uint8_t base_index;	/* short prefix, directly or through the long one */
	uint32_t suffix_bytes;	/* e_name_len */
	bool shared;		/* from the shared area */
	bool hidden;		/* the kernel never lists it (section 6.4) */
};

/* Iterates over the inline entries in order, then the shared ones. All-zero padding entries and
 * entries with an unknown long prefix are skipped, as the kernel does. The iterator borrows @rd and copies @inode. */
int erofs_xattrs_open(struct erofs_reader *rd, const struct erofs_inode *inode,
	struct erofs_xattrs **ret);
/* 1 = got one, 0 = end, -EUCLEAN = the body or an entry is damaged. */
int erofs_xattrs_next(struct erofs_xattrs *it, struct erofs_xattr *ret);
void erofs_xattrs_close(struct erofs_xattrs *it); /* NULL is a no-op */

/* The raw h_name_filter of an inode's body (section 6.6); 0 when it has none. -EUCLEAN as above. */
int erofs_xattr_filter_read(struct erofs_reader *rd, const struct erofs_inode *inode,
	uint32_t *ret);

#ifdef __cplusplus
}
#endif

#endif
