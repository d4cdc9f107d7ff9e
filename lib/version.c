/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* The release that was built. */
#include <erofs/version.h>

const char *erofs_version(void)
{
	return PACKAGE_VERSION;
}
