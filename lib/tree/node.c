/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* The tree as a whole, and the paths of its nodes. */
#include "tree/node.h"

#include <stdlib.h>
#include <string.h>

#include "tree/content.h"

const struct erofs_tree_summary *erofs_tree_summary(const struct erofs_tree *tree)
{
	return &tree->summary;
}

void erofs_tree_free(struct erofs_tree *tree)
{
	if (!tree)
		return;
	if (tree->source)
		tree->source->ops->free(tree->source);
	erofs_arena_fini(&tree->arena);
	free(tree);
}

size_t erofs_node_path_bytes(const struct erofs_node *node)
{
	size_t bytes = 0;

	if (node->parent == node)
		return 1;
	for (; node->parent != node; node = node->parent)
		bytes += 1 + strlen(node->name);
	return bytes;
}

/* Names are met from the last to the first, so the text grows from the end of the buffer to the left
 * and is moved to the front when it is complete. */
const char *erofs_node_path(const struct erofs_node *node, char *buffer, size_t size)
{
	static const char ellipsis[] = "...";
	size_t at = size - 1, kept;

	buffer[at] = '\0';
	if (node->parent == node && at > 0)
		buffer[--at] = '/';
	for (; node->parent != node; node = node->parent) {
		size_t length = strlen(node->name);

		if (length + 1 > at) {
			size_t room = size - 1 < sizeof(ellipsis) - 1 ? size - 1 : sizeof(ellipsis) - 1;

			at = at > room ? at - room : 0;
			memcpy(buffer + at, ellipsis, room);
			break;
		}
		at -= length;
		memcpy(buffer + at, node->name, length);
		buffer[--at] = '/';
	}
	kept = size - at;
	memmove(buffer, buffer + at, kept);
	return buffer;
}
