/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Where an image is written to: a temporary file beside the destination, renamed on commit, or a block
 * device. Writes may come from several threads at disjoint offsets. */
#ifndef EROFS_IO_OUTPUT_H
#define EROFS_IO_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <erofs/report.h>

struct erofs_output;

/* Prepares to write @destination from byte @offset on. Regular file (or none yet): a temporary file in
 * the same directory with the mode and, where permitted, the owner of an existing destination, else
 * 0666 less umask... block device: opened for writing, its first bytes are wiped by the first commit
 * step only. Anything else: -EINVAL "bad file type". Reports its errors. */
int erofs_output_open(const char *destination, uint64_t offset,
	const struct erofs_report *report, struct erofs_output **ret);

/* Writes all of @size bytes at @at (relative to the offset). Regions never written read as zeros: on a
 * block device the output zeroes them at commit. Reports errors with the destination's name. */
int erofs_output_write(struct erofs_output *out, uint64_t at, const void *bytes, size_t size);

/* Device and inode number of the file being written, so that a source scan can leave it out. */
void erofs_output_identity(const struct erofs_output *out, uint64_t *ret_device,
	uint64_t *ret_inode);

/* Gives the output its final @size, writes @head (@head_size bytes at @head_at: the superblock block)
 * last, syncs, and renames. After an error the destination is as before. */
int erofs_output_commit(struct erofs_output *out, uint64_t size, uint64_t head_at,
	const void *head, size_t head_size);

/* Closes; without a successful commit the temporary file is removed. NULL is a no-op. */
void erofs_output_close(struct erofs_output *out);

/* Removes the temporary file if the process dies by a signal: async-signal-safe, for the front end's
 * handler. @path_ret is the temporary name, borrowed; NULL for a block device. */
const char *erofs_output_temporary(const struct erofs_output *out);

#endif
