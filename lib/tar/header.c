/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Header blocks. Fields are where POSIX.1 says; the GNU variant uses the room of the prefix. */
#include "tar/header.h"

#include <stddef.h>
#include <string.h>

#include "tar/number.h"

#define CHECKSUM_AT 148
#define CHECKSUM_BYTES 8
#define TYPE_AT 156
#define MAGIC_AT 257
#define DEVICE_AT 329
#define PREFIX_AT 345
#define OLD_SPARSE_AT 386
#define OLD_SPARSE_COUNT 4
#define OLD_SPARSE_MORE_AT 482
#define OLD_REAL_SIZE_AT 483
#define MORE_SPARSE_COUNT 21
#define MORE_SPARSE_MORE_AT 504

struct number_field {
	uint16_t at, size, to;
	const char *name;
};

#define NUMBER(at, size, field) { at, size, offsetof(struct erofs_tar_header, field), #field }

static const struct number_field numbers[] = {
	NUMBER(100, 8, mode), NUMBER(108, 8, uid), NUMBER(116, 8, gid), NUMBER(124, 12, size),
	NUMBER(136, 12, mtime), NUMBER(329, 8, major), NUMBER(337, 8, minor),
};

static bool is_zero(const uint8_t *block)
{
	return block[0] == 0 && !memcmp(block, block + 1, EROFS_TAR_BLOCK_BYTES - 1);
}

/* Old writers added up signed characters. */
static bool has_good_checksum(const uint8_t *block)
{
	int64_t stored, plain = 0, with_sign = 0;

	if (!erofs_tar_field(block + CHECKSUM_AT, CHECKSUM_BYTES, &stored))
		return false;
	for (int i = 0; i < (int)EROFS_TAR_BLOCK_BYTES; i++) {
		uint8_t byte = i >= CHECKSUM_AT && i < CHECKSUM_AT + CHECKSUM_BYTES ? ' ' : block[i];

		plain += byte;
		with_sign += (int8_t)byte;
	}
	return stored == plain || stored == with_sign;
}

/* Text that fills its field has no NUL. */
static size_t copy_text(char *to, const uint8_t *from, size_t size)
{
	size_t bytes = strnlen((const char *)from, size);

	memcpy(to, from, bytes);
	to[bytes] = '\0';
	return bytes;
}

static void decode_name(const uint8_t *block, struct erofs_tar_header *header)
{
	size_t bytes = 0;

	if (!header->gnu)
		bytes = copy_text(header->name, block + PREFIX_AT, 155);
	if (bytes)
		header->name[bytes++] = '/';
	copy_text(header->name + bytes, block, 100);
}

enum erofs_tar_verdict erofs_tar_decode(const uint8_t block[EROFS_TAR_BLOCK_BYTES],
	struct erofs_tar_header *ret, const char **ret_field)
{
	if (is_zero(block))
		return EROFS_TAR_ZERO;
	if (memcmp(block + MAGIC_AT, "ustar", 5))
		return EROFS_TAR_NO_MAGIC;
	if (!has_good_checksum(block))
		return EROFS_TAR_BAD_CHECKSUM;
	ret->gnu = !memcmp(block + MAGIC_AT, "ustar  ", 8);
	ret->type = block[TYPE_AT];
	if (ret->type == '\0' || ret->type == '7')
		ret->type = EROFS_TAR_FILE;
	decode_name(block, ret);
	copy_text(ret->link, block + 157, 100);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		const struct number_field *f = &numbers[i];
		int64_t value;

		*ret_field = f->name;
		/* Writers leave what they like in fields that mean nothing. */
		if (f->at >= DEVICE_AT && ret->type != EROFS_TAR_CHARACTER &&
		    ret->type != EROFS_TAR_BLOCK)
			value = 0;
		else if (!erofs_tar_field(block + f->at, f->size, &value))
			return EROFS_TAR_BAD_NUMBER;
		memcpy((char *)ret + f->to, &value, sizeof(value));
	}
	return EROFS_TAR_GOOD;
}

struct erofs_tar_old_sparse erofs_tar_sparse_header(const uint8_t block[EROFS_TAR_BLOCK_BYTES])
{
	return (struct erofs_tar_old_sparse){ block + OLD_SPARSE_AT, OLD_SPARSE_COUNT,
		block[OLD_SPARSE_MORE_AT] != 0, block + OLD_REAL_SIZE_AT };
}

struct erofs_tar_old_sparse erofs_tar_sparse_more(const uint8_t block[EROFS_TAR_BLOCK_BYTES])
{
	return (struct erofs_tar_old_sparse){ block, MORE_SPARSE_COUNT,
		block[MORE_SPARSE_MORE_AT] != 0, NULL };
}
