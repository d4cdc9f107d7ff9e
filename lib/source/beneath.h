/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Opening files of a source tree: never through a symbolic link, whatever the length of the path. */
#ifndef EROFS_SOURCE_BENEATH_H
#define EROFS_SOURCE_BENEATH_H

/* Opens @path, relative to the directory @root and without leading slash; "" is @root itself. O_CLOEXEC
 * and O_NOFOLLOW are implied; O_NOATIME is used where the system permits it. Returns the descriptor or
 * -errno; -ELOOP or -ENOTDIR when a symbolic link stands in the way. */
int erofs_open_beneath(int root, const char *path, int flags);

/* Opens @name in the directory @dir in the same manner. */
int erofs_open_entry(int dir, const char *name, int flags);

/* erofs_open_beneath one component at a time, as on kernels without openat2. */
int erofs_open_beneath_stepwise(int root, const char *path, int flags);

#endif
