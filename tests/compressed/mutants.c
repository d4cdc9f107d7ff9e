/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mutants IMAGE COUNT SEED [KEEP-AS]: damages a copy of an image COUNT times and checks and reads all
 * there is in each. A mutant may be refused, give errors or other bytes; it must not crash, take more
 * than 5 seconds of computing or 256 MiB. Each is read in a process of its own, which a sanitizer's
 * complaint ends as well. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <erofs/check.h>
#include <erofs/data.h>
#include <erofs/walk.h>
#include <erofs/xattr.h>

#define MAX_SECONDS 5
#define MAX_WAIT 120 /* on a busy machine */
#define MAX_KIB (256 * 1024)

struct image {
	uint8_t *bytes;
	size_t size;
};

static uint64_t next_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

/* Where damage hurts: half of it goes where something is stored, the rest anywhere. */
static size_t pick_offset(const struct image *img, uint64_t *seed)
{
	size_t at = next_random(seed) % img->size;

	for (int i = 0; i < 64 && (*seed & 1) && !img->bytes[at]; i++)
		at = next_random(seed) % img->size;
	return at;
}

static void damage(struct image *img, uint64_t *seed)
{
	static const uint8_t extremes[] = { 0x00, 0xff, 0x7f, 0x80, 0x01 };
	uint64_t kind = next_random(seed) % 8;
	size_t at = pick_offset(img, seed);
	size_t n = next_random(seed) % 8 + 1;

	if (n > img->size - at)
		n = img->size - at;
	if (kind < 4)
		img->bytes[at] ^= (uint8_t)(1u << next_random(seed) % 8);
	else if (kind < 6)
		memset(img->bytes + at, extremes[next_random(seed) % sizeof(extremes)], n);
	else if (kind == 6)
		memmove(img->bytes + at, img->bytes + pick_offset(img, seed) / 2, n);
	else if (next_random(seed) % 4 == 0)
		img->size = at + 1;
	else
		img->bytes[at]++;
}

static int drop(void *user, const void *bytes, uint64_t size)
{
	volatile uint8_t *sum = user;

	/* Every byte that is handed out has to be there. */
	for (uint64_t i = 0; bytes && i < size; i++)
		*sum = (uint8_t)(*sum + ((const uint8_t *)bytes)[i]);
	return 0;
}

static void read_xattrs(struct erofs_reader *rd, const struct erofs_inode *inode)
{
	struct erofs_xattrs *xattrs;
	struct erofs_xattr xattr;

	if (erofs_xattrs_open(rd, inode, &xattrs) < 0)
		return;
	while (erofs_xattrs_next(xattrs, &xattr) > 0)
		;
	erofs_xattrs_close(xattrs);
}

static int read_entry(void *user, const struct erofs_walk_entry *entry)
{
	struct erofs_reader *rd = user;
	uint64_t size = entry->inode->size_bytes;
	uint8_t buffer[100], sum = 0;
	char *target;

	read_xattrs(rd, entry->inode);
	if (S_ISLNK(entry->inode->mode) && erofs_symlink_read(rd, entry->inode, &target) == 0)
		free(target);
	if (!S_ISREG(entry->inode->mode))
		return 0;
	(void)erofs_data_stream(rd, entry->inode, drop, &sum);
	(void)erofs_data_read(rd, entry->inode, size / 2, buffer, sizeof(buffer));
	(void)erofs_data_read(rd, entry->inode, size - size / 8, buffer, sizeof(buffer));
	return 0;
}

static int go_on(void *user, const struct erofs_walk_entry *entry, int error)
{
	(void)user;
	(void)entry;
	(void)error;
	return 0;
}

/* What a reader does to an image, in a child process. */
static void read_all(const struct image *mutant)
{
	const struct erofs_image_options options = { .struct_size = sizeof(options),
		.ignore_checksum = true };
	const struct erofs_check_options check = { .struct_size = sizeof(check), .decode_data = true,
		.workers = 2 };
	struct erofs_walk_visitor visitor = { .entry = read_entry, .error = go_on };
	struct erofs_check_summary summary;
	struct erofs_image *img;
	struct erofs_reader *rd;

	if (erofs_image_open_memory(mutant->bytes, mutant->size, &options, NULL, &img) < 0)
		return;
	(void)erofs_check(img, &check, NULL, &summary);
	if (erofs_reader_new(img, &rd) == 0) {
		visitor.user = rd;
		(void)erofs_walk(rd, erofs_image_super(img)->root_nid, &visitor);
		erofs_reader_free(rd);
	}
	erofs_image_close(img);
}

static const char *judge(int status, const struct rusage *usage)
{
	if (WIFSIGNALED(status))
		return WTERMSIG(status) == SIGXCPU ? "takes more than 5 seconds" :
		       WTERMSIG(status) == SIGALRM ? "sleeps" :
						     "crashes the reader";
	if (WEXITSTATUS(status) != 0)
		return "makes the sanitizer complain";
#ifndef __SANITIZE_ADDRESS__ /* which has memory of its own */
	if (usage->ru_maxrss > MAX_KIB)
		return "takes more than 256 MiB";
#else
	(void)usage;
#endif
	return NULL;
}

/* Runs @work on @mutant in a child; what is wrong with that, or NULL. */
static const char *try(void (*work)(const struct image *), const struct image *mutant)
{
	const struct rlimit cpu = { MAX_SECONDS, MAX_SECONDS + 1 };
	struct rusage usage;
	int status;
	pid_t pid = fork();

	if (pid < 0)
		return "cannot be tried: no process";
	if (pid == 0) {
		alarm(MAX_WAIT);
		setrlimit(RLIMIT_CPU, &cpu);
		work(mutant);
		_exit(0);
	}
	if (wait4(pid, &status, 0, &usage) != pid)
		return "cannot be waited for";
	return judge(status, &usage);
}

static int load(const char *path, struct image *ret)
{
	FILE *file = fopen(path, "rb");
	struct stat st;
	int r = -1;

	if (!file)
		return -1;
	if (fstat(fileno(file), &st) == 0 && st.st_size > 0) {
		ret->size = (size_t)st.st_size;
		ret->bytes = malloc(ret->size);
		if (ret->bytes && fread(ret->bytes, 1, ret->size, file) == ret->size)
			r = 0;
	}
	fclose(file);
	return r;
}

/* Behaves as a reader must not. */
static void misbehave(const struct image *mutant)
{
	(void)mutant;
	signal(SIGABRT, SIG_DFL);
	abort();
}

/* Keeps a mutant that is a bug where it can be looked at. */
static void keep(const struct image *mutant, const char *path)
{
	FILE *file = fopen(path, "wb");

	if (!file)
		return;
	fwrite(mutant->bytes, 1, mutant->size, file);
	fclose(file);
}

int main(int argc, char **argv)
{
	unsigned long count = argc > 3 ? strtoul(argv[2], NULL, 0) : 0;
	unsigned long first = argc > 3 ? strtoul(argv[3], NULL, 0) : 0;
	const char *keep_as = argc > 4 ? argv[4] : NULL;
	struct image image = { 0 }, mutant;
	int bugs = 0;

	if (!count || load(argv[1], &image) < 0) {
		fprintf(stderr, "usage: mutants IMAGE COUNT SEED [KEEP-AS]\n");
		return 2;
	}
	mutant.bytes = malloc(image.size);
	if (!mutant.bytes || !try(misbehave, &image))
		return 2;
	for (unsigned long i = first; i < first + count; i++) {
		uint64_t seed = (i + 1) * 0x9e3779b97f4a7c15u;
		const char *bug;

		memcpy(mutant.bytes, image.bytes, image.size);
		mutant.size = image.size;
		for (uint64_t n = next_random(&seed) % 6 + 1; n; n--)
			damage(&mutant, &seed);
		bug = try(read_all, &mutant);
		if (!bug)
			continue;
		printf("%s: mutant %lu %s\n", argv[1], i, bug);
		if (keep_as)
			keep(&mutant, keep_as);
		bugs++;
	}
	free(mutant.bytes);
	free(image.bytes);
	return bugs ? 1 : 0;
}
