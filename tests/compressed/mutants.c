/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mutants IMAGE COUNT SEED [KEEP-AS [DIRECTORY]]: damages a copy of an image COUNT times and checks and reads all
 * there is in each. A mutant may be refused, give errors or other bytes; it must not crash, take more
 * than 5 seconds of computing or 256 MiB. Each is read in a process of its own, which a sanitizer's
 * complaint ends as well; two at a time. Prints what the worst of them took.
 * With DIRECTORY each is the source of an image there instead, which must be sound where there is one, with
 * all fingerprints true. */
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <erofs/build.h>
#include <erofs/check.h>
#include <erofs/data.h>
#include <erofs/walk.h>
#include <erofs/xattr.h>

#define MAX_SECONDS 5
#define MAX_WAIT 120 /* on a busy machine */
#define MAX_KIB (256 * 1024)
#define AT_ONCE 2

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

/* ---- mutants as sources ---- */

static const char *directory; /* for files of children; NULL = mutants are read */

static void require(bool fine, const char *what)
{
	if (fine)
		return;
	fprintf(stderr, "an image of a mutant %s\n", what);
	signal(SIGABRT, SIG_DFL);
	abort();
}

static void check_result(const char *path)
{
	const struct erofs_check_options check = { .struct_size = sizeof(check), .decode_data = true,
		.workers = 1 };
	const struct erofs_ishare_verify_options verify = { .struct_size = sizeof(verify), .workers = 1 };
	struct erofs_ishare_verify_summary tags;
	struct erofs_check_summary summary;
	struct erofs_image *img;

	require(erofs_image_open(path, NULL, NULL, &img) == 0, "cannot be opened");
	require(erofs_check(img, &check, NULL, &summary) == 0 && !summary.errors, "has errors");
	require(erofs_ishare_verify(img, &verify, NULL, &tags) == 0 && tags.verified == tags.files,
		"has a false fingerprint");
	erofs_image_close(img);
}

static void build_from(const char *source, const char *result)
{
	const struct erofs_tree_options options = { .struct_size = sizeof(options) };
	struct erofs_build_options build = { .struct_size = sizeof(build), .workers = 1,
		.ishare = EROFS_DIGEST_SHA256 };
	struct erofs_build_summary summary;
	struct erofs_tree *tree;
	int r;

	if (erofs_tree_load_images(&source, 1, &options, NULL, &tree) < 0)
		return;
	build.block_bits = erofs_tree_summary(tree)->block_bits;
	r = erofs_build(tree, &build, result, NULL, &summary);
	erofs_tree_free(tree);
	if (r == 0)
		check_result(result);
}

static void carry_over(const struct image *mutant)
{
	char source[4096], result[4096];
	FILE *file;

	snprintf(source, sizeof(source), "%s/%d.source", directory, (int)getpid());
	snprintf(result, sizeof(result), "%s/%d.result", directory, (int)getpid());
	file = fopen(source, "wb");
	if (file) {
		fwrite(mutant->bytes, 1, mutant->size, file);
		fclose(file);
		build_from(source, result);
	}
	unlink(source);
	unlink(result);
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

/* Starts @work on @mutant in a child. */
static pid_t start(void (*work)(const struct image *), const struct image *mutant)
{
	const struct rlimit cpu = { MAX_SECONDS, MAX_SECONDS + 1 };
	pid_t pid = fork();

	if (pid == 0) {
		alarm(MAX_WAIT);
		setrlimit(RLIMIT_CPU, &cpu);
		work(mutant);
		_exit(0);
	}
	return pid;
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

/* Mutant @number of @image, the same every time, into @ret, whose bytes have room for it. */
static void make_mutant(const struct image *image, unsigned long number, struct image *ret)
{
	uint64_t seed = (number + 1) * 0x9e3779b97f4a7c15u;

	memcpy(ret->bytes, image->bytes, image->size);
	ret->size = image->size;
	for (uint64_t n = next_random(&seed) % 6 + 1; n; n--)
		damage(ret, &seed);
}

struct run {
	const char *name, *keep_as;
	struct image image, mutant;
	struct {
		pid_t pid; /* 0 = free */
		unsigned long number;
	} slots[AT_ONCE];
	int bugs;
	long worst_ms, worst_kib;
};

static void note_cost(struct run *run, const struct rusage *usage)
{
	long ms = (usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * 1000 +
		  (usage->ru_utime.tv_usec + usage->ru_stime.tv_usec) / 1000;

	if (ms > run->worst_ms)
		run->worst_ms = ms;
	if (usage->ru_maxrss > run->worst_kib)
		run->worst_kib = usage->ru_maxrss;
}

/* Waits for one child and judges its mutant. False when there is none. */
static bool reap(struct run *run)
{
	struct rusage usage;
	int status;
	pid_t pid = wait4(-1, &status, 0, &usage);
	const char *bug;

	for (int i = 0; pid > 0 && i < AT_ONCE; i++) {
		if (run->slots[i].pid != pid)
			continue;
		run->slots[i].pid = 0;
		note_cost(run, &usage);
		bug = judge(status, &usage);
		if (!bug)
			break;
		printf("%s: mutant %lu %s\n", run->name, run->slots[i].number, bug);
		run->bugs++;
		make_mutant(&run->image, run->slots[i].number, &run->mutant);
		if (run->keep_as)
			keep(&run->mutant, run->keep_as);
	}
	return pid > 0;
}

static bool launch(struct run *run, unsigned long number)
{
	int slot = 0;

	while (slot < AT_ONCE && run->slots[slot].pid)
		slot++;
	if (slot == AT_ONCE)
		return reap(run) && launch(run, number);
	make_mutant(&run->image, number, &run->mutant);
	run->slots[slot].number = number;
	run->slots[slot].pid = start(directory ? carry_over : read_all, &run->mutant);
	return run->slots[slot].pid > 0;
}

/* Whether misbehaviour would be noticed. */
static bool notices(struct run *run)
{
	struct rusage usage;
	int status;
	pid_t pid = start(misbehave, &run->image);

	return pid > 0 && wait4(pid, &status, 0, &usage) == pid && judge(status, &usage);
}

int main(int argc, char **argv)
{
	unsigned long count = argc > 3 ? strtoul(argv[2], NULL, 0) : 0;
	unsigned long first = argc > 3 ? strtoul(argv[3], NULL, 0) : 0;
	struct run run = { .name = argv[1], .keep_as = argc > 4 ? argv[4] : NULL };
	bool going = true;

	directory = argc > 5 ? argv[5] : NULL;
	if (!count || load(argv[1], &run.image) < 0) {
		fprintf(stderr, "usage: mutants IMAGE COUNT SEED [KEEP-AS [DIRECTORY]]\n");
		return 2;
	}
	run.mutant.bytes = malloc(run.image.size);
	if (!run.mutant.bytes || !notices(&run))
		return 2;
	for (unsigned long i = first; going && i < first + count; i++)
		going = launch(&run, i);
	while (reap(&run))
		;
	printf("worst: %ld ms, %ld MiB\n", run.worst_ms, run.worst_kib / 1024);
	free(run.mutant.bytes);
	free(run.image.bytes);
	return !going ? 2 : run.bugs ? 1 : 0;
}
