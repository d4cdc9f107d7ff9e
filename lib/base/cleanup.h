/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Owning local variables: `auto_free char *p = ...` is freed at the end of its scope, and
 * `return take(&p)` hands it on. */
#ifndef EROFS_BASE_CLEANUP_H
#define EROFS_BASE_CLEANUP_H

#include <stdlib.h>
#include <unistd.h>

static inline void erofs_cleanup_free(void *p)
{
	free(*(void **)p);
}

static inline void erofs_cleanup_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

#define auto_free __attribute__((cleanup(erofs_cleanup_free)))
#define auto_fd __attribute__((cleanup(erofs_cleanup_fd)))

/* Defines the function behind `auto_type(TYPE)`: DEFINE_AUTO(dir, struct erofs_dir *, erofs_dir_close) */
#define DEFINE_AUTO(name, type, release)                          \
	static inline void erofs_cleanup_##name(type *p)          \
	{                                                         \
		if (*p)                                           \
			release(*p);                              \
	}
#define auto_of(name) __attribute__((cleanup(erofs_cleanup_##name)))

/* The value of a pointer variable, which is left NULL: ownership moves to the reader. */
#define take(p)                                \
	(__extension__({                       \
		__typeof__(*(p)) taken_ = *(p); \
		*(p) = NULL;                   \
		taken_;                        \
	}))

#endif
