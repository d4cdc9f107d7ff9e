/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --ls: the entries of a directory, in the order in which they are stored. */
#include "dump.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

static void put_entry(const struct dump_target *t, const struct erofs_dir_entry *entry)
{
	if (!t->json) {
		printf("%10" PRIu64 "    %u  ", entry->nid, (unsigned int)entry->type);
		dump_print_name(entry->name);
		putchar('\n');
		return;
	}
	cli_json_open_object(t->json, NULL);
	cli_json_u64(t->json, "nid", entry->nid);
	cli_json_text(t->json, "type", dump_type_name(entry->type));
	cli_json_text(t->json, "name", entry->name);
	cli_json_close(t->json);
}

static int put_entries(const struct dump_target *t, struct erofs_dir *dir)
{
	struct erofs_dir_entry entry;
	int r;

	cli_json_open_array(t->json, "entries");
	if (!t->json)
		printf("\n       NID TYPE  FILENAME\n");
	while ((r = erofs_dir_next(dir, &entry)) > 0)
		put_entry(t, &entry);
	cli_json_close(t->json);
	return r;
}

int dump_list(struct dump_target *t, const struct erofs_inode *inode)
{
	struct erofs_dir *dir;
	int r = erofs_dir_open(t->rd, inode, &dir);

	if (r == 0) {
		r = put_entries(t, dir);
		erofs_dir_close(dir);
	}
	if (r == 0)
		return DUMP_OK;
	return cli_error("failed to list directory contents of nid %" PRIu64 ": %s", inode->nid,
		r == -ENOTDIR ? "not a directory" : strerror(-r));
}
