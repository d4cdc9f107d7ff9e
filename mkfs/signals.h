/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an interrupted build must not leave behind. */
#ifndef MKFS_SIGNALS_H
#define MKFS_SIGNALS_H

#include <stdbool.h>

/* From now on SIGINT, SIGTERM and SIGHUP remove the files that were announced, then kill the process as
 * they always do. */
void signals_install(void);

/* As erofs_build_options.temporary: @path begins or ceases to exist. @user is not looked at. */
void signals_temporary(void *user, const char *path, bool exists);

#endif
