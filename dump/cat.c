/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --cat: the bytes of an inode on stdout, and nothing else. */
#include "dump.h"

#include <inttypes.h>
#include <string.h>

int dump_cat(struct dump_target *t)
{
	struct erofs_inode inode;
	int r, status = dump_find_inode(t, &inode);

	if (status != DUMP_OK)
		return status;
	r = erofs_data_stream(t->rd, &inode, cli_write_piece, NULL);
	if (ferror(stdout))
		return cli_write_error();
	if (r < 0)
		return cli_error("cannot read nid %" PRIu64 ": %s", inode.nid, strerror(-r));
	return DUMP_OK;
}
