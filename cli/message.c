/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a program itself has to say on stderr, in the form of the library's messages; and whether what it
 * printed has arrived. */
#include "cli/cli.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* To be freed; NULL when out of memory. */
__attribute__((format(printf, 1, 0)))
static char *make_line(const char *format, va_list args)
{
	char *raw, *line;
	int bytes = vasprintf(&raw, format, args);

	if (bytes < 0)
		return NULL;
	if (bytes && raw[bytes - 1] == '\n')
		raw[bytes - 1] = '\0';
	line = erofs_text_escape(raw);
	free(raw);
	return line;
}

__attribute__((format(printf, 2, 0)))
static void print_line(const char *who, const char *format, va_list args)
{
	char *line = make_line(format, args);

	fprintf(stderr, "%s: %s\n", who, line ? line : "out of memory");
	free(line);
}

void cli_say(const struct erofs_report *report, enum erofs_level level, const char *format, ...)
{
	va_list args;
	char *line;

	va_start(args, format);
	line = make_line(format, args);
	va_end(args);
	report->message(report->user, level, line ? line : "out of memory");
	free(line);
}

void cli_print(const char *format, ...)
{
	va_list args;
	char *line;

	va_start(args, format);
	line = make_line(format, args);
	va_end(args);
	puts(line ? line : "out of memory");
	free(line);
}

int cli_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_line("<E> erofs", format, args);
	va_end(args);
	return CLI_FAILED;
}

void cli_warning(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_line("<W> erofs", format, args);
	va_end(args);
}

void cli_relay(enum erofs_level level, const char *format, va_list args)
{
	static const char *const who[] = {
		[EROFS_LEVEL_ERROR] = "<E> erofs",
		[EROFS_LEVEL_WARNING] = "<W> erofs",
		[EROFS_LEVEL_INFO] = "<I> erofs",
		[EROFS_LEVEL_DEBUG] = "<D> erofs",
	};

	print_line(who[level], format, args);
}

int cli_refuse(const struct cli_program *program, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_line(program->name, format, args);
	va_end(args);
	return CLI_FAILED;
}

int cli_usage_error(const struct cli_program *program, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_line(program->name, format, args);
	va_end(args);
	fprintf(stderr, "Try '%s --help' for more information.\n", program->name);
	return program->usage_status;
}

int cli_out_of_memory(void)
{
	return cli_error("out of memory");
}

int cli_write_error(void)
{
	return errno ? cli_error("cannot write to standard output: %s", strerror(errno)) :
		       cli_error("cannot write to standard output");
}

int cli_flush_stdout(int status)
{
	errno = 0;
	if ((!fflush(stdout) && !ferror(stdout)) || status != CLI_OK)
		return status;
	return cli_write_error();
}

int cli_write_piece(void *user, const void *bytes, uint64_t size)
{
	static const char zeros[65536];

	(void)user;
	if (bytes)
		return fwrite(bytes, 1, (size_t)size, stdout) == size ? 0 : -EIO;
	while (size) {
		size_t n = size < sizeof(zeros) ? (size_t)size : sizeof(zeros);

		if (fwrite(zeros, 1, n, stdout) != n)
			return -EIO;
		size -= n;
	}
	return 0;
}
