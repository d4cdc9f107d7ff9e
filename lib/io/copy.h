/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* An input that leaves a copy behind. */
#ifndef EROFS_IO_COPY_H
#define EROFS_IO_COPY_H

#include <erofs/file.h>

#include "io/input.h"

/* Passes on what @inner has, and writes it to @copy, which is borrowed. Takes over @inner, also when that fails. */
int erofs_copy_open_input(struct erofs_input *inner, struct erofs_file *copy, struct erofs_input **ret);

#endif
