/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* The table is read as a whole; paths in it may begin with a slash, and the root's may be empty. */
#include "tree/fs_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/report.h"
#include "base/table.h"

#define LINE_BYTES 8192

struct erofs_fs_table {
	const struct erofs_report *report;
	const char *name;		/* for messages, while it is read */
	unsigned long line;
	struct erofs_arena arena;
	struct erofs_table rules;
};

DEFINE_AUTO(fs_table, struct erofs_fs_table *, erofs_fs_table_free)

static bool same_path(const void *entry, const void *key)
{
	return !strcmp(((const struct erofs_fs_rule *)entry)->path, key);
}

static int fail_line(const struct erofs_fs_table *t, const char *what)
{
	return erofs_fail(t->report, -EINVAL, "%s: line %lu: %s", t->name, t->line, what);
}

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
static int take_words(const struct erofs_fs_table *t, char *text, struct erofs_fs_rule *rule)
{
	static const char key[] = "capabilities=";

	char *state;

	for (char *word = strtok_r(text, " \t\n", &state); word; word = strtok_r(NULL, " \t\n", &state)) {
		char *value = word + sizeof(key) - 1;

		if (strncmp(word, key, sizeof(key) - 1))
			continue;
		if (!take_number(&value, 0, UINT64_MAX, &rule->capabilities))
			return fail_line(t, "invalid capabilities");
	}
	return 0;
}

static int add_rule(struct erofs_fs_table *t, char *text)
{
	char *path = text + strspn(text, "/"), *rest = path + strcspn(path, " \t\n");
	uint64_t uid = 0, gid = 0, mode = 0;
	struct erofs_fs_rule *rule = erofs_arena_alloc(&t->arena, sizeof(*rule));
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

static int read_lines(struct erofs_fs_table *t, FILE *in)
{
	char text[LINE_BYTES];
	int r = 0;

	while (r == 0 && fgets(text, sizeof(text), in)) {
		t->line++;
		if (!strchr(text, '\n') && !feof(in))
			return fail_line(t, "too long");
		if (!is_blank(text))
			r = add_rule(t, text);
	}
	if (r == 0 && ferror(in))
		return erofs_fail_errno(t->report, -EIO, "%s: cannot read", t->name);
	return r;
}

int erofs_fs_table_read(FILE *in, const char *name, const struct erofs_report *report,
	struct erofs_fs_table **ret)
{
	auto_of(fs_table) struct erofs_fs_table *t = calloc(1, sizeof(*t));
	int r;

	if (!t)
		return -ENOMEM;
	t->report = report;
	t->name = name;
	erofs_arena_init(&t->arena);
	erofs_table_init(&t->rules, same_path);
	r = read_lines(t, in);
	if (r < 0)
		return r;
	*ret = take(&t);
	return 0;
}

void erofs_fs_table_free(struct erofs_fs_table *table)
{
	if (!table)
		return;
	erofs_table_fini(&table->rules);
	erofs_arena_fini(&table->arena);
	free(table);
}

const struct erofs_fs_rule *erofs_fs_table_find(const struct erofs_fs_table *table, const char *path)
{
	return erofs_table_find(&table->rules, erofs_hash_bytes(path, strlen(path)), path);
}
