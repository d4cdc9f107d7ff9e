/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Where the members of a tar archive are: listed once, then read at their places. */
#include "oci/layout.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/report.h"
#include "io/unpack.h"
#include "tar/reader.h"

#define MEMBERS_MAX 65536u
#define NAME_MAX_BYTES 4096u
#define LINKS_MAX 8

struct member {
	const char *name;
	const char *link;	/* a member that this one stands for; NULL = none */
	uint64_t offset, size_bytes;
	bool usable;		/* a regular file that lies there as it is, or a link */
};

static bool member_has_name(const void *entry, const void *key)
{
	return !strcmp(((const struct member *)entry)->name, key);
}

static struct member *find_member(const struct erofs_oci_layout *layout, const char *name)
{
	return erofs_table_find(&layout->members, erofs_hash_bytes(name, strlen(name)), name);
}

/* "./name" and "name" are one. */
static const char *plain_name(const char *name)
{
	while (name[0] == '.' && name[1] == '/')
		name += 2 + strspn(name + 2, "/");
	return name;
}

/* The target of the symbolic link @name: relative to its folder, by names alone. NULL when it leads out of
 * the archive, or out of memory. */
static const char *resolve_symlink(struct erofs_oci_layout *layout, const char *name,
	const char *target)
{
	const char *slash = strrchr(name, '/');
	size_t folder = slash ? (size_t)(slash - name) : 0;
	char path[2 * NAME_MAX_BYTES];

	if (*target == '/' || strlen(target) >= NAME_MAX_BYTES)
		return NULL;
	for (;;) {
		target = plain_name(target);
		if (strncmp(target, "../", 3))
			break;
		if (!folder)
			return NULL;
		while (folder && name[--folder] != '/')
			;
		target += 3;
	}
	memcpy(path, name, folder);
	path[folder] = '/';
	strcpy(path + folder + (folder > 0), target);
	return erofs_arena_string(&layout->arena, path, strlen(path));
}

static void fill_member(struct erofs_oci_layout *layout, const struct erofs_tar_member *m,
	struct member *ret)
{
	ret->link = NULL;
	if (m->hard_link)
		ret->link = erofs_arena_string(&layout->arena, plain_name(m->link),
			strlen(plain_name(m->link)));
	else if (S_ISLNK(m->mode))
		ret->link = resolve_symlink(layout, ret->name, m->link);
	ret->offset = m->data_at;
	ret->size_bytes = m->size;
	ret->usable = ret->link || (S_ISREG(m->mode) && !m->sparse);
}

/* A later member of a name replaces an earlier one, as it does when the archive is unpacked. */
static int add_member(struct erofs_oci_layout *layout, const struct erofs_tar_member *m)
{
	const char *name = plain_name(m->path);
	struct member *member;

	if (strlen(name) >= NAME_MAX_BYTES)
		return 0;
	member = find_member(layout, name);
	if (!member) {
		if (layout->member_count++ == MEMBERS_MAX)
			return erofs_fail(layout->report, -EFBIG, "%s: more than %u members in the archive",
				layout->path, MEMBERS_MAX);
		member = erofs_arena_alloc(&layout->arena, sizeof(*member));
		name = erofs_arena_string(&layout->arena, name, strlen(name));
		if (!member || !name)
			return -ENOMEM;
		member->name = name;
		if (erofs_table_add(&layout->members, erofs_hash_bytes(name, strlen(name)), member) < 0)
			return -ENOMEM;
	}
	fill_member(layout, m, member);
	return 0;
}

static int list_members(struct erofs_oci_layout *layout, struct erofs_input *input)
{
	const struct erofs_tar_member *member;
	struct erofs_tar_reader *reader;
	int packing = erofs_unpack_detect(input), r;

	if (packing < 0)
		return packing;
	if (packing != EROFS_PACKING_NONE)
		return erofs_fail(layout->report, -EINVAL,
			"%s: packed with %s, not an uncompressed tar archive of an image", layout->path,
			erofs_unpack_name((enum erofs_packing)packing));
	r = erofs_tar_reader_new(input, false, &reader);
	if (r < 0)
		return r;
	while ((r = erofs_tar_next(reader, &member)) > 0) {
		r = add_member(layout, member);
		if (r < 0)
			break;
	}
	erofs_tar_reader_free(reader);
	return r;
}

int erofs_oci_archive_list(struct erofs_oci_layout *layout)
{
	struct erofs_input *input;
	int copy = dup(layout->fd), r;

	erofs_table_init(&layout->members, member_has_name);
	if (copy < 0)
		return erofs_fail_errno(layout->report, -errno, "%s: cannot reopen", layout->path);
	r = erofs_input_open_fd(copy, layout->path, layout->report, &input);
	if (r < 0)
		return r;
	r = list_members(layout, input);
	erofs_input_close(input);
	return r;
}

int erofs_oci_archive_find(const struct erofs_oci_layout *layout, const char *name,
	struct erofs_oci_part *ret)
{
	const struct member *member = find_member(layout, name);
	struct stat st;

	for (int i = 0; member && member->usable && member->link; i++)
		member = i < LINKS_MAX ? find_member(layout, member->link) : NULL;
	if (!member)
		return -ENOENT;
	if (!member->usable)
		return erofs_fail(layout->report, -EINVAL, "%s: %s is not a plain regular file",
			layout->path, name);
	if (fstat(layout->fd, &st) < 0)
		return -errno;
	if (member->size_bytes > (uint64_t)st.st_size ||
	    member->offset > (uint64_t)st.st_size - member->size_bytes)
		return erofs_fail(layout->report, -EINVAL, "%s: %s of %" PRIu64
			" bytes does not end within the archive", layout->path, name,
			member->size_bytes);
	*ret = (struct erofs_oci_part){ layout->fd, false, member->offset, member->size_bytes };
	return 0;
}
