/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Content goes from the reader's buffer straight into the digest. */
#include "ishare/content_digest.h"

#include "base/digest.h"

void erofs_digest_set_init(struct erofs_digest_set *set)
{
	*set = (struct erofs_digest_set){ 0 };
}

void erofs_digest_set_fini(struct erofs_digest_set *set)
{
	for (size_t i = 0; i < sizeof(set->by_algorithm) / sizeof(set->by_algorithm[0]); i++)
		erofs_digest_free(set->by_algorithm[i]);
	erofs_digest_set_init(set);
}

static int get_digest(struct erofs_digest_set *set, enum erofs_digest_algorithm algorithm,
	struct erofs_digest **ret)
{
	struct erofs_digest **slot = &set->by_algorithm[algorithm];
	int r = *slot ? 0 : erofs_digest_new(algorithm, slot);

	if (r < 0)
		return r;
	*ret = *slot;
	return erofs_digest_start(*ret);
}

static int add_piece(void *user, const void *bytes, uint64_t size)
{
	struct erofs_digest *digest = user;

	return bytes ? erofs_digest_update(digest, bytes, (size_t)size) :
		       erofs_digest_update_zeros(digest, size);
}

int erofs_content_digest(struct erofs_reader *rd, const struct erofs_inode *inode,
	struct erofs_digest_set *set, enum erofs_digest_algorithm algorithm,
	uint8_t ret[EROFS_DIGEST_MAX_BYTES])
{
	struct erofs_digest *digest;
	int r = get_digest(set, algorithm, &digest);

	if (r == 0)
		r = erofs_data_stream(rd, inode, add_piece, digest);
	if (r == 0)
		r = erofs_digest_finish(digest, ret);
	return r;
}
