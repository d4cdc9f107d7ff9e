/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --nid and --path: one inode, found and shown. */
#include "dump.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int dump_find_inode(struct dump_target *t, struct erofs_inode *ret)
{
	const struct dump_options *o = t->options;
	uint64_t nid = o->nid;

	if (o->path ? erofs_path_lookup(t->rd, o->path, &nid) == 0 &&
			      erofs_inode_read(t->rd, nid, ret) == 0 :
		      erofs_inode_read(t->rd, nid, ret) == 0)
		return DUMP_OK;
	return o->path ? cli_error("read inode failed @ %s", o->path) :
			 cli_error("read inode failed @ nid %" PRIu64, nid);
}

struct search {
	uint64_t nid;
	char *path; /* NULL until found */
};

static int compare_entry(void *user, const struct erofs_walk_entry *entry)
{
	struct search *s = user;

	if (entry->nid != s->nid)
		return EROFS_WALK_CONTINUE;
	s->path = strdup(entry->path);
	return -ECANCELED;
}

/* Damage on the way is no reason to stop: the wanted inode may lie elsewhere. */
static int ignore_damage(void *user, const struct erofs_walk_entry *entry, int error)
{
	(void)user;
	(void)entry;
	(void)error;
	return 0;
}

/* A path that leads to @nid, to be freed; what is reached by no name gets a name in parentheses. */
static char *path_of(struct dump_target *t, uint64_t nid)
{
	const struct erofs_super *sb = erofs_image_super(t->img);
	struct search s = { .nid = nid };
	const struct erofs_walk_visitor visitor = {
		.user = &s, .entry = compare_entry, .error = ignore_damage,
	};

	if (sb->packed_nid && nid == sb->packed_nid)
		return strdup("(packed file)");
	if (sb->metabox_nid && nid == sb->metabox_nid)
		return strdup("(metabox file)");
	if (erofs_walk(t->rd, sb->root_nid, &visitor) != -ECANCELED)
		return strdup("(not found)");
	return s.path;
}

/* What the content takes on disk, by erofs-utils' count: whole blocks of compressed data without inline
 * pclusters and fragments, else the logical size. */
uint64_t dump_disk_bytes(const struct erofs_image *img, const struct erofs_inode *inode)
{
	uint64_t bytes;

	if (inode->layout != EROFS_LAYOUT_COMPRESSED_FULL &&
	    inode->layout != EROFS_LAYOUT_COMPRESSED_COMPACT)
		return inode->size_bytes;
	if (__builtin_mul_overflow(inode->compressed_blocks,
		    (uint64_t)erofs_image_super(img)->block_size_bytes, &bytes))
		return UINT64_MAX;
	return bytes;
}

static double disk_ratio(const struct dump_target *t, const struct erofs_inode *inode)
{
	if (!inode->size_bytes)
		return 0;
	return (double)dump_disk_bytes(t->img, inode) / (double)inode->size_bytes;
}

/* "rw-r--r--" */
static void format_permissions(uint32_t mode, char ret[10])
{
	static const char letters[] = "rwxrwxrwx";

	for (unsigned int i = 0; i < 9; i++)
		ret[i] = mode >> (8 - i) & 1 ? letters[i] : '-';
	ret[9] = '\0';
}

static void print_block(const struct dump_target *t, const struct erofs_inode *inode,
	const char *path)
{
	char permissions[10], when[64];

	format_permissions(inode->mode, permissions);
	dump_format_mtime(inode->mtime_seconds, when, sizeof(when));
	fputs("Path : ", stdout);
	dump_print_name(path);
	printf("\nSize: %" PRIu64 "  On-disk size: %" PRIu64 "  %s\n", inode->size_bytes,
		dump_disk_bytes(t->img, inode), dump_type_name(erofs_type_of_mode(inode->mode)));
	printf("NID: %" PRIu64 "   Links: %" PRIu32 "   Layout: %u   Compression ratio: %.2f%%\n",
		inode->nid, inode->nlink, (unsigned int)inode->layout, 100 * disk_ratio(t, inode));
	printf("Inode size: %" PRIu32 "   Xattr size: %" PRIu32 "\n", inode->inode_size_bytes,
		inode->xattr_size_bytes);
	printf("Uid: %" PRIu32 "   Gid: %" PRIu32 "  Access: %04" PRIo32 "/%s\n", inode->uid,
		inode->gid, inode->mode & 0777, permissions);
	printf("Timestamp: %s.%09" PRIu32 "\n", when, inode->mtime_nsec);
}

static void print_json(const struct dump_target *t, const struct erofs_inode *inode,
	const char *path)
{
	struct cli_json *j = t->json;
	enum erofs_file_type type = erofs_type_of_mode(inode->mode);
	char mode[8];

	snprintf(mode, sizeof(mode), "%04" PRIo32, inode->mode & 07777);
	cli_json_text(j, "path", path[0] == '/' ? path : NULL);
	cli_json_u64(j, "nid", inode->nid);
	cli_json_text(j, "type", dump_type_name(type));
	cli_json_u64(j, "size", inode->size_bytes);
	cli_json_u64(j, "disk_size", dump_disk_bytes(t->img, inode));
	cli_json_ratio(j, "ratio", disk_ratio(t, inode));
	cli_json_u64(j, "layout", inode->layout);
	cli_json_u64(j, "links", inode->nlink);
	cli_json_u64(j, "inode_size", inode->inode_size_bytes);
	cli_json_u64(j, "xattr_size", inode->xattr_size_bytes);
	cli_json_text(j, "mode", mode);
	cli_json_u64(j, "uid", inode->uid);
	cli_json_u64(j, "gid", inode->gid);
	cli_json_i64(j, "mtime", inode->mtime_seconds);
	cli_json_u64(j, "mtime_nsec", inode->mtime_nsec);
	if (type == EROFS_TYPE_CHAR || type == EROFS_TYPE_BLOCK) {
		cli_json_u64(j, "major", inode->rdev_major);
		cli_json_u64(j, "minor", inode->rdev_minor);
	}
}

/* The block, then --ls, then -e. */
static int show(struct dump_target *t, const struct erofs_inode *inode, const char *path)
{
	int status = DUMP_OK;

	if (t->json)
		print_json(t, inode, path);
	else
		print_block(t, inode, path);
	if (t->options->list)
		status = dump_list(t, inode);
	if (t->options->extents && status == DUMP_OK)
		status = dump_extents(t, inode, path);
	return status;
}

int dump_inode(struct dump_target *t)
{
	struct erofs_inode inode;
	char *path;
	int status = dump_find_inode(t, &inode);

	if (status != DUMP_OK)
		return status;
	path = path_of(t, inode.nid);
	if (!path)
		return cli_out_of_memory();
	cli_json_open_object(t->json, "inode");
	status = show(t, &inode, path);
	cli_json_close(t->json);
	free(path);
	return status;
}
