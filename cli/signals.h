/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an interrupted program must not leave behind. */
#ifndef EROFS_CLI_SIGNALS_H
#define EROFS_CLI_SIGNALS_H

#include <erofs/report.h>

/* From now on SIGINT, SIGTERM and SIGHUP remove the files that were announced, then kill the process as
 * they always do. */
void cli_signals_install(void);

/* As erofs_build_options.temporary. @user is not looked at. */
void cli_signals_temporary(void *user, const char *path, enum erofs_temporary_state state);

#endif
