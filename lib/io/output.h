/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Where an image is written to: a nameless or temporary file beside the destination that takes its name
 * on commit, or a block device. Writes may come from several threads at disjoint offsets. */
#ifndef EROFS_IO_OUTPUT_H
#define EROFS_IO_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <erofs/report.h>

struct erofs_output;

/* Who is told of temporary names; may be all zero. */
struct erofs_output_watcher {
	void (*notice)(void *user, const char *path, enum erofs_temporary_state state);
	void *user;
};

/* Prepares to write @destination from byte @offset on. Symbolic links are followed. Regular file (or
 * none yet): a file without a name in the same directory, or where the file system has none such a
 * temporary name, with the mode and, where permitted, the owner of an existing destination, else 0644
 * less umask. An existing file that cannot be replaced (it is a mount point, or its directory takes no
 * new file) is emptied by the first write and written itself. Block device: opened exclusively; nothing is
 * written yet. Anything else: -EINVAL. Reports its errors. @watcher is copied; NULL = none. */
int erofs_output_open(const char *destination, uint64_t offset,
	const struct erofs_output_watcher *watcher, const struct erofs_report *report,
	struct erofs_output **ret);

/* Opens the image in @destination, which starts at @offset and ends at @end, to add to it: only what is behind
 * @end may be written before the commit, which syncs that, puts @head into its place and syncs again. After
 * an error before that the file is as it was. A regular file or a block device. Reports its errors. */
int erofs_output_open_append(const char *destination, uint64_t offset, uint64_t end,
	const struct erofs_report *report, struct erofs_output **ret);
/* What is there. */
int erofs_output_read(const struct erofs_output *out, uint64_t at, void *bytes, size_t size);
/* After the commit of an addition: one more change of the old bytes, on the disk when it is synced. */
int erofs_output_sync(struct erofs_output *out);
int erofs_output_amend(struct erofs_output *out, uint64_t at, const void *bytes, size_t size);

/* Whether committing one would replace what the other has written: one file, perhaps by two names. */
bool erofs_output_same(const struct erofs_output *a, const struct erofs_output *b);

/* Writes all of @size bytes at @at (relative to the offset). Regions never written read as zeros: on a
 * block device the output zeroes them at commit. The first write to a block device wipes an old
 * superblock. Reports errors with the destination's name. */
int erofs_output_write(struct erofs_output *out, uint64_t at, const void *bytes, size_t size);
/* The same for zeros from byte @start to @end; none where that is not behind it. Only needed where other bytes have
 * been written. */
int erofs_output_write_zeros(struct erofs_output *out, uint64_t start, uint64_t end);

/* Copies @size bytes written before from @from to @to, which is smaller. Not while others write. */
int erofs_output_move(struct erofs_output *out, uint64_t from, uint64_t to, uint64_t size);

/* Gives the output its final @size, writes @head (@head_size bytes at @head_at: the superblock's
 * surroundings) last, and gives the file its name. After an error the destination is as before. A block
 * device is synced before and after the head; a file is not, as no tool that writes images waits for the
 * disk: sync(1) does. */
int erofs_output_commit(struct erofs_output *out, uint64_t size, uint64_t head_at,
	const void *head, size_t head_size);

/* Before the commit of one of two files that belong together: what it replaces is kept until close, so that
 * erofs_output_revoke can bring it back when the other fails. */
void erofs_output_make_revocable(struct erofs_output *out);

/* Undoes a commit, as far as that is possible: not on a device, nor in a file written in place, nor
 * where the file system cannot exchange two names. Still to be closed. */
void erofs_output_revoke(struct erofs_output *out);

/* Closes; without a successful commit nothing of the file is left. NULL is a no-op. */
void erofs_output_close(struct erofs_output *out);

#endif
