/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What libselinux says about --file-contexts. Left alone it prints, with whatever is in the file and its name. */
#include "mkfs/run.h"

#ifdef HAVE_SELINUX
#include <stdarg.h>
#include <selinux/selinux.h>

__attribute__((format(printf, 2, 3)))
static int tell(int level, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	if (level == SELINUX_ERROR || level == SELINUX_WARNING)
		cli_relay(level == SELINUX_ERROR ? EROFS_LEVEL_ERROR : EROFS_LEVEL_WARNING, format, args);
	va_end(args);
	return 0;
}

void labels_listen(void)
{
	selinux_set_callback(SELINUX_CB_LOG, (union selinux_callback){ .func_log = tell });
}

#else

void labels_listen(void)
{
}

#endif
