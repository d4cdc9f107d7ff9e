/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ways IMAGE [DEVICE]: reads every regular file of an image in several ways, which have to agree, and
 * prints what `sha256sum` would of a copy of the tree: digest, two spaces, path without its "/". */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <erofs/data.h>
#include <erofs/walk.h>
#include "base/digest.h"

#define MAX_FILE ((uint64_t)64 << 20) /* what is compared in memory */

struct reading {
	struct erofs_reader *rd;
	struct erofs_digest *digest;
	uint64_t seed;
	int failures;
};

/* The content so far of one file, as a stream delivers it. */
struct sink {
	struct erofs_digest *digest;
	uint8_t *bytes; /* NULL: too large to keep */
	uint64_t size;
};

static int take_piece(void *user, const void *bytes, uint64_t size)
{
	struct sink *sink = user;
	int r = bytes ? erofs_digest_update(sink->digest, bytes, size) :
			erofs_digest_update_zeros(sink->digest, size);

	if (sink->bytes && bytes)
		memcpy(sink->bytes + sink->size, bytes, size);
	else if (sink->bytes)
		memset(sink->bytes + sink->size, 0, size);
	sink->size += size;
	return r;
}

static int expect(struct reading *rg, const struct erofs_walk_entry *entry, const char *way,
	bool right)
{
	if (right)
		return 0;
	fprintf(stderr, "%.*s: %s gives something else\n", (int)entry->path_bytes, entry->path, way);
	rg->failures++;
	return -1;
}

/* Reads [@offset, @offset + @size) and compares. */
static bool read_equals(struct reading *rg, const struct erofs_inode *inode, const uint8_t *want,
	uint64_t offset, size_t size)
{
	uint8_t *got = malloc(size + 1);
	size_t left = inode->size_bytes - offset < size ? inode->size_bytes - offset : size;
	ssize_t n = got ? erofs_data_read(rg->rd, inode, offset, got, size) : -1;
	bool equal = n >= 0 && (size_t)n == left && memcmp(got, want + offset, left) == 0;

	free(got);
	return equal;
}

static bool forward(struct reading *rg, const struct erofs_inode *inode, const uint8_t *want)
{
	for (uint64_t at = 0; at < inode->size_bytes; at += 3001)
		if (!read_equals(rg, inode, want, at, 3001))
			return false;
	return true;
}

static bool backward(struct reading *rg, const struct erofs_inode *inode, const uint8_t *want)
{
	for (uint64_t at = inode->size_bytes; at > 0;) {
		uint64_t n = at < 50021 ? at : 50021;

		at -= n;
		if (!read_equals(rg, inode, want, at, n))
			return false;
	}
	return true;
}

static bool anywhere(struct reading *rg, const struct erofs_inode *inode, const uint8_t *want)
{
	for (int i = 0; i < 40; i++) {
		rg->seed = rg->seed * 6364136223846793005u + 1442695040888963407u;
		if (!read_equals(rg, inode, want, (rg->seed >> 20) % inode->size_bytes,
			    (rg->seed >> 45) % 200000))
			return false;
	}
	return true;
}

static void compare_ways(struct reading *rg, const struct erofs_walk_entry *entry,
	const uint8_t *want)
{
	const struct erofs_inode *inode = entry->inode;

	if (expect(rg, entry, "one read", read_equals(rg, inode, want, 0, inode->size_bytes + 1)) < 0 ||
	    expect(rg, entry, "reading forward", forward(rg, inode, want)) < 0 ||
	    expect(rg, entry, "reading backward", backward(rg, inode, want)) < 0)
		return;
	expect(rg, entry, "reading anywhere", anywhere(rg, inode, want));
}

static void print_sum(struct reading *rg, const struct erofs_walk_entry *entry)
{
	uint8_t value[EROFS_DIGEST_MAX_BYTES];

	if (erofs_digest_finish(rg->digest, value) < 0)
		abort();
	for (int i = 0; i < 32; i++)
		printf("%02x", value[i]);
	printf("  %.*s\n", (int)entry->path_bytes - 1, entry->path + 1);
}

static int read_entry(void *user, const struct erofs_walk_entry *entry)
{
	struct reading *rg = user;
	const struct erofs_inode *inode = entry->inode;
	struct sink sink = { .digest = rg->digest };
	int r;

	if (!S_ISREG(inode->mode))
		return 0;
	if (inode->size_bytes && inode->size_bytes <= MAX_FILE)
		sink.bytes = malloc(inode->size_bytes);
	r = erofs_digest_start(rg->digest);
	if (r == 0)
		r = erofs_data_stream(rg->rd, inode, take_piece, &sink);
	if (r < 0 || sink.size != inode->size_bytes)
		expect(rg, entry, "a stream", false);
	else if (sink.bytes)
		compare_ways(rg, entry, sink.bytes);
	free(sink.bytes);
	print_sum(rg, entry);
	return 0;
}

static void print_message(void *user, enum erofs_level level, const char *text)
{
	(void)user;
	(void)level;
	fprintf(stderr, "%s\n", text);
}

int main(int argc, char **argv)
{
	const struct erofs_report report = { .message = print_message };
	const char *devices[] = { argc > 2 ? argv[2] : NULL };
	const struct erofs_image_options options = { .struct_size = sizeof(options),
		.device_paths = devices, .device_count = argc > 2 };
	struct reading rg = { .seed = 1 };
	const struct erofs_walk_visitor visitor = { .user = &rg, .entry = read_entry };
	struct erofs_image *img = NULL;
	int r = 1;

	if (argc < 2 || erofs_image_open(argv[1], &options, &report, &img) < 0)
		return 2;
	if (erofs_reader_new(img, &rg.rd) == 0 &&
	    erofs_digest_new(EROFS_DIGEST_SHA256, &rg.digest) == 0)
		r = erofs_walk(rg.rd, erofs_image_super(img)->root_nid, &visitor);
	erofs_digest_free(rg.digest);
	erofs_reader_free(rg.rd);
	erofs_image_close(img);
	return r < 0 || rg.failures ? 1 : 0;
}
