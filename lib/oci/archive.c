/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Where the members of a tar archive are: listed once by libarchive, then read at their places. What is
 * listed wrongly is found by its digest. */
#include "oci/layout.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/report.h"

#define MEMBERS_MAX 65536u
#define NAME_MAX_BYTES 4096u
#define LINKS_MAX 8
#define BUFFER_BYTES 65536

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

static void fill_member(struct erofs_oci_layout *layout, struct archive *a,
	struct archive_entry *entry, struct member *ret)
{
	const char *hard = archive_entry_hardlink(entry);
	const char *soft = archive_entry_symlink(entry);

	ret->link = NULL;
	ret->usable = false;
	if (hard)
		ret->link = erofs_arena_string(&layout->arena, plain_name(hard),
			strlen(plain_name(hard)));
	else if (archive_entry_filetype(entry) == AE_IFLNK && soft)
		ret->link = resolve_symlink(layout, ret->name, soft);
	if (ret->link || archive_entry_filetype(entry) != AE_IFREG) {
		ret->usable = ret->link != NULL;
		return;
	}
	ret->offset = (uint64_t)archive_filter_bytes(a, -1);
	ret->size_bytes = (uint64_t)archive_entry_size(entry);
	ret->usable = archive_entry_sparse_count(entry) == 0;
}

/* A later member of a name replaces an earlier one, as it does when the archive is unpacked. */
static int add_member(struct erofs_oci_layout *layout, struct archive *a, struct archive_entry *entry)
{
	const char *name = archive_entry_pathname(entry);
	struct member *member;

	if (!name || strlen(name) >= NAME_MAX_BYTES)
		return 0;
	name = plain_name(name);
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
	fill_member(layout, a, entry, member);
	return 0;
}

static int fail_archive(const struct erofs_oci_layout *layout, struct archive *a)
{
	const char *text = archive_error_string(a);

	return erofs_fail(layout->report, -EINVAL,
		"%s: not an uncompressed tar archive of an image: %s", layout->path,
		text ? text : "no reason given");
}

static int list_members(struct erofs_oci_layout *layout, struct archive *a)
{
	struct archive_entry *entry;
	int status, r = 0;

	if (archive_read_support_format_tar(a) != ARCHIVE_OK ||
	    archive_read_open_fd(a, layout->fd, BUFFER_BYTES) != ARCHIVE_OK)
		return fail_archive(layout, a);
	while (r == 0 && (status = archive_read_next_header(a, &entry)) != ARCHIVE_EOF) {
		if (status != ARCHIVE_OK && status != ARCHIVE_WARN)
			return fail_archive(layout, a);
		r = add_member(layout, a, entry);
	}
	return r;
}

int erofs_oci_archive_list(struct erofs_oci_layout *layout)
{
	struct archive *a = archive_read_new();
	int r;

	erofs_table_init(&layout->members, member_has_name);
	if (!a)
		return -ENOMEM;
	r = list_members(layout, a);
	archive_read_free(a);
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
