/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Rounding and overflow, in 64 bits; searching. */
#ifndef EROFS_BASE_MATH_H
#define EROFS_BASE_MATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* @align is a power of two; the caller knows that the result fits. */
static inline uint64_t erofs_round_up(uint64_t x, uint64_t align)
{
	return (x + align - 1) & ~(align - 1);
}

static inline uint64_t erofs_round_down(uint64_t x, uint64_t align)
{
	return x & ~(align - 1);
}

/* Without overflow for any x. */
static inline uint64_t erofs_ceil_div(uint64_t x, uint64_t y)
{
	return x / y + (x % y != 0);
}

static inline bool erofs_is_power_of_two(uint64_t x)
{
	return x && !(x & (x - 1));
}

#define erofs_add_overflow(a, b, ret) __builtin_add_overflow(a, b, ret)
#define erofs_mul_overflow(a, b, ret) __builtin_mul_overflow(a, b, ret)

/* The number of the first element of @count in order for which @is_before is false, @count when there is none:
 * an expression about number @i. */
#define EROFS_BISECT(count, i, is_before) \
	(__extension__({ \
		size_t low_ = 0, high_ = (count); \
		while (low_ < high_) { \
			size_t i = low_ + (high_ - low_) / 2; \
			if (is_before) \
				low_ = i + 1; \
			else \
				high_ = i; \
		} \
		low_; \
	}))

#endif
