/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* version.h -- which release of the library is linked. */
#ifndef EROFS_VERSION_H
#define EROFS_VERSION_H

#ifdef __cplusplus
extern "C" {
#endif

/* "MAJOR.MINOR.PATCH" of the linked library. */
const char *erofs_version(void);

#ifdef __cplusplus
}
#endif

#endif
