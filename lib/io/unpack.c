/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* gzip is unpacked by gunzip.c. libarchive knows the other formats; its "raw" reader does nothing but unpack. */
#include "io/unpack.h"

#include <errno.h>
#include <string.h>

#include "base/report.h"
#include "io/ahead.h"
#include "io/gunzip.h"

struct magic {
	enum erofs_packing packing;
	uint8_t count;
	uint8_t bytes[6];
};

static const struct magic magics[] = {
	{ EROFS_PACKING_GZIP, 3, { 0x1f, 0x8b, 8 } },
	{ EROFS_PACKING_XZ, 6, { 0xfd, '7', 'z', 'X', 'Z', 0 } },
	{ EROFS_PACKING_LZMA, 3, { 0x5d, 0, 0 } },
	{ EROFS_PACKING_LZIP, 4, { 'L', 'Z', 'I', 'P' } },
	{ EROFS_PACKING_ZSTD, 4, { 0x28, 0xb5, 0x2f, 0xfd } },
	{ EROFS_PACKING_BZIP2, 3, { 'B', 'Z', 'h' } },
	{ EROFS_PACKING_LZ4, 4, { 0x04, 0x22, 0x4d, 0x18 } },
};

/* At this place a tar archive says that it is one, whatever its first name looks like. */
#define TAR_MAGIC_AT 257

int erofs_unpack_detect(struct erofs_input *input)
{
	const uint8_t *bytes = NULL;
	int count = erofs_input_peek(input, EROFS_INPUT_BLOCK_BYTES, &bytes);

	if (count < 0)
		return count;
	if (count >= TAR_MAGIC_AT + 5 && !memcmp(bytes + TAR_MAGIC_AT, "ustar", 5))
		return EROFS_PACKING_NONE;
	for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++)
		if (count >= magics[i].count && !memcmp(bytes, magics[i].bytes, magics[i].count))
			return magics[i].packing;
	return EROFS_PACKING_NONE;
}

const char *erofs_unpack_name(enum erofs_packing packing)
{
	static const char *const names[] = { "none", "gzip", "xz", "lzma", "lzip", "zstd", "bzip2",
		"lz4" };

	return names[packing];
}

#ifndef HAVE_LIBARCHIVE

static int open_by_libarchive(struct erofs_input *inner, enum erofs_packing packing,
	struct erofs_input **ret)
{
	int r = erofs_fail(inner->report, -EOPNOTSUPP,
		"%s: packed with %s: this build, without libarchive, cannot unpack it", inner->name,
		erofs_unpack_name(packing));

	(void)ret;
	erofs_input_close(inner);
	return r;
}

#else

#include <archive.h>
#include <stdlib.h>

struct unpack {
	struct erofs_input *inner;
	struct archive *archive;
	bool begun;
	bool inner_failed;	/* and has said so */
	enum erofs_packing packing;
	uint64_t solid_end;	/* behind the last byte of @inner so far that is not zero */
};

/* ---- the thread ---- */

/* The next bytes; none at the end. */
static int next_inner(struct unpack *u, const uint8_t **ret, size_t *ret_size)
{
	int r = erofs_input_next(u->inner, UINT64_MAX, ret, ret_size);
	size_t solid = r < 0 ? 0 : *ret_size;

	while (solid && !(*ret)[solid - 1])
		solid--;
	if (solid)
		u->solid_end = u->inner->position - (*ret_size - solid);
	return r;
}

static la_ssize_t read_inner(struct archive *archive, void *user, const void **ret)
{
	struct unpack *u = user;
	const uint8_t *bytes;
	size_t size;
	int r = next_inner(u, &bytes, &size);

	if (r < 0) {
		u->inner_failed = true;
		archive_set_error(archive, -r, "cannot read");
		return ARCHIVE_FATAL;
	}
	*ret = bytes;
	return (la_ssize_t)size;
}

static int fail_unpack(const struct unpack *u)
{
	const char *why = archive_error_string(u->archive);

	if (u->inner_failed)
		return -EIO;
	return erofs_fail(u->inner->report, -EUCLEAN, "%s: cannot unpack: %s", u->inner->name,
		why ? why : "unknown reason");
}

/* Behind the last stream there may be zeros, as gunzip.c has it. libarchive finds that out for some formats, and for
 * others just stops. */
static int check_rest(struct unpack *u)
{
	uint64_t end = (uint64_t)archive_filter_bytes(u->archive, -1);
	const uint8_t *bytes;
	size_t size = 1;
	int r = 0;

	while (r == 0 && size && u->solid_end <= end)
		r = next_inner(u, &bytes, &size);
	if (r < 0 || u->solid_end <= end)
		return r;
	return erofs_fail(u->inner->report, -EUCLEAN, "%s: cannot unpack: garbage behind the %s stream",
		u->inner->name, erofs_unpack_name(u->packing));
}

static int fill(void *user, uint8_t *to, size_t room, size_t *ret_size)
{
	struct unpack *u = user;
	struct archive_entry *entry;
	la_ssize_t got = 0;
	int r = u->begun ? ARCHIVE_OK : archive_read_next_header(u->archive, &entry);

	u->begun = true;
	if (r == ARCHIVE_OK)
		got = archive_read_data(u->archive, to, room);
	else if (r != ARCHIVE_EOF)
		got = -1;
	if (got < 0)
		return fail_unpack(u);
	*ret_size = (size_t)got;
	return got ? 0 : check_rest(u);
}

static void close_unpack(void *user)
{
	struct unpack *u = user;

	if (u->archive)
		archive_read_free(u->archive);
	erofs_input_close(u->inner);
	free(u);
}

/* ---- opening ---- */

/* ARCHIVE_WARN means that a program would be started for it, which a library must not do. */
static int support(struct archive *archive, enum erofs_packing packing)
{
	static int (*const functions[])(struct archive *) = {
		[EROFS_PACKING_XZ] = archive_read_support_filter_xz,
		[EROFS_PACKING_LZMA] = archive_read_support_filter_lzma,
		[EROFS_PACKING_LZIP] = archive_read_support_filter_lzip,
		[EROFS_PACKING_ZSTD] = archive_read_support_filter_zstd,
		[EROFS_PACKING_BZIP2] = archive_read_support_filter_bzip2,
		[EROFS_PACKING_LZ4] = archive_read_support_filter_lz4,
	};

	return functions[packing](archive);
}

static int open_archive(struct unpack *u)
{
	const struct erofs_input *inner = u->inner;
	const char *name = erofs_unpack_name(u->packing);

	u->archive = archive_read_new();
	if (!u->archive)
		return -ENOMEM;
	if (support(u->archive, u->packing) != ARCHIVE_OK ||
	    archive_read_support_format_raw(u->archive) != ARCHIVE_OK ||
	    archive_read_support_format_empty(u->archive) != ARCHIVE_OK)
		return erofs_fail(inner->report, -EOPNOTSUPP, "%s: packed with %s: this libarchive "
			"cannot unpack it", inner->name, name);
	if (archive_read_open(u->archive, u, NULL, read_inner, NULL) != ARCHIVE_OK)
		return fail_unpack(u);
	/* Left to itself, libarchive unpacks what it has unpacked, twenty times over: a few bytes have no end. */
	if (archive_filter_code(u->archive, 0) <= 0 || archive_filter_code(u->archive, 1) > 0)
		return erofs_fail(inner->report, -EUCLEAN, "%s: cannot unpack: no sound %s, or packed more "
			"than once", inner->name, name);
	return 0;
}

static int open_by_libarchive(struct erofs_input *inner, enum erofs_packing packing,
	struct erofs_input **ret)
{
	struct erofs_ahead_maker maker = { .inner = inner, .fill = fill, .close = close_unpack };
	struct unpack *u = calloc(1, sizeof(*u));
	int r;

	if (!u) {
		erofs_input_close(inner);
		return -ENOMEM;
	}
	u->inner = inner;
	u->packing = packing;
	r = open_archive(u);
	if (r < 0) {
		close_unpack(u);
		return r;
	}
	maker.user = u;
	return erofs_ahead_open(&maker, inner->name, inner->report, ret);
}

#endif

int erofs_unpack_open(struct erofs_input *inner, enum erofs_packing packing, struct erofs_input **ret)
{
	if (packing == EROFS_PACKING_GZIP)
		return erofs_gunzip_open(inner, NULL, ret);
	return open_by_libarchive(inner, packing, ret);
}
