/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* libarchive knows the formats; its "raw" reader does nothing but unpack. Its thread fills slots of a ring,
 * which the user of the input empties. */
#include "io/unpack.h"

#include <errno.h>
#include <string.h>

#include "base/report.h"

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

int erofs_unpack_open(struct erofs_input *inner, enum erofs_packing packing, struct erofs_input **ret)
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
#include <pthread.h>
#include <stdlib.h>

#define SLOT_BYTES (256u << 10)
#define SLOTS 4u

struct unpack {
	struct erofs_input base;
	struct erofs_input *inner;
	struct archive *archive;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	uint64_t filled, emptied;	/* slots, counted from the start */
	size_t used[SLOTS];		/* bytes in a slot; 0 = the end */
	int error;
	bool stop;			/* nobody wants the rest */
	bool holds;			/* the slot at @emptied is lent out */
	bool inner_failed;		/* and has said so */
	uint8_t slots[SLOTS][SLOT_BYTES];
};

/* ---- the thread ---- */

static la_ssize_t read_inner(struct archive *archive, void *user, const void **ret)
{
	struct unpack *u = user;
	const uint8_t *bytes;
	size_t size;
	int r = erofs_input_next(u->inner, UINT64_MAX, &bytes, &size);

	if (r < 0) {
		u->inner_failed = true;
		archive_set_error(archive, -r, "cannot read");
		return ARCHIVE_FATAL;
	}
	*ret = bytes;
	return (la_ssize_t)size;
}

/* Waits for a slot to fill; NULL when nobody wants more. */
static uint8_t *claim_slot(struct unpack *u)
{
	uint8_t *slot = NULL;

	pthread_mutex_lock(&u->lock);
	while (!u->stop && u->filled - u->emptied == SLOTS)
		pthread_cond_wait(&u->changed, &u->lock);
	if (!u->stop)
		slot = u->slots[u->filled % SLOTS];
	pthread_mutex_unlock(&u->lock);
	return slot;
}

static void hand_over(struct unpack *u, size_t used, int error)
{
	pthread_mutex_lock(&u->lock);
	u->used[u->filled % SLOTS] = used;
	u->error = error;
	u->filled++;
	pthread_cond_signal(&u->changed);
	pthread_mutex_unlock(&u->lock);
}

static int fail_unpack(struct unpack *u)
{
	const char *why = archive_error_string(u->archive);
	char printable[EROFS_PRINTABLE_SIZE];

	if (u->inner_failed)
		return -EIO;
	if (!why)
		why = "unknown reason";
	erofs_printable(why, strlen(why), printable, sizeof(printable));
	return erofs_fail(u->base.report, -EUCLEAN, "%s: cannot unpack: %s", u->base.name, printable);
}

static void *unpack_all(void *user)
{
	struct unpack *u = user;
	struct archive_entry *entry;
	uint8_t *slot = claim_slot(u);
	la_ssize_t got = 1;
	int r = archive_read_next_header(u->archive, &entry);

	if (r == ARCHIVE_EOF)
		got = 0;
	else if (r != ARCHIVE_OK)
		got = -1;
	while (slot && got > 0) {
		size_t used = 0;

		do {
			got = archive_read_data(u->archive, slot + used, SLOT_BYTES - used);
			used += got > 0 ? (size_t)got : 0;
		} while (got > 0 && used < SLOT_BYTES);
		if (used) {
			hand_over(u, used, 0);
			slot = claim_slot(u);
		}
	}
	if (slot)
		hand_over(u, 0, got < 0 ? fail_unpack(u) : 0);
	return NULL;
}

/* ---- the input ---- */

static int unpack_fetch(struct erofs_input *base, const uint8_t **ret, size_t *ret_size)
{
	struct unpack *u = (struct unpack *)base;
	size_t slot;
	int r = 0;

	pthread_mutex_lock(&u->lock);
	if (u->holds) {
		u->emptied++;
		pthread_cond_signal(&u->changed);
	}
	while (u->emptied == u->filled)
		pthread_cond_wait(&u->changed, &u->lock);
	slot = u->emptied % SLOTS;
	*ret = u->slots[slot];
	*ret_size = u->used[slot];
	/* The last one stays: whoever asks again gets the same answer. */
	u->holds = u->used[slot] > 0;
	if (!u->holds)
		r = u->error;
	pthread_mutex_unlock(&u->lock);
	return r;
}

static void unpack_free(struct unpack *u)
{
	if (u->archive)
		archive_read_free(u->archive);
	erofs_input_close(u->inner);
	pthread_cond_destroy(&u->changed);
	pthread_mutex_destroy(&u->lock);
	free(u);
}

static void unpack_close(struct erofs_input *base)
{
	struct unpack *u = (struct unpack *)base;

	pthread_mutex_lock(&u->lock);
	u->stop = true;
	pthread_cond_signal(&u->changed);
	pthread_mutex_unlock(&u->lock);
	pthread_join(u->thread, NULL);
	unpack_free(u);
}

static const struct erofs_input_ops unpack_ops = { unpack_fetch, NULL, unpack_close };

/* ARCHIVE_WARN means that a program would be started for it, which a library must not do. */
static int support(struct archive *archive, enum erofs_packing packing)
{
	static int (*const functions[])(struct archive *) = {
		[EROFS_PACKING_GZIP] = archive_read_support_filter_gzip,
		[EROFS_PACKING_XZ] = archive_read_support_filter_xz,
		[EROFS_PACKING_LZMA] = archive_read_support_filter_lzma,
		[EROFS_PACKING_LZIP] = archive_read_support_filter_lzip,
		[EROFS_PACKING_ZSTD] = archive_read_support_filter_zstd,
		[EROFS_PACKING_BZIP2] = archive_read_support_filter_bzip2,
		[EROFS_PACKING_LZ4] = archive_read_support_filter_lz4,
	};

	return functions[packing](archive);
}

static int open_archive(struct unpack *u, enum erofs_packing packing)
{
	u->archive = archive_read_new();
	if (!u->archive)
		return -ENOMEM;
	if (support(u->archive, packing) != ARCHIVE_OK ||
	    archive_read_support_format_raw(u->archive) != ARCHIVE_OK ||
	    archive_read_support_format_empty(u->archive) != ARCHIVE_OK)
		return erofs_fail(u->base.report, -EOPNOTSUPP, "%s: packed with %s: this libarchive "
			"cannot unpack it", u->base.name, erofs_unpack_name(packing));
	if (archive_read_open(u->archive, u, NULL, read_inner, NULL) != ARCHIVE_OK)
		return fail_unpack(u);
	/* Left to itself, libarchive unpacks what it has unpacked, twenty times over: a few bytes have no end. */
	if (archive_filter_code(u->archive, 0) <= 0 || archive_filter_code(u->archive, 1) > 0)
		return erofs_fail(u->base.report, -EUCLEAN, "%s: cannot unpack: no sound %s, or packed more "
			"than once", u->base.name, erofs_unpack_name(packing));
	return 0;
}

int erofs_unpack_open(struct erofs_input *inner, enum erofs_packing packing, struct erofs_input **ret)
{
	struct unpack *u = calloc(1, sizeof(*u));
	int r;

	if (!u) {
		erofs_input_close(inner);
		return -ENOMEM;
	}
	u->base = (struct erofs_input){ .ops = &unpack_ops, .report = inner->report,
		.name = inner->name };
	u->inner = inner;
	pthread_mutex_init(&u->lock, NULL);
	pthread_cond_init(&u->changed, NULL);
	r = open_archive(u, packing);
	if (r == 0)
		r = -pthread_create(&u->thread, NULL, unpack_all, u);
	if (r < 0) {
		unpack_free(u);
		return r;
	}
	*ret = &u->base;
	return 0;
}

#endif
