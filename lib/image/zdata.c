/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Content of compressed extents. */
#include "image/zdata.h"

#include <errno.h>
#include <stdlib.h>

void erofs_zcache_init(struct erofs_zcache *cache)
{
	cache->state = NULL;
}

void erofs_zcache_fini(struct erofs_zcache *cache)
{
	free(cache->state);
}

int erofs_zdata_read(struct erofs_reader *rd, const struct erofs_inode *inode,
	const struct erofs_extent *extent, uint64_t skip, void *buffer, size_t size)
{
	(void)rd;
	(void)inode;
	(void)buffer;
	return skip > extent->length || size > extent->length - skip ? -EINVAL : -EOPNOTSUPP;
}

int erofs_zdata_get(struct erofs_reader *rd, const struct erofs_inode *inode,
	const struct erofs_extent *extent, const void **ret)
{
	(void)rd;
	(void)inode;
	(void)extent;
	(void)ret;
	return -EOPNOTSUPP;
}
