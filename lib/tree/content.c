/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Content of files to build in: hands each call to the source that the tree came from. */

#include "tree/content.h"

int erofs_content_open(const struct erofs_tree *tree, const struct erofs_node *node,
	const struct erofs_report *report, struct erofs_content **ret)
{
	return tree->source->ops->open(tree->source, node, report, ret);
}

int erofs_content_read(struct erofs_content *content, uint64_t offset, void *buffer, size_t size)
{
	return content->ops->read(content, offset, buffer, size);
}

int erofs_content_next_data(struct erofs_content *content, uint64_t offset, uint64_t *ret_start,
	uint64_t *ret_end)
{
	return content->ops->next_data(content, offset, ret_start, ret_end);
}

int erofs_content_locate(struct erofs_content *content, uint64_t offset,
	struct erofs_content_place *ret)
{
	return content->ops->locate(content, offset, ret);
}

int erofs_content_map(struct erofs_content *content, uint64_t offset, struct erofs_extent *ret)
{
	return content->ops->map(content, offset, ret);
}

int erofs_content_fetch(struct erofs_content *content, const struct erofs_extent *extent, void *buffer)
{
	return content->ops->fetch(content, extent, buffer);
}

int erofs_content_decode(struct erofs_content *content, const struct erofs_extent *extent,
	const void *stored, void *buffer)
{
	return content->ops->decode(content, extent, stored, buffer);
}

int erofs_content_finish(struct erofs_content *content)
{
	return content->ops->finish(content);
}

void erofs_content_close(struct erofs_content *content)
{
	if (content)
		content->ops->close(content);
}
