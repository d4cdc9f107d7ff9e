/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* zlib inflates; the frame around it is read here, since libarchive does not look at what stands behind a member,
 * and sums are made by libdeflate where it is there, several times as fast. */
#include "io/gunzip.h"

#include <errno.h>
#include <string.h>

#include "base/report.h"

#ifndef HAVE_ZLIB

int erofs_gunzip_open(struct erofs_input *inner, const struct erofs_gunzip_watcher *watcher,
	struct erofs_input **ret)
{
	int r = erofs_fail(inner->report, -EOPNOTSUPP,
		"%s: packed with gzip: this build, without zlib, cannot unpack it", inner->name);

	(void)watcher, (void)ret;
	erofs_input_close(inner);
	return r;
}

#else

#define ZLIB_CONST
#include <stdlib.h>
#include <zlib.h>
#ifdef HAVE_LIBDEFLATE
#include <libdeflate.h>
#endif
#include "format/endian.h"
#include "io/ahead.h"

#define FRAME_BYTES 10		/* before its optional parts */
#define TRAILER_BYTES 8
#define METHOD_DEFLATE 8
#define RAW_WINDOW_BITS (-15)
#define FREE_POINTS 256u	/* where members begin, however small they are */

enum { FLAG_HEADER_SUM = 2, FLAG_EXTRA = 4, FLAG_NAME = 8, FLAG_COMMENT = 16, FLAGS_KNOWN = 31 };
enum state { AT_FIRST, AT_MEMBER, IN_MEMBER, AT_END };
enum { BORDER = 128, LAST_BLOCK = 64, LOOSE_BITS = 7 };	/* z_stream.data_type */

struct gunzip {
	struct erofs_input *inner;
	struct erofs_gunzip_watcher watcher;
	enum state state;
	z_stream z;
	const uint8_t *bytes;		/* fetched, not taken yet */
	size_t left;
	uint32_t sum;			/* of the member so far */
	uint64_t size, total;		/* unpacked, of the member and all together */
	uint64_t last_point, points;
	uint8_t window[EROFS_GUNZIP_WINDOW_BYTES]; /* of the last point */
};

static int fail(const struct gunzip *g, const char *why)
{
	return erofs_fail(g->inner->report, -EUCLEAN, "%s: cannot unpack: %s", g->inner->name, why);
}

/* At least one byte at hand: 1, 0 at the end. */
static int fetch(struct gunzip *g)
{
	int r = g->left ? 0 : erofs_input_next(g->inner, UINT64_MAX, &g->bytes, &g->left);

	return r < 0 ? r : g->left > 0;
}

static int take_bytes(struct gunzip *g, uint8_t *ret, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		int r = fetch(g);

		if (r <= 0)
			return r < 0 ? r : fail(g, "the gzip stream ends too soon");
		ret[i] = *g->bytes++;
		g->left--;
	}
	return 0;
}

/* ---- points ---- */

static int tell_point(struct gunzip *g, uint8_t bits)
{
	struct erofs_gunzip_point point = { .packed_at = g->inner->position - g->left,
		.unpacked_at = g->total, .bits = bits, .window = g->window };
	uInt size = 0;

	if (g->size && inflateGetDictionary(&g->z, g->window, &size) != Z_OK)
		return -EIO;
	memmove(g->window + sizeof(g->window) - size, g->window, size);
	memset(g->window, 0, sizeof(g->window) - size);
	g->last_point = g->total;
	g->points++;
	return g->watcher.point(g->watcher.user, &point);
}

static bool is_far(const struct gunzip *g)
{
	return g->total - g->last_point > g->watcher.span_bytes;
}

static int watch(struct gunzip *g)
{
	int seen = g->z.data_type;

	return seen & BORDER && !(seen & LAST_BLOCK) && is_far(g) ? tell_point(g, (uint8_t)(seen & LOOSE_BITS)) : 0;
}

/* A member is worth a point while windows take less than what is unpacked: it may be a few bytes. */
static int watch_member(struct gunzip *g)
{
	bool cheap = g->points < FREE_POINTS || g->points < g->total / EROFS_GUNZIP_WINDOW_BYTES;

	return g->watcher.point && (cheap || is_far(g)) ? tell_point(g, 0) : 0;
}

/* ---- the frame ---- */

static int skip_text(struct gunzip *g)
{
	uint8_t c = 1;
	int r = 0;

	while (r == 0 && c)
		r = take_bytes(g, &c, 1);
	return r;
}

static int skip_extra(struct gunzip *g)
{
	uint8_t size[2], c;
	int r = take_bytes(g, size, 2);

	for (unsigned int left = erofs_load16(size); r == 0 && left; left--)
		r = take_bytes(g, &c, 1);
	return r;
}

static int skip_options(struct gunzip *g, uint8_t flags)
{
	uint8_t sum[2];
	int r = 0;

	if (flags & FLAG_EXTRA)
		r = skip_extra(g);
	if (r == 0 && flags & FLAG_NAME)
		r = skip_text(g);
	if (r == 0 && flags & FLAG_COMMENT)
		r = skip_text(g);
	if (r == 0 && flags & FLAG_HEADER_SUM)
		r = take_bytes(g, sum, sizeof(sum));
	return r;
}

static int begin_member(struct gunzip *g)
{
	uint8_t magic[2], frame[FRAME_BYTES - sizeof(magic)];
	int r = take_bytes(g, magic, sizeof(magic));

	if (r == 0 && (magic[0] != 0x1f || magic[1] != 0x8b))
		return fail(g, g->state == AT_FIRST ? "no gzip stream" : "garbage behind the gzip stream");
	if (r == 0)
		r = take_bytes(g, frame, sizeof(frame));
	if (r == 0 && (frame[0] != METHOD_DEFLATE || frame[1] & ~FLAGS_KNOWN))
		return fail(g, "gzip with a method or flags that nobody knows");
	if (r == 0)
		r = skip_options(g, frame[1]);
	if (r < 0)
		return r;
	if (inflateReset(&g->z) != Z_OK)
		return -EIO;
	g->sum = 0;
	g->size = 0;
	g->state = IN_MEMBER;
	return watch_member(g);
}

static int end_member(struct gunzip *g)
{
	uint8_t trailer[TRAILER_BYTES];
	int r = take_bytes(g, trailer, sizeof(trailer));

	if (r < 0)
		return r;
	if (erofs_load32(trailer) != g->sum)
		return fail(g, "the check sum of the gzip stream is wrong");
	if (erofs_load32(trailer + 4) != (uint32_t)g->size)
		return fail(g, "the length of the gzip stream is wrong");
	g->state = AT_MEMBER;
	return 0;
}

/* Another member, or the end: tapes and block devices leave zeros there. */
static int pass_padding(struct gunzip *g)
{
	int r = fetch(g);
	bool zeros = r > 0 && !*g->bytes;

	while (r > 0 && !*g->bytes) {
		g->bytes++;
		g->left--;
		r = fetch(g);
	}
	if (r == 0)
		g->state = AT_END;
	if (r <= 0)
		return r;
	return zeros ? fail(g, "garbage behind the gzip stream") : begin_member(g);
}

/* ---- inflating ---- */

static uint32_t add_to_sum(uint32_t sum, const uint8_t *bytes, size_t size)
{
#ifdef HAVE_LIBDEFLATE
	return libdeflate_crc32(sum, bytes, size);
#else
	return (uint32_t)crc32(sum, bytes, (uInt)size);
#endif
}

static int inflate_some(struct gunzip *g, uint8_t *to, size_t room, size_t *ret_size)
{
	int r = fetch(g), verdict;

	if (r < 0)
		return r;
	g->z.next_in = g->bytes;
	g->z.avail_in = (uInt)g->left;
	g->z.next_out = to;
	g->z.avail_out = (uInt)room;
	verdict = inflate(&g->z, g->watcher.point ? Z_BLOCK : Z_NO_FLUSH);
	*ret_size = room - g->z.avail_out;
	g->bytes = g->z.next_in;
	g->left = g->z.avail_in;
	g->sum = add_to_sum(g->sum, to, *ret_size);
	g->size += *ret_size;
	g->total += *ret_size;
	if (verdict == Z_STREAM_END)
		return end_member(g);
	if (verdict == Z_BUF_ERROR && r == 0)
		return fail(g, "the gzip stream ends too soon");
	if (verdict == Z_MEM_ERROR)
		return -ENOMEM;
	if (verdict != Z_OK && verdict != Z_BUF_ERROR)
		return fail(g, g->z.msg ? g->z.msg : "no sound gzip stream");
	return g->watcher.point ? watch(g) : 0;
}

static int fill(void *user, uint8_t *to, size_t room, size_t *ret_size)
{
	struct gunzip *g = user;
	int r = 0;

	*ret_size = 0;
	while (r == 0 && !*ret_size && g->state != AT_END) {
		if (g->state == AT_FIRST)
			r = begin_member(g);
		else if (g->state == AT_MEMBER)
			r = pass_padding(g);
		else
			r = inflate_some(g, to, room, ret_size);
	}
	return r;
}

static void close_gunzip(void *user)
{
	struct gunzip *g = user;

	inflateEnd(&g->z);
	erofs_input_close(g->inner);
	free(g);
}

int erofs_gunzip_open(struct erofs_input *inner, const struct erofs_gunzip_watcher *watcher,
	struct erofs_input **ret)
{
	struct erofs_ahead_maker maker = { .inner = inner, .fill = fill, .close = close_gunzip };
	struct gunzip *g = calloc(1, sizeof(*g));

	if (!g || inflateInit2(&g->z, RAW_WINDOW_BITS) != Z_OK) {
		free(g);
		erofs_input_close(inner);
		return -ENOMEM;
	}
	g->inner = inner;
	if (watcher)
		g->watcher = *watcher;
	maker.user = g;
	return erofs_ahead_open(&maker, inner->name, inner->report, ret);
}

#endif
