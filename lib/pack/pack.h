/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Packing: the phase of a compressed build that reads, digests, compresses and stores the content of all
 * files. Metadata is planned and written behind it, from what this phase leaves in the plan.
 *
 * The unit of work is a segment: a range of a large file, or a few small files. Where segments end depends
 * on sizes alone, so the bytes of an image do not depend on the number of workers; an extent never
 * reaches into the next segment. */
#ifndef EROFS_PACK_PACK_H
#define EROFS_PACK_PACK_H

#include <pthread.h>

#include "base/workers.h"
#include "pack/dedupe.h"
#include "pack/extent_table.h"
#include "pack/heads.h"
#include "pack/fragment_stream.h"
#include "write/write.h"

/* Files up to this size are one segment, larger ones several of this size. */
#define PACK_SEGMENT_BYTES (4u << 20)
/* Small files are packed together up to these limits. */
#define PACK_BATCH_BYTES (512u << 10)
#define PACK_BATCH_INODES 1024u

/* Digests of a large file whose content another file stores. */
struct pack_twin {
	uint8_t digest[CONTENT_DIGEST_BYTES];
	uint8_t fingerprint[EROFS_FINGERPRINT_MAX_BYTES];
};

struct pack_item {
	uint64_t first_segment;		/* segments of all items before this one */
	uint32_t first, count;		/* node indexes */
	uint32_t files;			/* of them with content */
	uint64_t bytes;			/* input of a segment, padded to blocks */
	uint64_t segments;		/* more than 1: of the file @first */
	struct pack_twin *twin;		/* not NULL: of the large file @first, which is not read again */
};

/* A file of several segments while they are committed. */
struct pack_large {
	uint64_t before, loose_before;	/* ends of the image before the file */
	uint64_t start;			/* its first byte */
	bool plain;			/* stored as it is so far */
	int64_t saved_bytes;		/* by compression, if there were no links */
	struct known_extent *newest_before;
};

/* Input and output of a segment. */
struct pack_buffer {
	struct pack_buffer *next;
	size_t bytes;			/* of either */
	uint8_t *in, *out;
};

/* All of them; under the lock of the job. */
struct pack_buffers {
	struct pack_buffer *idle;	/* the one left last first */
	uint64_t bytes;			/* of those that are idle and those that are not, inputs alone ... */
	uint64_t max_bytes;		/* ... beyond which none is idle */
};

struct pack {
	struct writer *w;
	struct erofs_fragments *fragments;
	struct pack_item *items;
	size_t item_count, item_capacity;
	uint64_t segment_count;
	pthread_mutex_t lock;
	struct pack_tool *tools;	/* encoders that nobody uses, under the lock */
	struct pack_buffers buffers;
	struct erofs_content_table claims;	/* who has which content, under the lock */
	struct erofs_dedupe dedupe;	/* empty without -Ededupe */
	struct pack_head_board heads;	/* ditto */
	struct erofs_extent_table known_extents; /* in turn */
	struct pack_item **candidates;	/* large files that may be identical to others */
	struct pack_large large;
	struct erofs_table pieces;	/* of sources, that are carried over */
	struct erofs_arena piece_arena;
	struct pack_piece *fresh;	/* pieces of the large file in hand */
	struct write_worker hashing;	/* digests of the large file; nothing else of it */
	struct file_hash hash;
};

/* A file, or the segment of one, from prepare to finish. */
struct pack_slot {
	const struct erofs_node *node;
	uint64_t from;			/* of the file */
	size_t size;
	size_t in_at;			/* its bytes in the input buffer; zeros up to the next block */
	size_t out_at;			/* its blocks in the output buffer ... */
	uint64_t blocks;		/* ... as many, or in whole ... */
	size_t stored_bytes;		/* ... as many bytes */
	uint64_t start;			/* where they go in the image; by a commit */
	size_t first_extent, extent_count;
	size_t first_head, head_count;	/* of the worker's, if others refer to it */
	uint64_t first_in_plan;		/* its first extent there; by a commit */
	bool is_source;
	size_t tail_at;			/* of the worker's tails ... */
	uint32_t tail_bytes;		/* ... when the last extent is to stand inline */
	size_t fragment_bytes;		/* the end, of its input, that goes to the packed inode */
	int64_t saved_bytes;		/* by compression, if there were no links and no cuts */
	bool alone;			/* links and cuts do not count now */
	bool carried;			/* as the source has it stored: compressed */
	bool by_form;			/* digested as it is stored, not by its content */
	bool aligned;			/* carried: all of it in whole blocks */
	uint64_t total_bytes;		/* carried: stored, also of what others have stored before */
	bool compressed;		/* or flat; not yet known of a part of a large file */
	bool shares;			/* extents that are stored elsewhere */
	bool written;			/* its blocks go to disk */
	bool claimed;			/* by a file that is committed before: not compressed again */
	uint8_t digest[CONTENT_DIGEST_BYTES];
	uint8_t fingerprint[EROFS_FINGERPRINT_MAX_BYTES];
};

/* Where a piece of a source comes from, and what is known of it. */
struct pack_origin {
	uint64_t at;
	uint8_t digest[CONTENT_DIGEST_BYTES];	/* of what is stored; zeros where the content is not digested */
	struct pack_piece *piece;
};

/* What is known of an extent with a place of its own. */
struct pack_stored {
	uint8_t digest[CONTENT_DIGEST_BYTES];
	struct known_extent *entry;	/* in turn; NULL: it has no such place */
	bool again;			/* and has been there before */
};

/* A segment from prepare to finish. */
struct pack_worker {
	struct pack *pack;
	struct write_worker hashing;	/* its digests; nothing else of it */
	struct erofs_encoder **encoders; /* of the worker, during prepare: made when first needed */
	struct erofs_encoder *encoder;	/* of the slot in hand */
	struct pack_buffer *buffer;	/* NULL: nothing is read */
	uint8_t *in, *out;		/* of it */
	uint8_t *pcluster;		/* what the encoder writes; of the worker, too */
	uint8_t *tails;			/* compressed inline tails of all slots */
	size_t tail_bytes, tail_capacity;
	struct plan_extent *extents;	/* of all slots */
	size_t extent_count, extent_capacity;
	struct pack_heads heads;	/* of all slots; of those that were filled again a second time, behind */
	uint64_t number;		/* of the segment */
	struct pack_stored *stored;	/* by the number of the extent, where they are shared */
	size_t stored_capacity;
	struct pack_slot *slots;
	uint32_t slot_count, slot_capacity;
	struct pack_origin *origins;	/* of the extents of carried slots, by their numbers */
	size_t origin_capacity;
	struct dedupe_piece *pieces;	/* of the pass before: what has been found */
	size_t piece_count, piece_capacity;
};

/* ---- pack.c ---- */
/* Packs all files; returns with the end of the data in w->image.next_block. @fragments get ends of files; NULL where
 * the plan has none. */
int erofs_pack_files(struct writer *w, struct erofs_fragments *fragments);

/* erofs_pack_fill_again in turn. */
int erofs_pack_refill(struct pack_worker *pw, struct pack_slot *slot);

/* ---- items.c ---- */
int erofs_pack_plan_items(struct pack *pack);
/* Numbers the segments. */
void erofs_pack_count_segments(struct pack *pack);
/* The item that segment @number belongs to, and which of the item's it is. */
const struct pack_item *erofs_pack_item_of(const struct pack *pack, uint64_t number,
	uint64_t *ret_segment);

/* Bytes of the buffer that a segment of @item begins with. */
size_t erofs_pack_input_bytes(const struct pack_item *item);
/* What segment @number takes of the memory for all that are in flight. */
uint64_t erofs_pack_weight(const struct pack *pack, uint64_t number);

/* ---- buffers.c ---- */
/* What a buffer for @bytes has in truth. */
uint64_t erofs_pack_buffer_bytes(uint64_t bytes);
/* Gives a worker that has none a buffer of at least @bytes; for 0 bytes none. */
int erofs_pack_take_buffer(struct pack_worker *pw, size_t bytes);
/* A larger one, with what is in the one that it has, if any. */
int erofs_pack_extend_buffer(struct pack_worker *pw, size_t bytes);
/* What it has, if anything, goes to others. */
void erofs_pack_leave_buffer(struct pack_worker *pw);
/* When all have been left. */
void erofs_pack_free_buffers(struct pack *pack);

/* ---- segment.c ---- */
/* Notes the next extent of the slot in hand. */
int erofs_pack_add_extent(struct pack_worker *pw, const struct plan_extent *extent);
/* Reads and compresses: everything that can be done out of turn. */
int erofs_pack_prepare(struct pack_worker *pw, const struct pack_item *item, uint64_t segment);
int erofs_pack_read_slot(struct pack_worker *pw, const struct pack_slot *slot);
/* Appends to the inline tails. */
int erofs_pack_add_tail(struct pack_worker *pw, struct pack_slot *slot, const void *bytes, size_t size);

/* ---- fill.c ---- */
/* Fills the slot's output with its input, compressed, and tells what that saves. */
int erofs_pack_compress(struct pack_worker *pw, struct pack_slot *slot);
/* Compresses the slot again, after its links have changed. */
int erofs_pack_fill_again(struct pack_worker *pw, struct pack_slot *slot);

/* ---- links.c ---- */
/* How an extent of a slot that is to be a link is marked; @start is its number. */
#define PACK_LINK UINT8_MAX
/* The pass before packing: finds links. @like: how workers are opened and closed. */
int erofs_pack_find_links(struct pack *pack, const struct erofs_workers_job *like);
/* The first link of the slot that ends behind @from of its input; NULL. */
struct dedupe_link *erofs_pack_first_link(const struct pack_worker *pw, const struct pack_slot *slot, size_t from);
/* The one behind it. */
struct dedupe_link *erofs_pack_next_link(const struct pack_worker *pw, const struct pack_slot *slot,
	struct dedupe_link *link);
/* Whether its source is in the slot, too. */
bool erofs_pack_is_within(const struct pack_slot *slot, const struct dedupe_link *link);
/* Digests what others refer to, and what refers to others. */
int erofs_pack_digest_links(struct pack_worker *pw, const struct pack_slot *slot);
/* In turn, before the slot gets its place: sees that every link of it leads to what it says, and compresses
 * the slot again without those that do not. */
int erofs_pack_settle_links(struct pack_worker *pw, struct pack_slot *slot);
/* Appends the extents that link @number of the slot refers to to those of the plan. */
int erofs_pack_follow_link(struct pack_worker *pw, const struct pack_slot *slot, uint64_t number);

/* ---- resolve.c ---- */
/* Where an extent has to end. */
struct pack_stop {
	size_t at;			/* of the slot's input */
	size_t again;			/* from here on there may be another one before; at most @at */
	struct dedupe_link *link;	/* that begins there, or NULL: a cut, or the end */
	uint32_t skip, used;		/* what it will have */
};
/* Whether the slot has any but its end. */
bool erofs_pack_has_stops(const struct pack_worker *pw, const struct pack_slot *slot);
/* The first stop of the slot at or behind @from, if that is a link, or behind it; what the link refers to is known
 * then. May wait for segments before. */
struct pack_stop erofs_pack_next_stop(struct pack_worker *pw, const struct pack_slot *slot, size_t from);
/* It cannot begin where it would: the next stop may be further on. */
void erofs_pack_pass_link(const struct pack_stop *stop);
/* Before the slot is filled: forgets what a filling before has left. */
void erofs_pack_begin_links(struct pack_worker *pw, struct pack_slot *slot);
/* Note an extent of the slot that begins @at of its input, and the extents of a link. 0 or -ENOMEM, reported. */
int erofs_pack_note_head(struct pack_worker *pw, const struct pack_slot *slot, size_t at,
	const struct plan_extent *extent);
int erofs_pack_note_link(struct pack_worker *pw, const struct pack_slot *slot, const struct dedupe_link *link);
/* Number of the segment that has the byte @at of a file. */
uint64_t erofs_pack_segment_of(const struct pack *pack, uint32_t node, uint64_t at);
/* In turn: the next extent of the plan has @bytes of the slot's file, from @at on. If it is another than was published
 * there, nobody will find it. */
void erofs_pack_place_head(struct pack_worker *pw, const struct pack_slot *slot, uint64_t at, uint32_t bytes);

/* ---- twin.c ---- */
/* Claims the content of a digested file, out of turn. */
int erofs_pack_claim(struct pack_worker *pw, struct pack_slot *slot);
/* In turn: refers to the file that has stored the content, or notes that this one is going to. */
int erofs_pack_settle_twin(struct pack_worker *pw, struct pack_slot *slot, bool *ret_adopted);
int erofs_pack_commit_twin(struct pack_worker *pw, const struct pack_item *item);
/* Finds out which large files are not to be read again. @like: how workers are opened and closed. */
int erofs_pack_digest_large(struct pack *pack, const struct erofs_workers_job *like);

/* ---- records.c ---- */
/* Fills the slot's output with encoded extents. */
int erofs_pack_fill_records(struct pack_worker *pw, struct pack_slot *slot);

/* ---- extents.c ---- */
/* Digests bytes that are not the content of a file, while no such digest is under way. */
int erofs_pack_digest_bytes(struct pack_worker *pw, const uint8_t *bytes, size_t size, uint8_t *ret);
/* Out of turn, when the slot is filled. */
int erofs_pack_digest_extents(struct pack_worker *pw, const struct pack_slot *slot);
/* In turn, when nothing but the place of the slot is open: takes what is stored already out of its output, if that
 * saves more than a full index costs. */
int erofs_pack_share_extents(struct pack_worker *pw, struct pack_slot *slot);
/* The place of @extent, a copy of number @number of the slot, which has one of its own or shares another's. */
void erofs_pack_settle_extent(struct pack_worker *pw, const struct pack_slot *slot, size_t number,
	struct plan_extent *extent);

/* ---- commit.c ---- */
int erofs_pack_commit_files(struct pack_worker *pw);
int erofs_pack_commit_part(struct pack_worker *pw, const struct pack_item *item, uint64_t segment);
int erofs_pack_write(struct pack_worker *pw);
/* Keeps what the metadata of the slot's file will need: fingerprint and inline tail. */
int erofs_pack_keep(struct pack_worker *pw, const struct pack_slot *slot);
/* The same when the tail is known already. */
int erofs_pack_keep_fingerprint(struct pack_worker *pw, const struct pack_slot *slot);
int erofs_pack_push_extent(struct erofs_plan *plan, const struct plan_extent *extent);
/* Adds the slot's extents to those of the plan, now that its @start is known. */
int erofs_pack_add_extents(struct pack_worker *pw, struct pack_slot *slot);
struct plan_inode *erofs_pack_inode(const struct pack_worker *pw, const struct pack_slot *slot);
struct plan_packed *erofs_pack_result(const struct pack_worker *pw, const struct pack_slot *slot);
/* Decides for a compressed layout. */
void erofs_pack_set_compressed(struct pack_worker *pw, const struct pack_slot *slot);

/* ---- carry.c: files that stay as their source has compressed them ---- */
void erofs_pack_pieces_init(struct pack *pack);
void erofs_pack_pieces_fini(struct pack *pack);
/* Fetches the slot's file, and digests it. */
int erofs_pack_carry_file(struct pack_worker *pw, struct pack_slot *slot);
/* Fetches the pieces of a large file that begin at slot->from or behind it, and before @end_bytes; both the former
 * and the size of the slot become true. */
int erofs_pack_carry_part(struct pack_worker *pw, struct pack_slot *slot, uint64_t end_bytes);
/* Of a large file; the last one has its last piece. */
uint64_t erofs_pack_carried_segments(const struct erofs_node *node);
/* The digests that the slot's file needs: by the digests of @hashing, of what a carried slot gives, and then they
 * go to the slot. */
int erofs_pack_start_hash(struct write_worker *hashing, const struct pack_worker *pw,
	const struct pack_slot *slot, struct file_hash *ret);
int erofs_pack_hash_carried(const struct pack_worker *pw, const struct pack_slot *slot,
	const struct file_hash *fh);
int erofs_pack_finish_hash(const struct pack_worker *pw, struct pack_slot *slot, const struct file_hash *fh);
/* In turn: leaves in the slot's output what is not stored already. */
int erofs_pack_settle_pieces(struct pack_worker *pw, struct pack_slot *slot);
/* Where extent @number of the worker is, now that the slot has a place. */
uint64_t erofs_pack_place_piece(const struct pack_worker *pw, const struct pack_slot *slot, size_t number);
/* What the large file in hand has stored is given back. */
void erofs_pack_forget_pieces(struct pack *pack);
/* Decides for an index, when the slot's extents are those of the plan. */
void erofs_pack_set_carried(struct pack_worker *pw, const struct pack_slot *slot);

/* ---- fragment.c ---- */
/* Whether the slot's file goes to the packed inode as a whole. */
bool erofs_pack_is_fragment(const struct pack_worker *pw, const struct pack_slot *slot);
/* Stores the end of the slot's file, if it has one for the packed inode. */
int erofs_pack_store_fragment(struct pack_worker *pw, const struct pack_slot *slot);
/* As erofs_pack_commit_part, of a file that is a fragment. */
int erofs_pack_commit_fragment(struct pack_worker *pw, const struct pack_item *item, uint64_t segment);

#endif
