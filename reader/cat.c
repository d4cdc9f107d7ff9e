/* SPDX-License-Identifier: GPL-2.0-or-later */
/* read.erofs cat: the content of files on standard output. */
#include "reader.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

static int cat_path(struct erofs_reader *rd, const char *path)
{
	struct erofs_inode inode;
	uint64_t nid;
	int r = erofs_path_lookup(rd, path, &nid);

	if (r == 0)
		r = erofs_inode_read(rd, nid, &inode);
	if (r < 0)
		return cli_error("%s: %s", path, strerror(-r));
	if (!S_ISREG(inode.mode))
		return cli_error("%s: %s", path, S_ISDIR(inode.mode) ? "is a directory" : "is no regular file");
	errno = 0;
	r = erofs_data_stream(rd, &inode, cli_write_piece, NULL);
	if (ferror(stdout))
		return cli_write_error();
	return r < 0 ? cli_error("%s: %s", path, strerror(-r)) : READER_OK;
}

int reader_cat(const struct reader_options *options, const struct erofs_report *report)
{
	struct erofs_image *img;
	struct erofs_reader *rd;
	int status = reader_open_image(options, options->operands[0], 0, report, &img);

	if (status != READER_OK)
		return status;
	if (erofs_reader_new(img, &rd) < 0) {
		erofs_image_close(img);
		return cli_out_of_memory();
	}
	/* Like cat(1): go on with the other files, but not on a broken output. */
	for (int i = 1; i < options->operand_count && !ferror(stdout); i++)
		if (cat_path(rd, options->operands[i]) != READER_OK)
			status = READER_FAILED;
	erofs_reader_free(rd);
	erofs_image_close(img);
	return status;
}
