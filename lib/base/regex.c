/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* The C library does the work; this is how its refusals are told, and what it is not asked: it recurses into
 * parentheses, and copies what is repeated. */
#include "base/regex.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/report.h"

#define MAX_DEPTH 100u
/* What the expression has when repetitions are written out, and one repetition of it: of these the C library
 * follows every way through. */
#define MAX_ATOMS 8192u
#define MAX_COPIED 2048u

struct measure {
	uint32_t atoms[MAX_DEPTH + 1]; /* of the groups that are open */
	uint32_t depth;
	uint32_t last;	/* of the last atom or group, with its repetitions, which another one is about */
	bool repeated;	/* it is one already */
};

/* The end of the list of characters at @p. */
static const char *end_of_list(const char *p)
{
	/* The first character does not end the list, not even behind a "^". */
	p += p[1] == '^' ? 2 : 1;
	if (*p)
		p++;
	while (*p && *p != ']')
		p += p[0] == '[' && p[1] && strchr(":.=", p[1]) && strstr(p + 2, "]") ?
			     (size_t)(strstr(p + 2, "]") - p) + 1 : 1;
	return *p ? p : p - 1;
}

/* How often what is repeated at @p is copied: the larger number of "{n,m}", and one more where there is no end. */
static uint32_t copies_at(const char *p)
{
	unsigned long low, high;
	char *end;

	if (*p != '{')
		return *p == '+' ? 2 : 1;
	low = strtoul(p + 1, &end, 10);
	high = *end == ',' ? strtoul(end + 1, NULL, 10) : 0;
	if (low > MAX_ATOMS || high > MAX_ATOMS)
		return MAX_ATOMS;
	return (uint32_t)(low > high ? low : high) + 1;
}

static bool add(struct measure *m, uint64_t atoms)
{
	uint64_t sum = m->atoms[m->depth] + atoms;

	m->atoms[m->depth] = sum > MAX_ATOMS ? MAX_ATOMS + 1 : (uint32_t)sum;
	return sum <= MAX_ATOMS;
}

static bool take_atom(struct measure *m)
{
	m->last = 1;
	m->repeated = false;
	return add(m, 1);
}

/* False when it is too much. */
static bool take(struct measure *m, const char *p)
{
	uint64_t copies;

	switch (*p) {
	case '(':
		if (m->depth == MAX_DEPTH)
			return false;
		m->atoms[++m->depth] = 0;
		return true;
	case ')':
		if (!m->depth)
			return take_atom(m);
		m->last = m->atoms[m->depth--] + 1;
		m->repeated = false;
		return add(m, m->last);
	case '*':
	case '?':
	case '+':
	case '{':
		/* "a++" has as many ways through as it has atoms, for each. */
		copies = (uint64_t)copies_at(p) * (m->repeated ? 8 : 1);
		if (copies * m->last > MAX_COPIED || !add(m, (copies - 1) * m->last))
			return false;
		m->last *= (uint32_t)copies;
		m->repeated = true;
		return true;
	default:
		return take_atom(m);
	}
}

/* The last character of what begins at @p. */
static const char *last_of(const char *p)
{
	const char *end;

	if (*p == '[')
		return end_of_list(p);
	end = *p == '{' ? strchr(p, '}') : NULL;
	return end ? end : p;
}

/* Why the C library is not asked, or NULL. Back-references, which it takes for what POSIX does not have, are searched
 * for in every way that there is: some need more steps than the length of a path to the tenth power. */
static const char *find_fault(const char *pattern)
{
	static const char too_much[] = "too deep or too large";
	struct measure m = { .last = 1 };

	for (const char *p = pattern; *p; p++) {
		bool escapes = *p == '\\' && p[1];

		if (escapes && p[1] >= '1' && p[1] <= '9')
			return "back-references are not supported";
		if (!(escapes ? take_atom(&m) : take(&m, p)))
			return too_much;
		p = escapes ? p + 1 : last_of(p);
	}
	return NULL;
}

int erofs_regex_compile(const char *pattern, const char *where, const struct erofs_report *report,
	regex_t *ret)
{
	const char *fault = find_fault(pattern);
	char reason[128];
	int code;

	if (!fault) {
		code = regcomp(ret, pattern, REG_EXTENDED | REG_NOSUB);
		if (!code)
			return 0;
		regerror(code, ret, reason, sizeof(reason));
		fault = reason;
	}
	return erofs_fail(report, -EINVAL, "%sinvalid regular expression \"%s\": %s", where, pattern, fault);
}
