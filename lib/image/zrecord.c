/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Records of encoded extents (format section 8.7). */
#include "image/zrecord.h"

#include <string.h>
#include "format/erofs_fs.h"

struct erofs_zrecord erofs_zrecord_decode(const struct erofs_zheader *header, const uint8_t *raw)
{
	struct z_erofs_extent extent = { 0 };
	struct erofs_zrecord record;

	memcpy(&extent, raw, header->record_bytes);
	record.word = erofs_get32(extent.plen);
	record.bytes = record.word & Z_EROFS_EXTENT_LENGTH_MASK;
	record.format = record.word >> Z_EROFS_EXTENT_FORMAT_SHIFT;
	record.partial = record.word & Z_EROFS_EXTENT_PARTIAL;
	record.physical = erofs_get32(extent.pstart_lo) | (uint64_t)erofs_get32(extent.pstart_hi) << 32;
	record.logical = erofs_get32(extent.lstart_lo) | (uint64_t)erofs_get32(extent.lstart_hi) << 32;
	return record;
}
