/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Numbers as tar archives write them. All return false for what is none, or does not fit. */
#ifndef EROFS_TAR_NUMBER_H
#define EROFS_TAR_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A field of a header: octal digits, or with the first bit set a two's complement number to base 256. An
 * empty field is 0. */
bool erofs_tar_field(const uint8_t *field, size_t size, int64_t *ret);

/* Decimal digits, all @size of them. */
bool erofs_tar_decimal(const char *text, size_t size, uint64_t *ret);

/* "-12.345": seconds and nanoseconds, which are never negative: -0.25 is -1 and 750000000. Digits beyond the
 * ninth are cut. */
bool erofs_tar_time(const char *text, size_t size, int64_t *ret_seconds, uint32_t *ret_nsec);

#endif
