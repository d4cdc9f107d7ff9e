/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words that several actions print: names, types, times. */
#include "dump.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

int dump_print_escaped(const char *bytes, FILE *out)
{
	char *text = erofs_text_escape(bytes);

	if (!text)
		return -ENOMEM;
	fputs(text, out);
	free(text);
	return 0;
}

void dump_print_name(const char *bytes)
{
	if (!isatty(STDOUT_FILENO))
		fputs(bytes, stdout);
	else if (dump_print_escaped(bytes, stdout) < 0)
		fputs("(out of memory)", stdout);
}

void dump_print_top(uint64_t count, uint64_t top, const char *what, FILE *out)
{
	if (top && top < count)
		fprintf(out, "\nlargest %" PRIu64 " of %" PRIu64 " %s (--top=0 shows all):\n", top, count, what);
	else if (count)
		fprintf(out, "\n%" PRIu64 " %s:\n", count, what);
}

const char *dump_type_name(enum erofs_file_type type)
{
	static const char *const names[] = {
		[EROFS_TYPE_UNKNOWN] = "unknown type",
		[EROFS_TYPE_REGULAR] = "regular file",
		[EROFS_TYPE_DIRECTORY] = "directory",
		[EROFS_TYPE_CHAR] = "char dev",
		[EROFS_TYPE_BLOCK] = "block dev",
		[EROFS_TYPE_FIFO] = "FIFO file",
		[EROFS_TYPE_SOCKET] = "SOCK file",
		[EROFS_TYPE_SYMLINK] = "symlink file",
	};

	return names[(unsigned int)type <= EROFS_TYPE_SYMLINK ? type : EROFS_TYPE_UNKNOWN];
}

/* Beyond what the calendar of this machine reaches: the number itself. */
static bool local_time(int64_t seconds, struct tm *ret, char *text, size_t size)
{
	time_t when = (time_t)seconds;

	if (when == seconds && localtime_r(&when, ret))
		return true;
	snprintf(text, size, "@%" PRId64, seconds);
	return false;
}

void dump_format_created(int64_t seconds, char *ret, size_t size)
{
	struct tm tm;

	if (local_time(seconds, &tm, ret, size) && !strftime(ret, size, "%a %b %e %H:%M:%S %Y", &tm))
		ret[0] = '\0';
}

void dump_format_mtime(int64_t seconds, char *ret, size_t size)
{
	struct tm tm;

	if (local_time(seconds, &tm, ret, size) && !strftime(ret, size, "%Y-%m-%d %H:%M:%S", &tm))
		ret[0] = '\0';
}
