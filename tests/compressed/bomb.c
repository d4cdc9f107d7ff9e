/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bomb FILE BYTES: a small image whose /file has about BYTES bytes. They are extents of 12 MiB that refer
 * to two LZ4 pclusters in turn, neither of which fits what a reader keeps next to the other. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tests/reject/reject.h"

#define EXTENT ((uint64_t)12 << 20)
#define PCLUSTER 49664u /* what it takes, in whole blocks */
#define FORMAT_LZ4 (1u << 28)

/* An LZ4 block that decodes to @size times @byte: one literal, one match with what precedes it, and the
 * five literals that have to be last. */
static void put_pcluster(uint8_t *bytes, size_t room, uint8_t byte, uint64_t size)
{
	uint64_t more = size - 1 - 5 - 19; /* of the match, beyond what the token says */
	size_t used = 4 + more / 255 + 1 + 6;
	uint8_t *p = bytes + (room - used);

	memset(bytes, 0, room);
	*p++ = 1 << 4 | 15;
	*p++ = byte;
	*p++ = 1;
	*p++ = 0;
	memset(p, 255, more / 255);
	p += more / 255;
	*p++ = (uint8_t)(more % 255);
	*p++ = 5 << 4;
	memset(p, byte, 5);
}

static void put_extents(struct image *img, uint64_t nid, uint64_t count, uint64_t first_pcluster)
{
	struct z_erofs_map_header *header =
		(struct z_erofs_map_header *)(extended_of(img, nid) + 1);
	uint8_t *records = (uint8_t *)(header + 1);

	records += (sizeof(struct z_erofs_extent) - (size_t)(records - img->bytes)) %
		   sizeof(struct z_erofs_extent);
	header->h_fragmentoff = erofs_put32((uint32_t)count);
	header->h_advise = erofs_put16(Z_EROFS_ADVISE_EXTENTS | 3u << 1); /* 32-byte records */
	for (uint64_t i = 0; i < count; i++) {
		struct z_erofs_extent extent = {
			.plen = erofs_put32(FORMAT_LZ4 | PCLUSTER),
			.pstart_lo = erofs_put32((uint32_t)(first_pcluster + i % 2 * PCLUSTER)),
			.lstart_lo = erofs_put32((uint32_t)(i * EXTENT)),
			.lstart_hi = erofs_put32((uint32_t)(i * EXTENT >> 32)),
		};

		memcpy(records + i * sizeof(extent), &extent, sizeof(extent));
	}
}

static void make(struct image *img, uint64_t count)
{
	const uint64_t nid = SLOT(BLOCKS);
	const size_t array = (size_t)(count * sizeof(struct z_erofs_extent) + BLOCK) / BLOCK * BLOCK;
	const size_t first = (BLOCKS + 1) * BLOCK + array;

	image_init_sound(img);
	image_grow(img, first + 2 * PCLUSTER);
	super_of(img)->feature_incompat =
		erofs_put32(EROFS_INCOMPAT_LZ4_0PADDING | EROFS_INCOMPAT_48BIT);
	*compact_of(img, nid) = *compact_of(img, FILE_);
	extend(img, nid);
	set_layout(img, nid, EROFS_LAYOUT_COMPRESSED_FULL);
	extended_of(img, nid)->i_size = erofs_put64(count * EXTENT);
	record_of(block_of(img, ROOT_BLOCK), 4)->nid = erofs_put64(nid);
	put_extents(img, nid, count, first);
	put_pcluster(img->bytes + first, PCLUSTER, 'a', EXTENT);
	put_pcluster(img->bytes + first + PCLUSTER, PCLUSTER, 'b', EXTENT);
}

int main(int argc, char **argv)
{
	FILE *f = argc == 3 ? fopen(argv[1], "wb") : NULL;
	struct image img;
	int status;

	if (!f)
		return 2;
	make(&img, strtoull(argv[2], NULL, 0) / EXTENT);
	status = fwrite(img.bytes, 1, img.size, f) != img.size;
	image_fini(&img);
	return fclose(f) || status ? 1 : 0;
}
