/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Writing files as they are, inodes, and whatever else has a place in an image. One pass over the bytes of every file
 * feeds digest, table of identical content and output. */
#ifndef EROFS_WRITE_WRITE_H
#define EROFS_WRITE_WRITE_H

#include <pthread.h>
#include "base/digest.h"
#include "io/output.h"
#include "io/spool.h"
#include "plan/encode.h"
#include "plan/plan.h"
#include "tree/content.h"
#include "write/content_table.h"

/* Streamed files are read in pieces of this size: the data buffer of a worker. */
#define WRITE_BUFFER_BYTES PLAN_SMALL_BYTES

/* A place where file data goes: blocks are handed out at its end, in commit order. */
struct write_target {
	struct erofs_output *out;
	uint64_t next_block;
	uint64_t loose_end;	/* byte; where more may follow if it is in the last block */
	uint64_t dirty_end;	/* blocks before this one may hold bytes of data given back */
	uint32_t align_blocks;
	uint16_t device;	/* as chunk indexes name it */
};

struct writer {
	struct erofs_plan *plan;
	const struct erofs_report *report;	/* may be entered by any worker */
	struct erofs_output *out;
	struct write_target image, blob;	/* @blob.out is NULL without a blob */
	struct erofs_content_table files, chunks;
	struct erofs_spool *metabox_spool;	/* the inode area, where that is the content of an inode; or NULL */
	/* The start of the image as far as the superblock's checksum covers it: written last. */
	uint8_t *head;
	size_t head_bytes;
	/* Digest of the chunked file whose steps are being committed. */
	struct erofs_digest *chunked_digest;
	pthread_mutex_t progress_lock;		/* around what follows */
	uint64_t done_bytes;			/* by erofs_write_advance */
	struct erofs_build_summary summary;
};

/* What a file of a batch needs between prepare and finish. */
struct file_slot {
	uint32_t buffer_at;	/* its blocks in the data buffer */
	bool written;		/* its blocks go to disk (not a copy of others, not a hole) */
	uint8_t digest[CONTENT_DIGEST_BYTES];
};

struct chunk_slot {
	uint64_t block;		/* PLAN_NO_BLOCK: hole */
	uint32_t buffer_at, bytes;
	bool written;
	uint8_t digest[CONTENT_DIGEST_BYTES];
};

/* State of one worker. */
struct write_worker {
	struct writer *w;
	uint8_t *data;			/* WRITE_BUFFER_BYTES */
	uint8_t *meta;			/* range of the inode area of the item in hand */
	size_t meta_capacity;
	struct file_slot *files;	/* of a batch, by position */
	struct chunk_slot *chunks;	/* of a batch or step */
	uint32_t chunk_count;
	bool step_is_hole;		/* and the buffer holds nothing of it */
	struct erofs_digest *content;	/* SHA-256, for finding identical content */
	struct erofs_digest *tag;	/* of the fingerprint; @content when that is SHA-256 too */
	uint8_t fingerprint[EROFS_FINGERPRINT_MAX_BYTES]; /* of a large file */
	uint64_t dirty_end;		/* of the target when the large file got its place */
};

/* ---- writer.c ---- */
/* Writes to the image; what belongs to the head is kept for the end. */
int erofs_write_image(struct writer *w, uint64_t at, const void *bytes, size_t size);
/* Writes to the inode area, wherever it is. */
int erofs_write_area(struct writer *w, uint64_t offset, const void *bytes, size_t size);
const char *erofs_write_temporary_directory(const struct writer *w);
/* Writes @size bytes of blocks from @block on in @target. */
int erofs_write_blocks(struct writer *w, const struct write_target *target, uint64_t block,
	const void *bytes, size_t size);
/* The same for file data, which is not written when blocks are only to be reserved. */
int erofs_write_data(struct writer *w, const struct write_target *target, uint64_t block,
	const void *bytes, size_t size);
/* Hands out @blocks blocks at the end of @target. Reports -EFBIG. */
int erofs_write_allocate(struct writer *w, struct write_target *target, uint64_t blocks,
	uint64_t *ret);
/* The same without alignment: right behind what was handed out before. */
int erofs_write_append(struct writer *w, struct write_target *target, uint64_t blocks, uint64_t *ret);
/* Hands out @bytes bytes: right behind those that it handed out last, unless others have got blocks since. */
int erofs_write_append_bytes(struct writer *w, struct write_target *target, uint64_t bytes,
	uint64_t *ret);
/* The same, with alignment where one is asked for. */
int erofs_write_allocate_bytes(struct writer *w, struct write_target *target, uint64_t bytes,
	uint64_t *ret);
/* Makes the zeros of [@start, @end), blocks that were handed out but are not written, come true. */
int erofs_write_zeros(struct writer *w, const struct write_target *target, uint64_t start,
	uint64_t end);
/* Blocks that were given back at the end may hold bytes of a file; metadata that follows has gaps. */
int erofs_write_clear_given_back(struct writer *w);
/* Room for the metadata of @item, zeroed. */
int erofs_write_meta_room(struct write_worker *ww, const struct plan_item *item);
int erofs_write_meta_out(struct write_worker *ww, const struct plan_item *item);
/* Where the inode of @node stands in the metadata buffer of @item. */
uint8_t *erofs_write_meta_at(struct write_worker *ww, const struct plan_item *item,
	const struct erofs_node *node);
/* Bytes of content in the blocks that @key stands for. */
uint64_t erofs_write_stored_bytes(const struct writer *w, const struct erofs_content_key *key);
bool erofs_write_is_zero(const void *bytes, size_t size);

/* ---- hash.c: the one or two digests that a file needs ---- */
struct file_hash {
	const struct erofs_plan *plan;
	struct erofs_digest *tag;	/* for the fingerprint; NULL = not needed */
	struct erofs_digest *content;	/* SHA-256 to find identical content; may be @tag, or NULL */
};
/* The digests of a worker whose @w is set. */
int erofs_file_hash_open(struct write_worker *ww);
void erofs_file_hash_close(struct write_worker *ww);
int erofs_file_hash_start(struct write_worker *ww, bool tag, bool content, struct file_hash *ret);
int erofs_file_hash_update(const struct file_hash *fh, const void *bytes, size_t size);
int erofs_file_hash_zeros(const struct file_hash *fh, uint64_t size);
/* @ret_fingerprint gets the value of the attribute, @ret_digest SHA-256, each if it was asked for. */
int erofs_file_hash_finish(const struct file_hash *fh, uint8_t *ret_fingerprint, uint8_t *ret_digest);

/* ---- batch.c, large.c, chunks.c: the three steps for each kind of item ---- */
int erofs_batch_prepare(struct write_worker *ww, const struct plan_item *item);
int erofs_batch_commit(struct write_worker *ww, const struct plan_item *item);
int erofs_batch_finish(struct write_worker *ww, const struct plan_item *item);
int erofs_large_commit(struct write_worker *ww, const struct plan_item *item);
int erofs_large_finish(struct write_worker *ww, const struct plan_item *item);
/* The chunks of small files in a batch. scan: notes those of @node, whose bytes are at @buffer_at; place:
 * finds or hands out blocks, in order; write: the new ones; fill_arrays: into the metadata. */
int erofs_chunks_scan(struct write_worker *ww, const struct erofs_node *node, uint32_t buffer_at);
int erofs_chunks_place(struct write_worker *ww);
int erofs_chunks_write(struct write_worker *ww);
void erofs_chunks_fill_arrays(struct write_worker *ww, const struct plan_item *item);
int erofs_chunks_prepare(struct write_worker *ww, const struct plan_item *item, uint64_t step);
int erofs_chunks_commit(struct write_worker *ww, const struct plan_item *item, uint64_t step);
int erofs_chunks_finish(struct write_worker *ww, const struct plan_item *item, uint64_t step);

/* ---- referred.c ---- */
/* Everything about a file whose content stays where it is: fingerprint, attributes and chunk array, in the
 * metadata buffer of @item. @buffer has erofs_plan_referred_buffer bytes to work with. */
int erofs_referred_prepare(struct write_worker *ww, const struct plan_item *item,
	const struct erofs_node *node, uint8_t *buffer);

/* ---- stream.c ---- */
/* A range of a file on its way to blocks. Holes are hashed but not written, except where the target may
 * hold other bytes. */
struct stream {
	struct write_worker *ww;
	struct erofs_content *content;
	const struct write_target *target;
	const struct file_hash *hash;
	uint64_t from, to;	/* of the file; @from starts a block */
	uint64_t block, blocks;	/* where to; how many */
	uint64_t dirty_end;	/* blocks before this one are not zero yet */
	uint8_t *tail;		/* bytes beyond @blocks go here: zeroed memory */
};
int erofs_stream_run(const struct stream *s);
/* Tells of @bytes of content that are done, from any worker. */
void erofs_write_advance(struct writer *w, uint64_t bytes);
/* Digests zeros; like streaming this advances. */
int erofs_stream_zeros(struct writer *w, const struct file_hash *fh, uint64_t size);

/* ---- inode.c ---- */
/* Inode, and the directory blocks or link text of a node that is no regular file. */
int erofs_write_node(struct write_worker *ww, const struct plan_item *item,
	const struct erofs_node *node);

/* ---- data_first.c ---- */
/* Everything about an item whose files are stored already. */
int erofs_data_first_finish(struct write_worker *ww, const struct plan_item *item);

#endif
