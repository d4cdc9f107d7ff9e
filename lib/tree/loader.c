/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Nodes out of a source's entries, by the rules of the options. */
#include "tree/loader.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/report.h"
#include "tree/filter_hardlink.h"
#include "tree/fs_config.h"
#include "tree/filter_owner.h"
#include "tree/label.h"
#include "tree/order.h"

DEFINE_AUTO(labels, struct erofs_labels *, erofs_labels_close)

int erofs_loader_init(struct erofs_loader *loader, const struct erofs_tree_options *options,
	const struct erofs_report *report)
{
	*loader = (struct erofs_loader){ .options = options,
		.strip_late = options->strip_overlay && options->base_image };
	if (loader->strip_late) {
		loader->keeping = *options;
		loader->keeping.strip_overlay = false;
		loader->options = &loader->keeping;
	}
	erofs_hardlinks_init(&loader->hardlinks);
	erofs_xattr_draft_init(&loader->draft);
	loader->tree = calloc(1, sizeof(*loader->tree));
	if (!loader->tree)
		return -ENOMEM;
	erofs_arena_init(&loader->tree->arena);
	erofs_xattr_sets_init(&loader->sets, &loader->tree->arena);
	loader->tree->report = report;
	return erofs_excludes_new(options, report, &loader->excludes);
}

void erofs_loader_fini(struct erofs_loader *loader)
{
	erofs_excludes_free(loader->excludes);
	erofs_table_fini(&loader->hardlinks);
	erofs_xattr_sets_fini(&loader->sets);
	erofs_xattr_draft_fini(&loader->draft);
	free(loader->first_reserved);
	free(loader->first_foreign);
	erofs_tree_free(loader->tree);
	loader->tree = NULL;
}

static void fill(struct erofs_node *node, const struct erofs_entry *entry)
{
	node->mode = (uint16_t)entry->mode;
	node->uid = entry->uid;
	node->gid = entry->gid;
	node->mtime_seconds = node->source_mtime_seconds = entry->mtime_seconds;
	node->mtime_nsec = node->source_mtime_nsec = entry->mtime_nsec;
	node->source_device = entry->device;
	node->source_inode = entry->inode;
	if (S_ISREG(entry->mode) || S_ISLNK(entry->mode))
		node->size_bytes = entry->size_bytes;
	if (S_ISCHR(entry->mode) || S_ISBLK(entry->mode)) {
		node->rdev_major = entry->rdev_major;
		node->rdev_minor = entry->rdev_minor;
	}
}

static int new_node(struct erofs_loader *loader, const struct erofs_entry *entry, const char *path,
	struct erofs_node **ret)
{
	struct erofs_tree *tree = loader->tree;
	struct erofs_node *node;

	if (erofs_type_of_mode(entry->mode) == EROFS_TYPE_UNKNOWN)
		return erofs_fail(tree->report, -EINVAL, "%s: unknown file type in mode 0%o", path,
			(unsigned int)entry->mode);
	if (tree->node_count == UINT32_MAX)
		return erofs_fail(tree->report, -EFBIG, "more than %" PRIu32 " files", UINT32_MAX);
	node = erofs_arena_alloc(&tree->arena, sizeof(*node));
	if (!node)
		return -ENOMEM;
	fill(node, entry);
	erofs_time_apply(&loader->options->time, node);
	tree->node_count++;
	*ret = node;
	return 0;
}

static int apply_owner(struct erofs_loader *loader, const struct erofs_owner_rules *rules,
	struct erofs_node *node, const char *path)
{
	const char *what;

	if (erofs_owner_apply(rules, node, &what) == 0)
		return 0;
	return erofs_fail(loader->tree->report, -EINVAL, "%s: %s overflow: offset %" PRIu32
		" leads beyond the last valid id", path, what,
		*what == 'u' ? rules->uid_offset : rules->gid_offset);
}

int erofs_loader_implied(struct erofs_loader *loader, const struct erofs_entry *entry,
	const char *path, struct erofs_node **ret)
{
	struct erofs_owner_rules rules = loader->options->owner;
	struct erofs_node *node;
	int r = new_node(loader, entry, path, &node);

	rules.uid_offset = rules.gid_offset = 0;
	if (r == 0)
		r = apply_owner(loader, &rules, node, path);
	if (r < 0)
		return r;
	*ret = node;
	return 0;
}

int erofs_loader_node(struct erofs_loader *loader, const struct erofs_entry *entry,
	const char *path, struct erofs_node **ret, bool *ret_known)
{
	bool shared = entry->linked && !S_ISDIR(entry->mode) && !loader->options->hard_dereference;
	struct erofs_node *node = NULL;
	int r;

	if (shared)
		node = erofs_hardlinks_find(&loader->hardlinks, entry->device, entry->inode);
	*ret_known = node != NULL;
	if (!node) {
		r = new_node(loader, entry, path, &node);
		if (r == 0)
			r = apply_owner(loader, &loader->options->owner, node, path);
		if (r == 0 && shared)
			r = erofs_hardlinks_add(&loader->hardlinks, node);
		if (r < 0)
			return r;
	}
	*ret = node;
	return 0;
}

/* Remembers the first file that lost an attribute, for the one message at the end. */
static void note_first(char **first, const char *path)
{
	if (!*first)
		*first = strdup(path);
}

/* Where sources are images, the new one may take over the name of their fingerprints. */
static enum erofs_xattr_verdict judge(const struct erofs_loader *loader, const char *name)
{
	const char *taken = loader->tree->summary.ishare_xattr;

	return taken && !strcmp(taken, name) ? EROFS_XATTR_RESERVED :
					       erofs_xattr_judge(loader->options, name);
}

bool erofs_loader_wants_xattr(struct erofs_loader *loader, const char *name, const char *path)
{
	switch (judge(loader, name)) {
	case EROFS_XATTR_KEEP:
		return true;
	case EROFS_XATTR_RESERVED:
		loader->tree->summary.reserved_xattrs++;
		note_first(&loader->first_reserved, path);
		return false;
	case EROFS_XATTR_FOREIGN:
		loader->tree->summary.foreign_xattrs++;
		note_first(&loader->first_foreign, path);
		return false;
	case EROFS_XATTR_REPLACED:
		break;
	}
	return false;
}

int erofs_loader_set_xattrs(struct erofs_loader *loader, struct erofs_node *node)
{
	return erofs_xattr_sets_intern(&loader->sets, &loader->draft, &node->xattrs);
}

int erofs_loader_mark(struct erofs_loader *loader, struct erofs_node *node, const char *name,
	const char *value)
{
	int r;

	if (loader->options->drop_xattrs)
		return 0;
	r = erofs_xattr_draft_load(&loader->draft, node->xattrs);
	if (r == 0 && !erofs_xattr_draft_has(&loader->draft, name))
		r = erofs_xattr_draft_set(&loader->draft, name, value, (uint32_t)strlen(value));
	return r < 0 ? r : erofs_loader_set_xattrs(loader, node);
}

int erofs_loader_check_name(struct erofs_loader *loader, const char *name, const char *path)
{
	size_t bytes = strlen(name);
	bool valid = bytes && strcmp(name, ".") && strcmp(name, "..") && !strchr(name, '/');

	if (valid && bytes <= EROFS_NAME_MAX)
		return 0;
	if (bytes > EROFS_NAME_MAX)
		return erofs_fail(loader->tree->report, -ENAMETOOLONG,
			"%s: name of %zu bytes, the limit is %u", path, bytes, EROFS_NAME_MAX);
	return erofs_fail(loader->tree->report, -EINVAL, "%s: not a valid name", path);
}

static int label_node(struct erofs_loader *loader, struct erofs_labels *labels,
	struct erofs_node *node)
{
	size_t size = erofs_node_path_bytes(node) + 1;
	auto_free char *path = malloc(size);
	auto_free char *label = NULL;
	int r;

	if (!path)
		return -ENOMEM;
	erofs_node_path(node, path, size);
	r = erofs_labels_find(labels, path + 1, node->mode, &label);
	if (r <= 0)
		return r;
	r = erofs_xattr_draft_load(&loader->draft, node->xattrs);
	if (r == 0)
		r = erofs_xattr_draft_set(&loader->draft, EROFS_XATTR_SELINUX, label,
			(uint32_t)strlen(label));
	return r < 0 ? r : erofs_loader_set_xattrs(loader, node);
}

/* After ordering: a hard link's label is that of its first name. */
static int label_tree(struct erofs_loader *loader)
{
	const struct erofs_tree_options *options = loader->options;
	auto_of(labels) struct erofs_labels *labels = NULL;
	int r;

	if (!options->file_contexts || options->drop_xattrs)
		return 0;
	r = erofs_labels_open(options->file_contexts, options->mount_point, loader->tree->report,
		&labels);
	for (uint32_t i = 0; r == 0 && i < loader->tree->node_count; i++)
		r = label_node(loader, labels, loader->tree->nodes[i]);
	return r;
}

static void warn_of_dropped(const struct erofs_loader *loader)
{
	const struct erofs_tree_summary *summary = &loader->tree->summary;

	if (summary->reserved_xattrs)
		erofs_say(loader->tree->report, EROFS_LEVEL_WARNING,
			"dropped %" PRIu64 " extended attributes named %s, which only the builder "
			"may write (first: %s)", summary->reserved_xattrs,
			summary->ishare_xattr ? summary->ishare_xattr : loader->options->reserved_xattr,
			loader->first_reserved ? loader->first_reserved : "?");
	if (summary->foreign_xattrs)
		erofs_say(loader->tree->report, EROFS_LEVEL_WARNING,
			"dropped %" PRIu64 " extended attributes in namespaces that erofs cannot "
			"show (first: %s)", summary->foreign_xattrs,
			loader->first_foreign ? loader->first_foreign : "?");
}

int erofs_loader_finish(struct erofs_loader *loader, struct erofs_tree **ret)
{
	int r = erofs_tree_order(loader->tree);

	if (r == 0)
		r = erofs_fs_config_apply(loader);
	if (r == 0)
		r = label_tree(loader);
	if (r < 0)
		return r;
	warn_of_dropped(loader);
	*ret = take(&loader->tree);
	return 0;
}
