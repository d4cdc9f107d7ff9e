/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a shell cannot ask of a mount:
 *   probe dirs DIRECTORY N   holds N open directories that were begun to be read, until standard input ends
 *   probe seek DIRECTORY     goes back to every name by its offset, the last first
 *   probe holes FILE         prints where data begins and ends, "FROM-TO" each, as lseek(2) tells
 * Prints "ready" when N are open, and what is wrong. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int fail(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	return 1;
}

static int hold(const char *path, int count)
{
	DIR **dirs = calloc((size_t)count, sizeof(*dirs));
	int r = dirs ? 0 : fail("memory"), n = 0;

	while (r == 0 && n < count) {
		dirs[n] = opendir(path);
		r = dirs[n] ? 0 : fail(path);
		if (r == 0 && !readdir(dirs[n++]))
			r = fail(path);
	}
	if (r == 0)
		puts("ready");
	fflush(stdout);
	while (r == 0 && getchar() != EOF)
		;
	while (n > 0)
		closedir(dirs[--n]);
	free(dirs);
	return r;
}

#define NAMES 70000

static int seek(const char *path)
{
	static long offsets[NAMES];
	static ino_t numbers[NAMES];
	DIR *dir = opendir(path);
	struct dirent *entry;
	int count = 0;

	if (!dir)
		return fail(path);
	for (; count < NAMES; count++) {
		offsets[count] = telldir(dir);
		entry = readdir(dir);
		if (!entry)
			break;
		numbers[count] = entry->d_ino;
	}
	for (int i = count - 1; i >= 0; i -= i < 300 ? 1 : 97) {
		seekdir(dir, offsets[i]);
		entry = readdir(dir);
		if (!entry || entry->d_ino != numbers[i]) {
			fprintf(stderr, "%s: another name at offset %ld\n", path, offsets[i]);
			return 1;
		}
	}
	closedir(dir);
	printf("%d names\n", count);
	return 0;
}

static int print_holes(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	off_t from, to = 0;

	if (fd < 0)
		return fail(path);
	while ((from = lseek(fd, to, SEEK_DATA)) >= 0) {
		to = lseek(fd, from, SEEK_HOLE);
		if (to <= from)
			return fail(path);
		printf("%lld-%lld\n", (long long)from, (long long)to);
	}
	return errno == ENXIO ? 0 : fail(path);
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "dirs"))
		return hold(argv[2], atoi(argv[3]));
	if (argc == 3 && !strcmp(argv[1], "seek"))
		return seek(argv[2]);
	if (argc == 3 && !strcmp(argv[1], "holes"))
		return print_holes(argv[2]);
	return 2;
}
