/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* What a reader keeps while it reads compressed files. */
#ifndef EROFS_IMAGE_ZCACHE_H
#define EROFS_IMAGE_ZCACHE_H

#include "codec/codec.h"
#include "image/zmap_state.h"

/* Few, so that they stay in the processor's cache; a pcluster larger than the budget has it alone. */
#define EROFS_ZCACHE_ENTRIES 4
#define EROFS_ZCACHE_BUDGET ((size_t)4 << 20)

struct erofs_zbuffer {
	uint8_t *bytes;
	size_t capacity;
};

/* A decoded pcluster or its first @size bytes, or that it cannot be decoded: thousands of fragments may
 * be in it, and each would try again. */
struct erofs_zentry {
	struct erofs_zbuffer buffer;
	size_t size;	 /* 0 = nothing */
	int error;	 /* what decoding extent.length bytes gave */
	uint64_t used;	 /* time of last use; 0 = never */
	struct erofs_extent extent;
	bool in_metabox; /* where the inline pcluster of @extent is */
};

struct erofs_zcache_state {
	struct erofs_zmap maps[EROFS_ZMAP_ROLES];
	struct erofs_zentry entries[EROFS_ZCACHE_ENTRIES];
	uint64_t clock;
	/* Bytes of a device: the pcluster fetched last and, when they are fetched in order, those
	 * behind it. */
	struct erofs_zbuffer window;
	uint32_t window_device;
	uint64_t window_start;
	size_t window_size;
	uint64_t fetched_end; /* where the last pcluster ended */
	/* An inline pcluster of the device and one of the metabox, to fetch which may take fetching
	 * the metabox's own. */
	struct erofs_zbuffer inline_bytes[2];
	void *decoders[EROFS_ALGORITHM_COUNT];
	uint64_t longer_nid; /* the file that was last warned about */
};

/* The state of @rd, made at first use. 0 or -ENOMEM. */
int erofs_zcache_get(struct erofs_reader *rd, struct erofs_zcache_state **ret);

/* Makes room for @size bytes; what was there is lost. 0 or -ENOMEM. */
int erofs_zbuffer_reserve(struct erofs_zbuffer *buffer, size_t size);

/* The entry that has the bytes or the error of @extent of @inode, or NULL. */
struct erofs_zentry *erofs_zcache_find(struct erofs_zcache_state *state,
	const struct erofs_inode *inode, const struct erofs_extent *extent);

/* An entry with room for @extent->length bytes, in place of the least recently used. It counts as
 * filled when the caller sets its size or error. */
int erofs_zcache_take(struct erofs_zcache_state *state, const struct erofs_inode *inode,
	const struct erofs_extent *extent, struct erofs_zentry **ret);

#endif
