/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Data that no algorithm shrinks: compressed, encrypted, random. */
#ifndef EROFS_CODEC_INCOMPRESSIBLE_H
#define EROFS_CODEC_INCOMPRESSIBLE_H

#include <stdbool.h>
#include "base/span.h"

/* Whether the first @size bytes of @in (all of it, if that is less) are not worth an attempt. A guess
 * that errs towards "false". */
bool erofs_is_incompressible(struct erofs_span in, size_t size);

#endif
