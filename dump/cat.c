/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --cat: the bytes of an inode on stdout, and nothing else. */
#include "dump.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

static int write_piece(void *user, const void *bytes, uint64_t size)
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

int dump_cat(struct dump_target *t)
{
	struct erofs_inode inode;
	int r, status = dump_find_inode(t, &inode);

	if (status != DUMP_OK)
		return status;
	r = erofs_data_stream(t->rd, &inode, write_piece, NULL);
	if (ferror(stdout))
		return dump_error("cannot write to standard output: %s", strerror(errno));
	if (r < 0)
		return dump_error("cannot read nid %" PRIu64 ": %s", inode.nid, strerror(-r));
	return DUMP_OK;
}
