/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* text.h -- raw bytes shown to people. Names, paths and labels of images and sources are whatever somebody
 * chose: they may break lines, drive a terminal or be no UTF-8. All functions are pure and may be called from
 * any thread. */
#ifndef EROFS_TEXT_H
#define EROFS_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* @bytes, NUL-terminated, on one line: printable UTF-8 as it is, all else and backslashes as \xHH. To be freed
 * by the caller; NULL when out of memory. Messages and texts of findings (report.h) are already like that. */
char *erofs_text_escape(const char *bytes);

/* The code point of the well-formed UTF-8 sequence at @bytes, of which @room can be read, and its length in
 * bytes; 0, and nothing written, when there is none. */
size_t erofs_text_decode(const char *bytes, size_t room, uint32_t *ret_code);
/* False for controls and for characters that reorder or hide others. */
bool erofs_text_printable(uint32_t code);

#ifdef __cplusplus
}
#endif

#endif
