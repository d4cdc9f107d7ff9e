/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Reading compress hints, and asking them. */
#include "plan/hints.h"

#include <errno.h>
#include <inttypes.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/regex.h"
#include "base/report.h"

#define HINTS_MAX_BYTES (1u << 20)
#define BLANKS " \t\r"

struct rule {
	regex_t regex;
	struct plan_choice choice;
};

struct plan_hints {
	struct rule *rules;
	size_t count, capacity;
	char *path;		/* of the file asked about last */
	size_t path_capacity;
};

void erofs_plan_hints_free(struct plan_hints *hints)
{
	if (!hints)
		return;
	for (size_t i = 0; i < hints->count; i++)
		regfree(&hints->rules[i].regex);
	free(hints->rules);
	free(hints->path);
	free(hints);
}

/* ---- one line ---- */

struct line {
	struct erofs_plan *plan;
	unsigned int number;
	char where[64];		/* goes before messages */
	char *rest;		/* not yet taken */
};

/* The next word of the line, "" at its end. */
static char *next_word(struct line *line)
{
	char *word = line->rest + strspn(line->rest, BLANKS);
	size_t length = strcspn(word, BLANKS);

	line->rest = word + length;
	if (*line->rest)
		*line->rest++ = '\0';
	return word;
}

static int parse_pcluster(const struct line *line, const char *word, uint32_t *ret)
{
	char *end;
	unsigned long long bytes;

	errno = 0;
	bytes = strtoull(word, &end, 0);
	if (errno || *end || end == word || *word == '-' || bytes > UINT32_MAX)
		return erofs_fail(line->plan->report, -EINVAL, "%sinvalid physical clustersize %s",
			line->where, word);
	*ret = (uint32_t)bytes;
	return 0;
}

static int parse_encoder(const struct line *line, const char *word, uint8_t *ret)
{
	char *end;
	unsigned long number;

	errno = 0;
	number = strtoul(word, &end, 10);
	if (errno || *end || *word == '-' || number >= line->plan->opt.compression_count)
		return erofs_fail(line->plan->report, -EINVAL,
			"invalid compressing configuration \"%s\" at line %u",
			word, line->number);
	*ret = (uint8_t)number;
	return 0;
}

/* Takes the rule apart: with three parts the last is everything that is left, blanks and all. */
static int parse_rule(struct line *line, struct plan_choice *ret, const char **ret_pattern)
{
	int r = parse_pcluster(line, next_word(line), &ret->pcluster_bytes);
	char *word, *more;

	if (r < 0)
		return r;
	word = next_word(line);
	more = line->rest + strspn(line->rest, BLANKS);
	if (!*word)
		return erofs_fail(line->plan->report, -EINVAL, "cannot find a match pattern at line %u",
			line->number);
	*ret_pattern = *more ? more : word;
	return *more ? parse_encoder(line, word, &ret->encoder) : 0;
}

static int add_rule(struct line *line, const struct plan_choice *choice, const char *pattern)
{
	struct plan_hints *hints = line->plan->hints;
	struct rule *rule;
	int r;

	if (hints->count == hints->capacity) {
		size_t capacity = 2 * hints->capacity + 16;
		struct rule *rules = realloc(hints->rules, capacity * sizeof(*rules));

		if (!rules)
			return erofs_fail_errno(line->plan->report, -ENOMEM, "%zu compress hints", capacity);
		hints->rules = rules;
		hints->capacity = capacity;
	}
	rule = &hints->rules[hints->count];
	rule->choice = *choice;
	r = erofs_regex_compile(pattern, line->where, line->plan->report, &rule->regex);
	hints->count += r == 0;
	return r;
}

static void raise_max(struct erofs_plan *plan, uint32_t pcluster_bytes)
{
	if (pcluster_bytes <= plan->compression.max_pcluster_bytes)
		return;
	plan->compression.max_pcluster_bytes = pcluster_bytes;
	erofs_say(plan->report, EROFS_LEVEL_WARNING, "update max pclustersize to %" PRIu32 " blocks",
		pcluster_bytes >> plan->block_bits);
}

static int read_line(struct line *line)
{
	struct erofs_plan *plan = line->plan;
	struct plan_choice choice = { 0 };
	const char *pattern = NULL;
	int r;

	snprintf(line->where, sizeof(line->where), "compress hints, line %u: ", line->number);
	line->rest += strspn(line->rest, BLANKS);
	if (!*line->rest || *line->rest == '#')
		return 0;
	r = parse_rule(line, &choice, &pattern);
	if (r == 0 && choice.pcluster_bytes & (plan->block_size - 1)) {
		erofs_say(plan->report, EROFS_LEVEL_WARNING, "%sphysical clusters of %" PRIu32
			" bytes are not a multiple of the block size: rule ignored", line->where,
			choice.pcluster_bytes);
		return 0;
	}
	if (r == 0)
		r = erofs_plan_check_choice(plan, &choice, line->where);
	if (r == 0)
		r = add_rule(line, &choice, pattern);
	if (r == 0)
		raise_max(plan, choice.pcluster_bytes);
	return r;
}

/* ---- the file ---- */

/* All of the file and a NUL, in @buffer of HINTS_MAX_BYTES + 1. */
static int read_text(const struct erofs_plan *plan, char *buffer)
{
	const char *path = plan->opt.compress_hints;
	FILE *file = fopen(path, "re");
	size_t size;
	int error;

	if (!file)
		return erofs_fail_errno(plan->report, -errno, "failed to load compress hints %s", path);
	size = fread(buffer, 1, HINTS_MAX_BYTES + 1, file);
	error = ferror(file) ? errno : 0;
	fclose(file);
	if (error)
		return erofs_fail_errno(plan->report, -error, "failed to load compress hints %s", path);
	if (size > HINTS_MAX_BYTES)
		return erofs_fail(plan->report, -EFBIG, "failed to load compress hints %s: more than %u bytes",
			path, HINTS_MAX_BYTES);
	if (memchr(buffer, '\0', size))
		return erofs_fail(plan->report, -EINVAL, "failed to load compress hints %s: not a text", path);
	buffer[size] = '\0';
	return 0;
}

int erofs_plan_hints_parse(struct erofs_plan *plan, char *text)
{
	struct line line = { .plan = plan };
	char *next = text;
	int r = 0;

	plan->hints = calloc(1, sizeof(*plan->hints));
	if (!plan->hints)
		return erofs_fail_errno(plan->report, -ENOMEM, "compress hints");
	while (r == 0 && next) {
		line.number++;
		line.rest = strsep(&next, "\n");
		r = read_line(&line);
	}
	return r;
}

int erofs_plan_hints_load(struct erofs_plan *plan)
{
	auto_free char *text = malloc(HINTS_MAX_BYTES + 1);
	int r;

	if (!text)
		return erofs_fail_errno(plan->report, -ENOMEM, "compress hints");
	r = read_text(plan, text);
	return r < 0 ? r : erofs_plan_hints_parse(plan, text);
}

/* ---- matching ---- */

static int get_path(struct plan_hints *hints, const struct erofs_node *node)
{
	size_t needed = erofs_node_path_bytes(node) + 1;

	if (needed > hints->path_capacity) {
		char *path = realloc(hints->path, 2 * needed);

		if (!path)
			return -ENOMEM;
		hints->path = path;
		hints->path_capacity = 2 * needed;
	}
	erofs_node_path(node, hints->path, hints->path_capacity);
	return 0;
}

int erofs_plan_hints_match(struct plan_hints *hints, const struct erofs_node *node,
	struct plan_choice *ret)
{
	int r = get_path(hints, node);

	if (r < 0)
		return r;
	for (size_t i = 0; i < hints->count; i++) {
		/* Expressions do not know the slash of the root. */
		if (regexec(&hints->rules[i].regex, hints->path + 1, 0, NULL, 0))
			continue;
		*ret = hints->rules[i].choice;
		break;
	}
	return 0;
}
