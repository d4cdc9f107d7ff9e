/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* A file of the points from which parts of a gzip stream can be unpacked by themselves, as SOCI snapshotters read
 * it (version 2), all numbers little-endian: u32 count, u64 span; then of each point u64 place in the packed
 * stream, u64 in the unpacked one, u8 loose bits, and the window before it. */
#ifndef EROFS_IO_GZINFO_H
#define EROFS_IO_GZINFO_H

#include "io/gunzip.h"
#include "io/output.h"

struct erofs_gzinfo;

/* The regular file @path, which is new or replaced at the commit. As erofs_output_open. */
int erofs_gzinfo_open(const char *path, const struct erofs_output_watcher *watcher,
	const struct erofs_report *report, struct erofs_gzinfo **ret);
/* To be handed to erofs_gunzip_open, which has ended before the commit. */
struct erofs_gunzip_watcher erofs_gzinfo_watcher(struct erofs_gzinfo *info);
int erofs_gzinfo_commit(struct erofs_gzinfo *info);
/* Without a commit nothing is left. NULL is a no-op. */
void erofs_gzinfo_close(struct erofs_gzinfo *info);

#endif
