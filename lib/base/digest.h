/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Cryptographic digests through libcrypto. One object per thread, reused for many files. */
#ifndef EROFS_BASE_DIGEST_H
#define EROFS_BASE_DIGEST_H

#include <stddef.h>
#include <stdint.h>
#include <erofs/ishare.h>

struct erofs_digest;

/* -ENOMEM, or -EOPNOTSUPP when libcrypto refuses the algorithm. */
int erofs_digest_new(enum erofs_digest_algorithm algorithm, struct erofs_digest **ret);
void erofs_digest_free(struct erofs_digest *digest); /* NULL is a no-op */
/* start, update..., finish; then start again. -EIO when libcrypto fails. */
int erofs_digest_start(struct erofs_digest *digest);
int erofs_digest_update(struct erofs_digest *digest, const void *bytes, size_t size);
/* @size zero bytes, for holes. */
int erofs_digest_update_zeros(struct erofs_digest *digest, uint64_t size);
int erofs_digest_finish(struct erofs_digest *digest, uint8_t ret[EROFS_DIGEST_MAX_BYTES]);

#endif
