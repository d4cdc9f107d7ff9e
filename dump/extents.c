/* SPDX-License-Identifier: GPL-2.0-or-later */
/* -e: where the bytes of an inode lie. */
#include "dump.h"

#include <inttypes.h>
#include <string.h>

static const char *const kinds[] = {
	[EROFS_EXTENT_HOLE] = "hole",
	[EROFS_EXTENT_PLAIN] = "plain",
	[EROFS_EXTENT_INLINE] = "inline",
	[EROFS_EXTENT_ENCODED] = "encoded",
	[EROFS_EXTENT_FRAGMENT] = "fragment",
};

static const char *const algorithms[EROFS_ALGORITHM_COUNT] = { "lz4", "lzma", "deflate", "zstd" };

/* erofs-utils shows uncompressed data by whole blocks, except for inline tails and flat holes. */
static void round_up(uint64_t block, const struct erofs_inode *inode, struct erofs_extent *e)
{
	uint64_t rounded;

	if (e->kind != EROFS_EXTENT_PLAIN &&
	    !(e->kind == EROFS_EXTENT_HOLE && inode->layout == EROFS_LAYOUT_CHUNK_BASED))
		return;
	rounded = (e->length + block - 1) & ~(block - 1);
	e->length = rounded;
	e->physical_bytes = rounded;
}

static void print_extent(const struct dump_target *t, const struct erofs_inode *inode,
	uint64_t index, struct erofs_extent e)
{
	if (e.kind == EROFS_EXTENT_HOLE)
		e.physical_bytes = e.length;
	round_up(erofs_image_super(t->img)->block_size_bytes, inode, &e);
	if (e.kind == EROFS_EXTENT_HOLE)
		e.physical = 0;
	if (e.kind == EROFS_EXTENT_FRAGMENT)
		e.physical = e.physical_bytes = 0; /* it has no place of its own on a device */
	printf("%4" PRIu64 ": %8" PRIu64 "..%8" PRIu64 " | %7" PRIu64 " : %10" PRIu64 "..%10" PRIu64
	       " | %7" PRIu64,
		index, e.logical, e.logical + e.length, e.length, e.physical,
		e.physical + e.physical_bytes, e.physical_bytes);
	if (e.device)
		printf("  # device %" PRIu32, e.device);
	putchar('\n');
}

static void json_extent(const struct dump_target *t, const struct erofs_extent *e)
{
	struct cli_json *j = t->json;

	cli_json_open_object(j, NULL);
	cli_json_u64(j, "logical", e->logical);
	cli_json_u64(j, "length", e->length);
	cli_json_text(j, "kind", kinds[e->kind]);
	if (e->kind != EROFS_EXTENT_HOLE) {
		cli_json_u64(j, "device", e->device);
		cli_json_u64(j, "physical", e->physical);
		cli_json_u64(j, "physical_length", e->physical_bytes);
	}
	if (e->kind == EROFS_EXTENT_ENCODED)
		cli_json_text(j, "algorithm", e->raw ? "none" : algorithms[e->algorithm]);
	cli_json_close(j);
}

/* Returns the result of the last mapping: 0 at the end of the file. */
static int put_extents(const struct dump_target *t, const struct erofs_inode *inode,
	uint64_t *ret_count)
{
	struct erofs_extent e;
	uint64_t offset = 0;
	int r;

	while ((r = erofs_map_at(t->rd, inode, offset, &e)) > 0) {
		if (t->json)
			json_extent(t, &e);
		else
			print_extent(t, inode, *ret_count, e);
		(*ret_count)++;
		offset = e.logical + e.length;
	}
	return r;
}

int dump_extents(struct dump_target *t, const struct erofs_inode *inode, const char *path)
{
	enum erofs_file_type type = erofs_type_of_mode(inode->mode);
	bool mapped = type == EROFS_TYPE_REGULAR || type == EROFS_TYPE_DIRECTORY ||
		type == EROFS_TYPE_SYMLINK;
	uint64_t count = 0;
	int r;

	if (!t->json)
		printf("\n Ext:   logical offset   |  length :     physical offset    |  length\n");
	cli_json_open_array(t->json, "extents");
	r = mapped ? put_extents(t, inode, &count) : 0;
	cli_json_close(t->json);
	if (r < 0)
		return cli_error("cannot map nid %" PRIu64 ": %s", inode->nid, strerror(-r));
	if (!t->json) {
		dump_print_name(path);
		printf(": %" PRIu64 " extents found\n", count);
	}
	return DUMP_OK;
}
