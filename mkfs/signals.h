/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an interrupted build must not leave behind. */
#ifndef MKFS_SIGNALS_H
#define MKFS_SIGNALS_H

#include <erofs/report.h>

/* From now on SIGINT, SIGTERM and SIGHUP remove the files that were announced, then kill the process as
 * they always do. */
void signals_install(void);

/* As erofs_build_options.temporary. @user is not looked at. */
void signals_temporary(void *user, const char *path, enum erofs_temporary_state state);

#endif
