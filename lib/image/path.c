/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Resolving paths. */
#include <erofs/dir.h>

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include "format/erofs_fs.h"
#include "image/reader.h"

/* One component: *@nid becomes what it names in directory *@nid. */
static int step(struct erofs_reader *rd, const char *name, size_t name_bytes, uint64_t *nid)
{
	struct erofs_dir_entry entry;
	struct erofs_inode inode;
	int r = erofs_inode_read(rd, *nid, &inode);

	if (r < 0)
		return r;
	if (!S_ISDIR(inode.mode))
		return -ENOTDIR;
	/* "." need not be on disk (section 5.2). */
	if (name_bytes == 0 || (name_bytes == 1 && name[0] == '.'))
		return 0;
	if (name_bytes > EROFS_NAME_MAX)
		return -ENOENT;
	r = erofs_dir_lookup(rd, &inode, name, (uint32_t)name_bytes, &entry);
	if (r == 0)
		*nid = entry.nid;
	return r;
}

int erofs_path_lookup(struct erofs_reader *rd, const char *path, uint64_t *ret_nid)
{
	uint64_t nid = rd->img->super.root_nid;
	int r = 0;

	while (r == 0 && *path) {
		size_t n;

		path += strspn(path, "/");
		n = strcspn(path, "/");
		if (n)
			r = step(rd, path, n, &nid);
		path += n;
	}
	if (r == 0)
		*ret_nid = nid;
	return r;
}
