/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Digests: one table of algorithms, libcrypto's EVP behind it. */
#include "base/digest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/evp.h>

struct algorithm {
	const char *name;
	uint32_t size_bytes;
	const EVP_MD *(*evp)(void);
};

/* Indexed by enum erofs_digest_algorithm. */
static const struct algorithm algorithms[] = {
	[EROFS_DIGEST_SHA256] = { "sha256", 32, EVP_sha256 },
	[EROFS_DIGEST_SHA512] = { "sha512", 64, EVP_sha512 },
	[EROFS_DIGEST_BLAKE2B512] = { "blake2b512", 64, EVP_blake2b512 },
};
#define ALGORITHM_COUNT (sizeof(algorithms) / sizeof(algorithms[0]))

static const struct algorithm *lookup(enum erofs_digest_algorithm algorithm)
{
	size_t i = (size_t)algorithm;

	return i > 0 && i < ALGORITHM_COUNT ? &algorithms[i] : NULL;
}

const char *erofs_digest_name(enum erofs_digest_algorithm algorithm)
{
	const struct algorithm *a = lookup(algorithm);

	return a ? a->name : NULL;
}

uint32_t erofs_digest_size_bytes(enum erofs_digest_algorithm algorithm)
{
	const struct algorithm *a = lookup(algorithm);

	return a ? a->size_bytes : 0;
}

enum erofs_digest_algorithm erofs_digest_by_name(const char *name)
{
	for (size_t i = 1; i < ALGORITHM_COUNT; i++)
		if (!strcmp(algorithms[i].name, name))
			return (enum erofs_digest_algorithm)i;
	return EROFS_DIGEST_NONE;
}

struct erofs_digest {
	EVP_MD_CTX *context;
	const EVP_MD *md;
};

int erofs_digest_new(enum erofs_digest_algorithm algorithm, struct erofs_digest **ret)
{
	const struct algorithm *a = lookup(algorithm);
	struct erofs_digest *d;

	if (!a)
		return -EOPNOTSUPP;
	d = calloc(1, sizeof(*d));
	if (!d)
		return -ENOMEM;
	d->md = a->evp();
	d->context = EVP_MD_CTX_new();
	if (!d->context || !EVP_DigestInit_ex(d->context, d->md, NULL)) {
		int r = d->context ? -EOPNOTSUPP : -ENOMEM;

		erofs_digest_free(d);
		return r;
	}
	*ret = d;
	return 0;
}

void erofs_digest_free(struct erofs_digest *digest)
{
	if (!digest)
		return;
	EVP_MD_CTX_free(digest->context);
	free(digest);
}

int erofs_digest_start(struct erofs_digest *digest)
{
	/* A NULL type keeps the algorithm that new() fetched and only resets the state. */
	return EVP_DigestInit_ex(digest->context, NULL, NULL) ? 0 : -EIO;
}

int erofs_digest_update(struct erofs_digest *digest, const void *bytes, size_t size)
{
	return EVP_DigestUpdate(digest->context, bytes, size) ? 0 : -EIO;
}

int erofs_digest_update_zeros(struct erofs_digest *digest, uint64_t size)
{
	static const uint8_t zeros[65536];

	while (size) {
		size_t n = size < sizeof(zeros) ? (size_t)size : sizeof(zeros);
		int r = erofs_digest_update(digest, zeros, n);

		if (r < 0)
			return r;
		size -= n;
	}
	return 0;
}

int erofs_digest_finish(struct erofs_digest *digest, uint8_t ret[EROFS_DIGEST_MAX_BYTES])
{
	return EVP_DigestFinal_ex(digest->context, ret, NULL) ? 0 : -EIO;
}
