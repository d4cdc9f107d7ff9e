/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Bytes made fit to be shown, where memory is at hand; digits. */
#ifndef EROFS_BASE_TEXT_H
#define EROFS_BASE_TEXT_H

#include <stddef.h>

/* Writes @count bytes as erofs_text_escape does, without a NUL: at most 4 for each. Returns the end. */
char *erofs_text_put(char *to, const char *bytes, size_t count);
/* The value of a hexadecimal digit in either case, or -1. */
int erofs_text_hex_value(char c);

#endif
