/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A line for each range, in hexadecimal: first block, blocks, place in the archive; and in decimal how many bytes of
 * its last block are zeros, if any are. It is kept in memory until the image is there. */
#include "mkfs/tar_map.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include "cli/page.h"

static void print_range(void *user, const struct erofs_located_range *range)
{
	FILE *out = user;

	fprintf(out, "%08" PRIx64 " %8" PRIx64 " %08" PRIx64, range->start_block, range->blocks,
		range->source_offset);
	if (range->padding_bytes)
		fprintf(out, " %08" PRIu32, range->padding_bytes);
	fputc('\n', out);
}

int tar_map_build(struct mkfs_options *options, struct erofs_build_options *build,
	const struct erofs_tree *tree, const struct erofs_report *report, struct erofs_build_summary *ret)
{
	size_t bytes;
	FILE *out = NULL;
	int r;

	if (options->tar_map) {
		out = open_memstream(&options->map_text, &bytes);
		if (!out)
			return cli_out_of_memory(), -ENOMEM;
		build->located = print_range;
		build->located_user = out;
	}
	r = erofs_build(tree, build, options->destination, report, ret);
	if (out && fclose(out) && r == 0)
		return cli_out_of_memory(), -ENOMEM;
	return r;
}

int tar_map_write(struct mkfs_options *options)
{
	struct cli_page page;
	int r;

	if (!options->map_text)
		return MKFS_OK;
	r = cli_page_open(&page, options->tar_map);
	if (r == 0) {
		fputs(options->map_text, page.out);
		r = cli_page_close(&page, 0);
	}
	return r < 0 ? cli_error("%s: cannot write: %s", options->tar_map, strerror(-r)) : MKFS_OK;
}
