/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* The map of one compressed inode and where the last look-up left off, so that reading a file in order
 * decodes its index once. Shared by the files zmap*.c. */
#ifndef EROFS_IMAGE_ZMAP_STATE_H
#define EROFS_IMAGE_ZMAP_STATE_H

#include "image/reader.h"
#include "image/zindex.h"
#include "image/zrecord.h"

/* Whose map it is: to map a file may take reading the metabox, to read it the packed inode, and each
 * keeps its place meanwhile. */
enum erofs_zmap_role {
	EROFS_ZMAP_FILE,
	EROFS_ZMAP_PACKED,
	EROFS_ZMAP_METABOX,
	EROFS_ZMAP_ROLES,
};

#define EROFS_ZMAP_ROW_BYTES 512 /* records read at once */

struct erofs_zmap {
	bool loaded;
	struct erofs_inode inode;
	struct erofs_zheader header;
	struct erofs_extent last; /* what was found last; length 0 = nothing yet */
	/* indexes: the pack decoded last; count 0 = none */
	struct erofs_zpack pack;
	struct erofs_lcluster lclusters[EROFS_ZPACK_MAX_COUNT];
	/* records: the bytes read last, and the position of the record after @last */
	uint64_t row_first;
	uint32_t row_count;
	uint8_t row[EROFS_ZMAP_ROW_BYTES];
	uint64_t next_record;
	uint64_t next_physical; /* 4-byte records only */
};

/* Sends "nid N: text" about map->inode and returns -EUCLEAN. */
int erofs_zmap_damaged(struct erofs_reader *rd, const struct erofs_zmap *map, const char *format,
	...) EROFS_PRINTF(3, 4);

/* Finds the extent with @logical, which is inside the file but not in map->last. */
int erofs_zmap_find_in_index(struct erofs_reader *rd, struct erofs_zmap *map, uint64_t logical,
	struct erofs_extent *ret);
int erofs_zmap_find_in_records(struct erofs_reader *rd, struct erofs_zmap *map, uint64_t logical,
	struct erofs_extent *ret);

/* What every encoded extent is held against: its algorithm is one of the image's, neither it nor what it
 * decodes to is larger than Linux takes, and uncompressed bytes are all there (section 8.3). */
int erofs_zmap_check_extent(struct erofs_reader *rd, const struct erofs_zmap *map,
	const struct erofs_extent *extent);

/* Makes @ret the extent from @logical to the end of the file at @offset of the packed inode. */
int erofs_zmap_fragment(struct erofs_reader *rd, const struct erofs_zmap *map, uint64_t logical,
	uint64_t offset, struct erofs_extent *ret);

#endif
