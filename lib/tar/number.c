/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Octal, base 256, decimal. */
#include "tar/number.h"

#define NSEC_PER_SECOND 1000000000u

/* The bit that tells the form is not part of the number; the one below it is the sign. */
static bool decode_base256(const uint8_t *field, size_t size, int64_t *ret)
{
	bool negative = field[0] & 0x40;
	uint8_t fill = negative ? 0xff : 0;
	uint64_t value = negative ? UINT64_MAX : 0;

	for (size_t i = 0; i < size; i++) {
		uint8_t byte = i ? field[i] : (uint8_t)((field[0] & 0x7f) | (negative ? 0x80 : 0));

		if (size - i > sizeof(value) && byte != fill)
			return false;
		value = value << 8 | byte;
	}
	*ret = (int64_t)value;
	return negative == (*ret < 0);
}

bool erofs_tar_field(const uint8_t *field, size_t size, int64_t *ret)
{
	uint64_t value = 0;
	size_t i = 0;

	if (field[0] & 0x80)
		return decode_base256(field, size, ret);
	while (i < size && field[i] == ' ')
		i++;
	for (; i < size && field[i] >= '0' && field[i] <= '7'; i++) {
		if (value >> 60)
			return false;
		value = value * 8 + (field[i] - '0');
	}
	for (; i < size; i++)
		if (field[i] != ' ' && field[i] != '\0')
			return false;
	*ret = (int64_t)value;
	return true;
}

bool erofs_tar_decimal(const char *text, size_t size, uint64_t *ret)
{
	uint64_t value = 0;

	for (size_t i = 0; i < size; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(text[i] - '0'), &value))
			return false;
	}
	*ret = value;
	return size > 0;
}

static bool decode_fraction(const char *text, size_t size, uint32_t *ret)
{
	uint32_t nsec = 0, unit = NSEC_PER_SECOND / 10;

	for (size_t i = 0; i < size; i++, unit /= 10) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		nsec += unit * (uint32_t)(text[i] - '0');
	}
	*ret = nsec;
	return true;
}

bool erofs_tar_time(const char *text, size_t size, int64_t *ret_seconds, uint32_t *ret_nsec)
{
	bool negative = size && text[0] == '-';
	size_t at = negative, point = at;
	uint32_t nsec = 0;
	uint64_t whole;

	while (point < size && text[point] != '.')
		point++;
	if (!erofs_tar_decimal(text + at, point - at, &whole) || whole >= INT64_MAX)
		return false;
	if (point < size && !decode_fraction(text + point + 1, size - point - 1, &nsec))
		return false;
	*ret_seconds = negative ? -(int64_t)whole : (int64_t)whole;
	*ret_nsec = nsec;
	if (negative && nsec) {
		(*ret_seconds)--;
		*ret_nsec = NSEC_PER_SECOND - nsec;
	}
	return true;
}
