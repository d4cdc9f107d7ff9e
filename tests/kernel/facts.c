/* SPDX-License-Identifier: GPL-2.0-or-later */
/* facts DIRECTORY: prints all that a file system shows of a tree, one line for each name, so that two of
 * them can be compared. Nothing of it comes from the library under test but the digest. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/digest.h"

#define LINKS_SIZE (1u << 20)
#define VALUE_SIZE (1u << 16)

/* The first path of each inode with several names, in a table by inode number. */
struct first_name {
	ino_t inode;
	char *path;
};

struct facts {
	struct first_name *links;
	struct erofs_digest *digest;
	char *buffer, *names, *value;
};

static void die(const char *path, const char *what)
{
	fprintf(stderr, "facts: %s: %s: %s\n", path, what, strerror(errno));
	exit(1);
}

static void print_escaped(const char *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		unsigned char c = (unsigned char)bytes[i];

		if (c > ' ' && c < 0x7f && c != '\\')
			putchar(c);
		else
			printf("\\%02x", c);
	}
}

static void print_content(struct facts *f, int at, const char *name, const char *path)
{
	uint8_t digest[EROFS_DIGEST_MAX_BYTES];
	int fd = openat(at, name, O_RDONLY | O_NOFOLLOW);
	ssize_t n;

	if (fd < 0 || erofs_digest_start(f->digest) < 0)
		die(path, "open");
	while ((n = read(fd, f->buffer, VALUE_SIZE)) > 0)
		if (erofs_digest_update(f->digest, f->buffer, (size_t)n) < 0)
			die(path, "hash");
	if (n < 0 || erofs_digest_finish(f->digest, digest) < 0)
		die(path, "read");
	close(fd);
	putchar(' ');
	for (int i = 0; i < 32; i++)
		printf("%02x", digest[i]);
}

static int compare_strings(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void print_xattrs(struct facts *f, const char *path)
{
	char *sorted[1024];
	size_t count = 0;
	ssize_t n = llistxattr(path, f->names, VALUE_SIZE);

	if (n < 0 && errno != ENOTSUP)
		die(path, "list xattrs");
	for (char *p = f->names; n > 0 && p < f->names + n && count < 1024; p += strlen(p) + 1)
		sorted[count++] = p;
	qsort(sorted, count, sizeof(*sorted), compare_strings);
	for (size_t i = 0; i < count; i++) {
		ssize_t size = lgetxattr(path, sorted[i], f->value, VALUE_SIZE);

		if (size < 0)
			die(path, sorted[i]);
		printf(" %s=", sorted[i]);
		print_escaped(f->value, (size_t)size);
	}
}

static void print_link(struct facts *f, const struct stat *st, const char *path)
{
	size_t i = (size_t)st->st_ino % LINKS_SIZE;

	if (st->st_nlink < 2 || S_ISDIR(st->st_mode))
		return;
	while (f->links[i].path && f->links[i].inode != st->st_ino)
		i = (i + 1) % LINKS_SIZE;
	if (!f->links[i].path)
		f->links[i] = (struct first_name){ st->st_ino, strdup(path) };
	fputs(" as ", stdout);
	print_escaped(f->links[i].path, strlen(f->links[i].path));
}

static void print_node(struct facts *f, int at, const char *name, const char *path,
	const struct stat *st)
{
	char target[4097];
	ssize_t n;

	print_escaped(path, strlen(path));
	printf(" %o %u:%u %" PRIdMAX ".%09ld", st->st_mode, st->st_uid, st->st_gid,
		(intmax_t)st->st_mtim.tv_sec, st->st_mtim.tv_nsec);
	if (!S_ISDIR(st->st_mode))
		printf(" %ju %jd", (uintmax_t)st->st_nlink, (intmax_t)st->st_size);
	if (S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode))
		printf(" %u:%u", major(st->st_rdev), minor(st->st_rdev));
	if (S_ISREG(st->st_mode))
		print_content(f, at, name, path);
	if (S_ISLNK(st->st_mode)) {
		n = readlinkat(at, name, target, sizeof(target));
		if (n < 0)
			die(path, "read link");
		fputs(" -> ", stdout);
		print_escaped(target, (size_t)n);
	}
	print_link(f, st, path);
	print_xattrs(f, path);
	putchar('\n');
}

static void walk(struct facts *f, int at, const char *path);

static char **list_names(DIR *dir, size_t *ret_count)
{
	char **names = NULL;
	size_t count = 0, capacity = 0;
	struct dirent *ent;

	while ((ent = readdir(dir))) {
		if (!strcmp(ent->d_name, ".") || !strcmp(ent->d_name, ".."))
			continue;
		if (count == capacity) {
			capacity = capacity ? 2 * capacity : 64;
			names = realloc(names, capacity * sizeof(*names));
		}
		if (!names || !(names[count++] = strdup(ent->d_name)))
			die(ent->d_name, "memory");
	}
	if (count)
		qsort(names, count, sizeof(*names), compare_strings);
	*ret_count = count;
	return names;
}

static void visit(struct facts *f, int dir, const char *path, const char *name)
{
	char *below;
	struct stat st;

	if (asprintf(&below, "%s/%s", path, name) < 0)
		die(path, "memory");
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		die(below, "stat");
	print_node(f, dir, name, below, &st);
	if (S_ISDIR(st.st_mode)) {
		int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);

		if (fd < 0)
			die(below, "open");
		walk(f, fd, below);
	}
	free(below);
}

/* Takes over the descriptor @at. */
static void walk(struct facts *f, int at, const char *path)
{
	DIR *dir = fdopendir(at);
	size_t count;
	char **names;

	if (!dir)
		die(path, "read");
	names = list_names(dir, &count);
	for (size_t i = 0; i < count; i++) {
		visit(f, dirfd(dir), path, names[i]);
		free(names[i]);
	}
	free(names);
	closedir(dir);
}

int main(int argc, char **argv)
{
	struct facts f = { .links = calloc(LINKS_SIZE, sizeof(*f.links)),
		.buffer = malloc(VALUE_SIZE), .names = malloc(VALUE_SIZE), .value = malloc(VALUE_SIZE) };
	struct stat st;

	if (argc != 2 || chdir(argv[1]) < 0 || stat(".", &st) < 0)
		die(argc > 1 ? argv[1] : "facts", "usage: facts DIRECTORY");
	if (!f.links || !f.buffer || !f.names || !f.value ||
	    erofs_digest_new(EROFS_DIGEST_SHA256, &f.digest) < 0)
		die(argv[1], "memory");
	print_node(&f, AT_FDCWD, ".", ".", &st);
	walk(&f, open(".", O_RDONLY | O_DIRECTORY), ".");
	erofs_digest_free(f.digest);
	for (size_t i = 0; i < LINKS_SIZE; i++)
		free(f.links[i].path);
	free(f.links);
	free(f.buffer);
	free(f.names);
	free(f.value);
	return fflush(stdout) == 0 ? 0 : 1;
}
