/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* The digest of a file's logical content, and whether a claimed value is true. */
#ifndef EROFS_ISHARE_CONTENT_DIGEST_H
#define EROFS_ISHARE_CONTENT_DIGEST_H

#include <erofs/data.h>
#include <erofs/ishare.h>

/* Digest objects of one thread, made when first needed. */
struct erofs_digest_set {
	struct erofs_digest *by_algorithm[EROFS_DIGEST_BLAKE2B512 + 1];
};
void erofs_digest_set_init(struct erofs_digest_set *set);
void erofs_digest_set_fini(struct erofs_digest_set *set);

/* Digest of exactly the size_bytes of @inode, holes as zeros (format section 7). -EUCLEAN when the
 * content cannot be read. */
int erofs_content_digest(struct erofs_reader *rd, const struct erofs_inode *inode,
	struct erofs_digest_set *set, enum erofs_digest_algorithm algorithm,
	uint8_t ret[EROFS_DIGEST_MAX_BYTES]);

#endif
