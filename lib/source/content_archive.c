/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Places by number: a node's source_inode. */
#include "source/content_archive.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/math.h"
#include "base/report.h"
#include "io/spool.h"

struct erofs_archive_content {
	struct erofs_content_source base;
	const struct erofs_report *report;
	const char *spool_directory;
	struct erofs_spool *spool;	/* NULL until there is something to put in */
	int fd;
	const char *name;
	uint64_t start;
	struct stat state;		/* of the archive when it was attached */
	struct erofs_archive_place *places;
	size_t count, capacity;
};

struct open_file {
	struct erofs_content base;
	const struct erofs_archive_content *content;
	const struct erofs_archive_place *place;
	const struct erofs_node *node;
	const struct erofs_report *report;
};

/* The spool itself says nothing, since it knows only one report, and readers have theirs. */
static int fail_spool(const struct erofs_archive_content *content, const struct erofs_report *report,
	int error, const char *what)
{
	return erofs_fail_errno(report, error, "cannot %s a temporary file in %s", what,
		content->spool_directory);
}

/* ---- reading ---- */

static int fail_archive(const struct open_file *file, int error, const char *what)
{
	const char *name = file->content->name;

	if (!error)
		return erofs_fail(file->report, -ESTALE, "%s: %s", name, what);
	return erofs_fail_errno(file->report, error, "%s: %s", name, what);
}

static int read_archive(const struct open_file *file, uint64_t at, uint8_t *to, size_t size)
{
	while (size) {
		ssize_t got = pread(file->content->fd, to, size, (off_t)(file->content->start + at));

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail_archive(file, -errno, "cannot read");
		if (got == 0)
			return fail_archive(file, 0, "changed while being read: it is shorter");
		to += got;
		at += (uint64_t)got;
		size -= (size_t)got;
	}
	return 0;
}

static int read_stored(const struct open_file *file, uint64_t at, uint8_t *to, size_t size)
{
	int r;

	if (file->place->spooled) {
		r = erofs_spool_read(file->content->spool, file->place->at + at, to, size);
		return r < 0 ? fail_spool(file->content, file->report, r, "read") : 0;
	}
	return read_archive(file, file->place->at + at, to, size);
}

/* The first piece that ends behind @offset; the count when there is none. */
static size_t find_piece(const struct erofs_archive_place *place, uint64_t offset)
{
	return EROFS_BISECT(place->piece_count, i,
		place->pieces[i].offset + place->pieces[i].bytes <= offset);
}

static int file_read(struct erofs_content *base, uint64_t offset, void *buffer, size_t size)
{
	const struct open_file *file = (const struct open_file *)base;
	const struct erofs_archive_place *place = file->place;
	uint64_t end = offset + size;
	int r = 0;

	if (!place->sparse)
		return read_stored(file, offset, buffer, size);
	memset(buffer, 0, size);
	for (size_t i = find_piece(place, offset); r == 0 && i < place->piece_count; i++) {
		const struct erofs_archive_piece *piece = &place->pieces[i];
		uint64_t from = piece->offset > offset ? piece->offset : offset;
		uint64_t to = piece->offset + piece->bytes < end ? piece->offset + piece->bytes : end;

		if (from >= end)
			break;
		r = read_stored(file, piece->at + (from - piece->offset),
			(uint8_t *)buffer + (from - offset), (size_t)(to - from));
	}
	return r;
}

static int file_next_data(struct erofs_content *base, uint64_t offset, uint64_t *ret_start,
	uint64_t *ret_end)
{
	const struct open_file *file = (const struct open_file *)base;
	const struct erofs_archive_place *place = file->place;
	size_t i = place->sparse ? find_piece(place, offset) : 0;

	if (offset >= file->node->size_bytes || (place->sparse && i == place->piece_count))
		return 0;
	*ret_start = offset;
	*ret_end = file->node->size_bytes;
	if (place->sparse) {
		if (place->pieces[i].offset > offset)
			*ret_start = place->pieces[i].offset;
		*ret_end = place->pieces[i].offset + place->pieces[i].bytes;
	}
	return 1;
}

/* Chunks of a file with holes are as large as its pieces permit, so each is one or the other. */
static int file_locate(struct erofs_content *base, uint64_t offset, struct erofs_content_place *ret)
{
	const struct open_file *file = (const struct open_file *)base;
	const struct erofs_archive_place *place = file->place;
	const struct erofs_archive_piece *piece = place->pieces;
	size_t i = place->sparse ? find_piece(place, offset) : 0;

	*ret = (struct erofs_content_place){ .device = 1, .offset = place->archive_at + offset };
	if (!place->sparse)
		return 0;
	ret->hole = i == place->piece_count || piece[i].offset > offset;
	ret->offset = ret->hole ? 0 : place->archive_at + piece[i].at + (offset - piece[i].offset);
	return 0;
}

static bool is_unchanged(const struct erofs_archive_content *content)
{
	const struct stat *old = &content->state;
	struct stat now;

	return fstat(content->fd, &now) == 0 && now.st_size == old->st_size &&
	       now.st_mtim.tv_sec == old->st_mtim.tv_sec &&
	       now.st_mtim.tv_nsec == old->st_mtim.tv_nsec;
}

static int file_finish(struct erofs_content *base)
{
	const struct open_file *file = (const struct open_file *)base;

	if (file->place->spooled || is_unchanged(file->content))
		return 0;
	return fail_archive(file, 0, "changed while being read");
}

static void file_close(struct erofs_content *base)
{
	free(base);
}

static int file_open(struct erofs_content_source *base, const struct erofs_node *node,
	const struct erofs_report *report, struct erofs_content **ret);

static void content_free(struct erofs_content_source *base)
{
	struct erofs_archive_content *content = (struct erofs_archive_content *)base;

	if (content->fd >= 0)
		close(content->fd);
	erofs_spool_close(content->spool);
	free(content->places);
	free(content);
}

static const struct erofs_content_ops file_ops = {
	.open = file_open,
	.read = file_read,
	.next_data = file_next_data,
	.locate = file_locate,
	.finish = file_finish,
	.close = file_close,
	.free = content_free,
};

static int file_open(struct erofs_content_source *base, const struct erofs_node *node,
	const struct erofs_report *report, struct erofs_content **ret)
{
	const struct erofs_archive_content *content = (const struct erofs_archive_content *)base;
	struct open_file *file = malloc(sizeof(*file));

	if (!file)
		return -ENOMEM;
	*file = (struct open_file){ { &file_ops }, content, &content->places[node->source_inode], node,
		report };
	*ret = &file->base;
	return 0;
}

/* ---- filling ---- */

int erofs_archive_content_new(const char *spool_directory, const struct erofs_report *report,
	struct erofs_archive_content **ret)
{
	struct erofs_archive_content *content = calloc(1, sizeof(*content));

	if (!content)
		return -ENOMEM;
	content->base.ops = &file_ops;
	content->report = report;
	content->spool_directory = spool_directory ? spool_directory : "/tmp";
	content->fd = -1;
	*ret = content;
	return 0;
}

struct erofs_content_source *erofs_archive_content_source(struct erofs_archive_content *content)
{
	return &content->base;
}

uint64_t erofs_archive_content_end(const struct erofs_archive_content *content)
{
	return content->spool ? erofs_spool_size(content->spool) : 0;
}

int erofs_archive_content_append(struct erofs_archive_content *content, const void *bytes, size_t size)
{
	int r = content->spool ? 0 : erofs_spool_open(content->spool_directory, NULL, &content->spool);

	if (r < 0)
		return fail_spool(content, content->report, r, "create");
	r = erofs_spool_append(content->spool, bytes, size);
	return r < 0 ? fail_spool(content, content->report, r, "write") : 0;
}

int erofs_archive_content_flush(struct erofs_archive_content *content)
{
	int r = content->spool ? erofs_spool_flush(content->spool) : 0;

	return r < 0 ? fail_spool(content, content->report, r, "write") : 0;
}

int erofs_archive_content_attach(struct erofs_archive_content *content, int fd, uint64_t start,
	const char *name)
{
	content->fd = fd;
	content->start = start;
	content->name = name;
	if (fstat(fd, &content->state) < 0)
		return erofs_fail_errno(content->report, -errno, "%s: cannot stat", name);
	return 0;
}

uint64_t erofs_archive_content_bytes(const struct erofs_archive_content *content)
{
	return (uint64_t)content->state.st_size - content->start;
}

int erofs_archive_content_add(struct erofs_archive_content *content, struct erofs_node *node,
	const struct erofs_archive_place *place)
{
	if (content->count == content->capacity) {
		size_t capacity = 2 * content->capacity + 256;
		void *places = reallocarray(content->places, capacity, sizeof(*content->places));

		if (!places)
			return -ENOMEM;
		content->places = places;
		content->capacity = capacity;
	}
	node->source_inode = content->count;
	content->places[content->count++] = *place;
	return 0;
}
