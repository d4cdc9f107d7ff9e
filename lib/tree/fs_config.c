/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* The table is read as a whole; paths in it may begin with a slash, and the root's may be empty. */
#include "tree/fs_config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/report.h"
#include "format/endian.h"

#define LINE_BYTES 8192
/* linux/capability.h: revision 2, and that the capabilities are effective. */
#define CAPABILITY_MAGIC 0x02000001u

DEFINE_AUTO(file, FILE *, fclose)

struct rule {
	const char *path;
	uint32_t uid, gid;
	uint16_t mode;
	uint64_t capabilities;
};

struct table {
	struct erofs_loader *loader;
	const char *file;		/* printable */
	unsigned long line;
	struct erofs_arena arena;
	struct erofs_table rules;
	char *path;			/* of the node in hand, with the mount point */
	size_t path_size;
};

static bool same_path(const void *entry, const void *key)
{
	return !strcmp(((const struct rule *)entry)->path, key);
}

static int fail_line(const struct table *t, const char *what)
{
	return erofs_fail(t->loader->tree->report, -EINVAL, "%s: line %lu: %s", t->file, t->line, what);
}

/* ---- reading ---- */

/* A number up to @max at *@text, which moves behind it. */
static bool take_number(char **text, int base, uint64_t max, uint64_t *ret)
{
	char *end, *word = *text + strspn(*text, " \t");

	if (*word == '-' || *word == '+')
		return false;
	errno = 0;
	*ret = strtoull(word, &end, base);
	if (errno || end == word || *ret > max || !strchr(" \t\n", *end))
		return false;
	*text = end;
	return true;
}

/* What follows the mode: words of which one is for us. */
static int take_words(const struct table *t, char *text, struct rule *rule)
{
	static const char key[] = "capabilities=";

	for (char *word = strtok(text, " \t\n"); word; word = strtok(NULL, " \t\n")) {
		char *value = word + sizeof(key) - 1;

		if (strncmp(word, key, sizeof(key) - 1))
			continue;
		if (!take_number(&value, 0, UINT64_MAX, &rule->capabilities))
			return fail_line(t, "invalid capabilities");
	}
	return 0;
}

static int add_rule(struct table *t, char *text)
{
	char *path = text + strspn(text, "/"), *rest = path + strcspn(path, " \t\n");
	uint64_t uid = 0, gid = 0, mode = 0;
	struct rule *rule = erofs_arena_alloc(&t->arena, sizeof(*rule));
	int r;

	if (!rule)
		return -ENOMEM;
	rule->path = erofs_arena_string(&t->arena, path, (size_t)(rest - path));
	if (!rule->path)
		return -ENOMEM;
	if (!take_number(&rest, 10, UINT32_MAX - 1, &uid) || !take_number(&rest, 10, UINT32_MAX - 1, &gid) ||
	    !take_number(&rest, 8, 07777, &mode))
		return fail_line(t, "not a path, user, group and mode");
	rule->uid = (uint32_t)uid;
	rule->gid = (uint32_t)gid;
	rule->mode = (uint16_t)mode;
	r = take_words(t, rest, rule);
	/* The first line of a path counts. */
	if (r < 0 || erofs_table_find(&t->rules, erofs_hash_bytes(rule->path, strlen(rule->path)), rule->path))
		return r;
	return erofs_table_add(&t->rules, erofs_hash_bytes(rule->path, strlen(rule->path)), rule);
}

static bool is_blank(const char *text)
{
	return *text == '#' || !text[strspn(text, " \t\n")];
}

static int read_table(struct table *t)
{
	auto_of(file) FILE *in = fopen(t->loader->options->fs_config_file, "re");
	char text[LINE_BYTES];
	int r = 0;

	if (!in)
		return erofs_fail_errno(t->loader->tree->report, -errno, "%s: cannot open", t->file);
	while (r == 0 && fgets(text, sizeof(text), in)) {
		t->line++;
		if (!strchr(text, '\n') && !feof(in))
			return fail_line(t, "too long");
		if (!is_blank(text))
			r = add_rule(t, text);
	}
	if (r == 0 && ferror(in))
		return erofs_fail_errno(t->loader->tree->report, -EIO, "%s: cannot read", t->file);
	return r;
}

/* ---- applying ---- */

/* "MOUNT/PATH" without slashes at either end. */
static int set_path(struct table *t, const struct erofs_node *node)
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

static int apply(struct table *t, struct erofs_node *node)
{
	char printable[EROFS_PRINTABLE_SIZE];
	const struct rule *rule;
	int r = set_path(t, node);

	if (r < 0)
		return r;
	rule = erofs_table_find(&t->rules, erofs_hash_bytes(t->path, strlen(t->path)), t->path);
	if (!rule)
		return erofs_fail(t->loader->tree->report, -ENOENT, "%s: nothing about \"%s\"", t->file,
			erofs_printable(t->path, strlen(t->path), printable, sizeof(printable)));
	node->uid = rule->uid;
	node->gid = rule->gid;
	node->mode = (uint16_t)((node->mode & S_IFMT) | rule->mode);
	return set_capabilities(t->loader, node, rule->capabilities);
}

int erofs_fs_config_apply(struct erofs_loader *loader)
{
	const char *file = loader->options->fs_config_file;
	char printable[EROFS_PRINTABLE_SIZE];
	struct table t = { .loader = loader };
	int r;

	if (!file)
		return 0;
	t.file = erofs_printable(file, strlen(file), printable, sizeof(printable));
	erofs_arena_init(&t.arena);
	erofs_table_init(&t.rules, same_path);
	r = read_table(&t);
	for (uint32_t i = 0; r == 0 && i < loader->tree->node_count; i++)
		r = apply(&t, loader->tree->nodes[i]);
	free(t.path);
	erofs_table_fini(&t.rules);
	erofs_arena_fini(&t.arena);
	return r;
}
