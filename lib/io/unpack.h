/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Compressed inputs. What format it is shows in the first bytes; unpacking runs in a thread of its own, so
 * that whoever takes the bytes can work meanwhile. */
#ifndef EROFS_IO_UNPACK_H
#define EROFS_IO_UNPACK_H

#include "io/input.h"

enum erofs_packing {
	EROFS_PACKING_NONE = 0,
	EROFS_PACKING_GZIP,
	EROFS_PACKING_XZ,
	EROFS_PACKING_LZMA,
	EROFS_PACKING_LZIP,
	EROFS_PACKING_ZSTD,
	EROFS_PACKING_BZIP2,
	EROFS_PACKING_LZ4,
};

/* What the next bytes of @input look like; none are taken. Or -errno. */
int erofs_unpack_detect(struct erofs_input *input);
/* "gzip" and so on. */
const char *erofs_unpack_name(enum erofs_packing packing);

/* What @inner unpacks to. Takes over @inner, also when that fails. -EOPNOTSUPP with a message where this
 * build, or its libarchive, cannot. Until the close no other thread may use @inner, and its report
 * is entered from another thread. */
int erofs_unpack_open(struct erofs_input *inner, enum erofs_packing packing,
	struct erofs_input **ret);

#endif
