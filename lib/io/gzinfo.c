/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Points go to the file as they come; how many there are is known, and written, last. */
#include "io/gzinfo.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/report.h"

#define SPAN_BYTES (4u << 20)
#define HEAD_BYTES 12u
#define POINT_BYTES (17u + EROFS_GUNZIP_WINDOW_BYTES)

struct erofs_gzinfo {
	struct erofs_output *out;
	const struct erofs_report *report;
	const char *path;
	uint32_t count;
	uint8_t point[POINT_BYTES];
};

static uint8_t *put_number(uint8_t *to, uint64_t number, unsigned int bytes)
{
	for (unsigned int i = 0; i < bytes; i++)
		*to++ = (uint8_t)(number >> 8 * i);
	return to;
}

static uint64_t end_of(const struct erofs_gzinfo *info)
{
	return HEAD_BYTES + (uint64_t)info->count * POINT_BYTES;
}

static int add_point(void *user, const struct erofs_gunzip_point *point)
{
	struct erofs_gzinfo *info = user;
	uint8_t *to = put_number(info->point, point->packed_at, 8);
	int r;

	to = put_number(to, point->unpacked_at, 8);
	to = put_number(to, point->bits, 1);
	memcpy(to, point->window, EROFS_GUNZIP_WINDOW_BYTES);
	if (info->count == UINT32_MAX)
		return erofs_fail(info->report, -EFBIG, "%s: too many points", info->path);
	r = erofs_output_write(info->out, end_of(info), info->point, sizeof(info->point));
	info->count++;
	return r;
}

int erofs_gzinfo_open(const char *path, const struct erofs_output_watcher *watcher,
	const struct erofs_report *report, struct erofs_gzinfo **ret)
{
	struct erofs_gzinfo *info = calloc(1, sizeof(*info));
	int r;

	if (!info)
		return erofs_fail_errno(report, -ENOMEM, "%s", path);
	info->report = report;
	info->path = path;
	r = erofs_output_open(path, 0, watcher, report, &info->out);
	if (r < 0)
		free(info);
	else
		*ret = info;
	return r;
}

struct erofs_gunzip_watcher erofs_gzinfo_watcher(struct erofs_gzinfo *info)
{
	return (struct erofs_gunzip_watcher){ info, SPAN_BYTES, add_point };
}

int erofs_gzinfo_commit(struct erofs_gzinfo *info)
{
	uint8_t head[HEAD_BYTES];

	put_number(put_number(head, info->count, 4), SPAN_BYTES, 8);
	return erofs_output_commit(info->out, end_of(info), 0, head, sizeof(head));
}

void erofs_gzinfo_close(struct erofs_gzinfo *info)
{
	if (!info)
		return;
	erofs_output_close(info->out);
	free(info);
}
