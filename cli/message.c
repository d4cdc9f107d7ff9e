/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a program itself has to say on stderr, in the form of the library's messages; and whether what it
 * printed has arrived. */
#include "cli/cli.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

int cli_error(const char *format, ...)
{
	va_list args;

	flockfile(stderr);
	fputs("<E> erofs: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	funlockfile(stderr);
	return CLI_FAILED;
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
