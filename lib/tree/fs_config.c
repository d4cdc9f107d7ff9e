/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* What Android's table says, put into the tree. */
#include "tree/fs_config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/report.h"
#include "format/endian.h"
#include "tree/fs_table.h"

/* linux/capability.h: revision 2, and that the capabilities are effective. */
#define CAPABILITY_MAGIC 0x02000001u

DEFINE_AUTO(file, FILE *, fclose)

struct apply {
	struct erofs_loader *loader;
	const char *file;
	struct erofs_fs_table *table;
	char *path;			/* of the node in hand, with the mount point */
	size_t path_size;
};

/* "MOUNT/PATH" without slashes at either end. */
static int set_path(struct apply *t, const struct erofs_node *node)
{
	const char *mount = t->loader->options->mount_point;
	size_t skip, bytes, size;

	mount = mount ? mount : "";
	skip = strspn(mount, "/");
	bytes = strlen(mount + skip);
	while (bytes && mount[skip + bytes - 1] == '/')
		bytes--;
	size = bytes + erofs_node_path_bytes(node) + 2;
	if (size > t->path_size) {
		char *path = realloc(t->path, 2 * size);

		if (!path)
			return -ENOMEM;
		t->path = path;
		t->path_size = 2 * size;
	}
	memcpy(t->path, mount + skip, bytes);
	erofs_node_path(node, t->path + bytes, t->path_size - bytes);
	if (!bytes || node->parent == node)
		memmove(t->path + bytes, t->path + bytes + 1, strlen(t->path + bytes));
	return 0;
}

static int set_capabilities(struct erofs_loader *loader, struct erofs_node *node, uint64_t mask)
{
	erofs_le32 value[5] = { erofs_put32(CAPABILITY_MAGIC), erofs_put32((uint32_t)mask), erofs_put32(0),
		erofs_put32((uint32_t)(mask >> 32)), erofs_put32(0) };
	int r;

	if (!mask || !S_ISREG(node->mode) || loader->options->drop_xattrs)
		return 0;
	r = erofs_xattr_draft_load(&loader->draft, node->xattrs);
	if (r == 0)
		r = erofs_xattr_draft_set(&loader->draft, EROFS_XATTR_CAPABILITY, value, sizeof(value));
	return r < 0 ? r : erofs_loader_set_xattrs(loader, node);
}

static int apply(struct apply *t, struct erofs_node *node)
{
	const struct erofs_fs_rule *rule;
	int r = set_path(t, node);

	if (r < 0)
		return r;
	rule = erofs_fs_table_find(t->table, t->path);
	if (!rule)
		return erofs_fail(t->loader->tree->report, -ENOENT, "%s: nothing about \"%s\"", t->file,
			t->path);
	node->uid = rule->uid;
	node->gid = rule->gid;
	node->mode = (uint16_t)((node->mode & S_IFMT) | rule->mode);
	return set_capabilities(t->loader, node, rule->capabilities);
}

static int open_table(struct apply *t)
{
	auto_of(file) FILE *in = fopen(t->loader->options->fs_config_file, "re");

	if (!in)
		return erofs_fail_errno(t->loader->tree->report, -errno, "%s: cannot open", t->file);
	return erofs_fs_table_read(in, t->file, t->loader->tree->report, &t->table);
}

int erofs_fs_config_apply(struct erofs_loader *loader)
{
	const char *file = loader->options->fs_config_file;
	struct apply t = { .loader = loader, .file = file };
	int r;

	if (!file)
		return 0;
	r = open_table(&t);
	for (uint32_t i = 0; r == 0 && i < loader->tree->node_count; i++)
		r = apply(&t, loader->tree->nodes[i]);
	erofs_fs_table_free(t.table);
	free(t.path);
	return r;
}
