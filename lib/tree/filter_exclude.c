/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Exact paths in a table, regular expressions one after the other. */
#include "tree/filter_exclude.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/regex.h"
#include "base/table.h"

struct erofs_excludes {
	struct erofs_table paths;
	size_t regex_count;
	regex_t regexes[];
};

DEFINE_AUTO(excludes, struct erofs_excludes *, erofs_excludes_free)

static bool same_path(const void *entry, const void *key)
{
	return !strcmp(entry, key);
}

static int add_path(struct erofs_excludes *excludes, const char *path)
{
	uint64_t hash = erofs_hash_bytes(path, strlen(path));

	if (erofs_table_find(&excludes->paths, hash, path))
		return 0;
	/* The table hands entries back writable; nobody writes to this one. */
	return erofs_table_add(&excludes->paths, hash, (void *)(uintptr_t)path);
}

static int add_regex(struct erofs_excludes *excludes, const char *pattern,
	const struct erofs_report *report)
{
	int r = erofs_regex_compile(pattern, "", report, &excludes->regexes[excludes->regex_count]);

	if (r == 0)
		excludes->regex_count++;
	return r;
}

int erofs_excludes_new(const struct erofs_tree_options *options, const struct erofs_report *report,
	struct erofs_excludes **ret)
{
	auto_of(excludes) struct erofs_excludes *excludes = NULL;
	int r = 0;

	excludes = calloc(1, sizeof(*excludes) + options->exclude_regex_count * sizeof(regex_t));
	if (!excludes)
		return -ENOMEM;
	erofs_table_init(&excludes->paths, same_path);
	for (size_t i = 0; r == 0 && i < options->exclude_path_count; i++)
		r = add_path(excludes, options->exclude_paths[i]);
	for (size_t i = 0; r == 0 && i < options->exclude_regex_count; i++)
		r = add_regex(excludes, options->exclude_regexes[i], report);
	if (r < 0)
		return r;
	*ret = take(&excludes);
	return 0;
}

void erofs_excludes_free(struct erofs_excludes *excludes)
{
	if (!excludes)
		return;
	for (size_t i = 0; i < excludes->regex_count; i++)
		regfree(&excludes->regexes[i]);
	erofs_table_fini(&excludes->paths);
	free(excludes);
}

bool erofs_excludes_match(const struct erofs_excludes *excludes, const char *path)
{
	if (excludes->paths.used &&
	    erofs_table_find(&excludes->paths, erofs_hash_bytes(path, strlen(path)), path))
		return true;
	for (size_t i = 0; i < excludes->regex_count; i++)
		if (!regexec(&excludes->regexes[i], path, 0, NULL, 0))
			return true;
	return false;
}
