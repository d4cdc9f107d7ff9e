/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* The plan: where every piece of metadata of an image goes. It is computed from the tree alone, before a
 * byte of any file is read; fingerprints have a fixed size. Only the blocks of file data are handed
 * out while writing.
 *
 * The image, in order:
 *	superblock, device table, shared xattrs, xattr prefixes		(the front)
 *	inode area: inodes, xattrs, chunk arrays and inline tails in canonical order, the root first
 *	blocks of directories and long symbolic links
 *	blocks of file data
 * With a meta zone the inode area comes last instead, or it is the content of an inode that does
 * (build/metabox.c).
 *
 * A compressed image is planned in two steps, since the size of an index is known only when its file
 * has been compressed: the front; then, behind the file data (pack/pack.h), blocks of directories and the
 * inode area. One whose data comes before its tree (tree/intake.h) is planned likewise. */
#ifndef EROFS_PLAN_PLAN_H
#define EROFS_PLAN_PLAN_H

#include <erofs/build.h>
#include "base/arena.h"
#include "codec/encoder.h"
#include "format/erofs_fs.h"
#include "tree/node.h"

/* Files above this size are streamed one by one, smaller ones are read whole, many at a time. */
#define PLAN_SMALL_BYTES (512u << 10)
/* Bytes of metadata and number of inodes after which a batch is closed. */
#define PLAN_BATCH_META_BYTES (256u << 10)
#define PLAN_BATCH_INODES 2048u
/* Chunked files are handled in steps of this many bytes, or of one chunk if that is larger. */
#define PLAN_STEP_BYTES (512u << 10)

#define PLAN_NO_BLOCK UINT64_MAX /* no data blocks at all */

enum plan_flag {
	PLAN_EXTENDED = 1 << 0,
	PLAN_TAGGED = 1 << 1,	   /* carries a fingerprint */
	PLAN_SIZE_SHARED = 1 << 2, /* another file of the tree has this size: may be identical */
	PLAN_HOLE = 1 << 3,	   /* nothing but a hole */
};

/* One per node, by its index. */
struct plan_inode {
	uint64_t offset;	/* from the start of the inode area; 32-aligned */
	uint64_t size_bytes;	/* i_size */
	uint64_t start_block;	/* PLAN_NO_BLOCK until known */
	uint32_t xattr_bytes;	/* body, header included; 0 = none */
	uint8_t layout;		/* enum erofs_layout */
	uint8_t flags;		/* enum plan_flag */
	uint8_t chunk_bits;	/* chunk-based: log2 of blocks per chunk */
};

enum plan_item_kind {
	PLAN_BATCH = 0,		/* inodes whose file data fits one buffer */
	PLAN_LARGE,		/* one large file of a size that no other has */
	PLAN_LARGE_SHARED,	/* one large file that may be identical to another */
	PLAN_CHUNKED,		/* one large chunk-based file */
	PLAN_ROOT,		/* the root of an image that the tree is added to */
};

/* Neighbouring inodes that are built together; their metadata is one range of the inode area that
 * nobody else writes to. */
struct plan_item {
	uint64_t meta_start, meta_end;	/* offsets in the inode area */
	uint64_t first_step;		/* steps of all items before this one */
	uint32_t first, count;		/* node indexes */
	enum plan_item_kind kind;
};

struct plan_prefix {
	const char *infix;	/* borrowed from the options */
	uint8_t base_index;
	uint8_t infix_bytes;
};

struct plan_xattrs {
	struct plan_prefix prefixes[EROFS_XATTR_MAX_PREFIXES];
	uint32_t prefix_count;
	uint32_t matched_count;		/* the first so many are for ordinary attributes */
	int ishare_id;			/* the fingerprint's prefix; -1 = untagged image */
	const char *ishare_name;
	uint32_t fingerprint_bytes;	/* size of a fingerprint's value */
	bool filter;			/* write name filters */
	/* Shared attributes in on-disk order, and the offset of each entry in the shared area. */
	const struct erofs_node_xattr **shared;
	uint32_t *shared_offsets;
	uint32_t shared_count;
	uint32_t shared_bytes;
	uint32_t prefix_bytes;
};

/* How the extents of a compressed file are noted. */
enum plan_index_form {
	PLAN_INDEX_COMPACT = 0,	/* section 8.5: consecutive blocks only */
	PLAN_INDEX_FULL,	/* section 8.4 */
	PLAN_INDEX_RECORDS,	/* section 8.7: encoded extents, at any byte */
};

#define PLAN_MAX_ENCODERS (EROFS_COMPRESSIONS_MAX + 1) /* the last for the metabox */
#define PLAN_MAX_BLOCKS_LZ4 256u	/* of a pcluster: what kernels take (section 8.1) */

/* How files are compressed. */
struct plan_compression {
	bool on;
	enum plan_index_form form;
	struct erofs_encoder_options encoders[PLAN_MAX_ENCODERS];	/* complete */
	uint32_t encoder_count;
	uint32_t max_pcluster_bytes;	/* of all files */
	uint32_t used_algorithms;	/* bits; by the compressed files so far */
	uint32_t config_bytes;		/* room for records behind the superblock (section 8.1) */
};

/* How one file is compressed. */
struct plan_choice {
	uint32_t pcluster_bytes;	/* largest; 0 = not compressed */
	uint8_t encoder;		/* of plan_compression.encoders */
};

/* A piece of a compressed file. */
struct plan_extent {
	uint64_t start;			/* byte of the image; until placed, of the output of its slot */
	uint32_t bytes;			/* decoded */
	uint32_t stored_bytes;		/* whole blocks except in records; one for the inline tail, not at @start */
	uint8_t format;			/* 0 = plain, stored as it is; else 1 + enum erofs_algorithm */
	bool partial;			/* what is stored decodes to more than the extent has */
};

/* What packing a file has found out, by the node's index. */
struct plan_packed {
	struct plan_choice choice;
	enum plan_index_form form;
	bool linked;				/* refers to extents of others */
	uint64_t first_extent, extent_count;	/* of erofs_plan.extents; compressed files only */
	uint64_t stored_bytes;			/* of the content, without what stands inline: whole blocks
						 * except in records */
	uint32_t inline_bytes;			/* compressed files: of the last extent behind the index */
	const uint8_t *fingerprint;		/* value of the attribute */
	const uint8_t *tail;			/* bytes of an inline tail, compressed or flat */
	/* Bytes at the end of the file that are in the packed inode instead, from @fragment_at on; when that
	 * is all of it there are no extents. */
	uint64_t fragment_bytes, fragment_at;
};

struct plan_hints;

struct erofs_plan {
	const struct erofs_tree *tree;
	const struct erofs_report *report;
	struct erofs_build_options opt;	/* defaults filled in */
	uint32_t block_bits, block_size;
	int64_t epoch_seconds;
	uint32_t build_time;		/* after the epoch; 48-bit images only */
	bool data_first;		/* files are stored before inodes are placed: compressed, or by an intake */
	bool wide;			/* data blocks may lie beyond 2^32 */
	struct plan_xattrs xattrs;
	struct plan_inode *inodes;
	struct plan_item *items;
	size_t item_count, item_capacity;
	uint64_t step_count;
	uint32_t device_count;		/* extra devices: the tree's, or the blob */
	uint64_t tagged_count, chunked_count, compressed_count, inline_count, linked_count;
	struct plan_compression compression;
	struct plan_hints *hints;	/* NULL = none */
	bool fragments;			/* of files */
	/* Compressed files of a source stay as they are (docs/layout.md); then nothing else is compressed
	 * but fragments, by this if it has a name, and encoders are numbered by their algorithms. */
	bool carries;
	bool carries_records;		/* one of these files at least has encoded extents */
	struct erofs_compression packed_compression;
	bool no_plain_tail;		/* inline in a compressed file: what does not shrink goes to a block */
	bool free_layout;		/* no file shares pages: whether it is compressed may depend on others */
	bool metabox;			/* holds the inode area (section 11) */
	bool has_48bit;			/* the image, in one form or another */
	bool prefixes_packed;		/* the prefix table is in the packed inode (section 6.5) */
	struct plan_packed *packed;	/* compressed images only */
	struct plan_extent *extents;
	uint64_t extent_count, extent_capacity;
	struct erofs_arena kept;	/* fingerprints and tails of packed files */
	/* Byte positions in the image. */
	uint64_t device_table_at, shared_at, prefixes_at;
	uint64_t front_end;
	uint64_t inode_area_at;		/* with a meta zone: an upper bound until data is written */
	uint64_t inode_area_bytes;
	/* Block positions. */
	uint32_t meta_start_block;	/* ditto */
	uint64_t dir_start_block, dir_blocks;	/* of directories and long symbolic links */
	uint64_t data_start_block;
	uint64_t max_data_blocks;	/* of file data in the image, if nothing is shared */
	uint32_t unit;			/* bytes of one chunk array entry */
	uint64_t nid_shift_bytes;	/* nid * 32 = offset + this */
};

/* Plans @tree. Reports what cannot be built. erofs_plan_fini also after a failure. */
int erofs_plan_init(struct erofs_plan *plan, const struct erofs_tree *tree,
	const struct erofs_build_options *options, const struct erofs_report *report);
void erofs_plan_fini(struct erofs_plan *plan);

/* ---- plan.c: of options, before there is a plan ---- */
/* What is meant where a field is 0 or follows from another. */
void erofs_plan_fill_defaults(struct erofs_build_options *opt);
int erofs_plan_check_block_bits(uint32_t block_bits, const struct erofs_report *report);
/* Blocks that can be addressed. */
static inline uint64_t erofs_plan_address_limit(const struct erofs_build_options *opt)
{
	return opt->use_48bit ? EROFS_NULL_ADDR48 : EROFS_NULL_ADDR;
}

/* ---- plan.c: what others ask ---- */
uint64_t erofs_plan_nid(const struct erofs_plan *plan, const struct erofs_node *node);
static inline uint32_t erofs_plan_inode_bytes(const struct plan_inode *pi)
{
	return pi->flags & PLAN_EXTENDED ? 64 : 32;
}
/* Bytes that lie inline after the xattrs. */
uint32_t erofs_plan_tail_bytes(const struct erofs_plan *plan, const struct plan_inode *pi);
/* Data blocks of a flat inode. */
uint64_t erofs_plan_blocks(const struct erofs_plan *plan, const struct plan_inode *pi);
/* Chunk-based inodes: entries, and where the array starts relative to the inode. */
uint64_t erofs_plan_chunk_count(const struct erofs_plan *plan, const struct plan_inode *pi);
uint32_t erofs_plan_array_at(const struct erofs_plan *plan, const struct plan_inode *pi);
/* From the inode's first byte to the last before its inline tail. */
uint64_t erofs_plan_meta_bytes(const struct erofs_plan *plan, const struct plan_inode *pi);
/* The error @error with a message about @node: "PATH: " and the text. */
int erofs_plan_fail(const struct erofs_plan *plan, const struct erofs_node *node, int error,
	const char *format, ...) __attribute__((format(printf, 4, 5)));
/* The superblock with its extension. */
static inline uint32_t erofs_plan_super_bytes(const struct erofs_plan *plan)
{
	return EROFS_SUPER_BASE_SIZE + (plan->metabox ? EROFS_SUPER_EXTSLOT_SIZE : 0);
}
/* A regular file with content. */
bool erofs_plan_is_file(const struct erofs_node *node);
/* One whose content stays on a device of the tree. */
bool erofs_plan_is_referred(const struct erofs_node *node);
/* Bytes of a node that the image itself stores. */
uint64_t erofs_plan_stored_bytes(const struct erofs_node *node);

/* ---- xattr.c ---- */
int erofs_plan_xattrs(struct erofs_plan *plan);
int erofs_plan_xattr_body(const struct erofs_plan *plan, const struct erofs_node *node,
	uint32_t *ret_bytes);
/* The id of the prefix that shortens @xattr, or -1; @ret_skip: bytes of the name that it and the short
 * prefix @ret_index cover. */
int erofs_plan_xattr_prefix(const struct plan_xattrs *px, const struct erofs_node_xattr *xattr,
	unsigned int *ret_index, uint32_t *ret_skip);
/* An attribute of a source that bears the fingerprint's name: never stored. */
bool erofs_plan_xattr_reserved(const struct plan_xattrs *px, const struct erofs_node_xattr *xattr);
/* Position of @xattr in the shared list, or -1. */
int64_t erofs_plan_xattr_shared(const struct plan_xattrs *px, const struct erofs_node_xattr *xattr);

/* ---- inode.c ---- */
/* Form, layout and size of every inode. */
int erofs_plan_inodes(struct erofs_plan *plan);
/* mtime as the inode will carry it, relative to nothing. */
void erofs_plan_mtime(const struct erofs_plan *plan, const struct erofs_node *node,
	int64_t *ret_seconds, uint32_t *ret_nsec);

/* ---- dir.c ---- */
/* The entries of a directory with "." and ".." where they sort (section 5.2). */
struct plan_dirent {
	const char *name;
	const struct erofs_node *node;
	uint32_t name_bytes;
};
struct plan_dir {
	const struct erofs_node *node;
	uint32_t next;			/* edge */
	uint8_t dots_left;		/* bit 0: ".", bit 1: ".." */
};
void erofs_plan_dir_start(const struct erofs_plan *plan, const struct erofs_node *node,
	struct plan_dir *ret);
bool erofs_plan_dir_next(struct plan_dir *dir, struct plan_dirent *ret);
/* i_size of a directory (section 5.3). */
uint64_t erofs_plan_dir_size(const struct erofs_plan *plan, const struct erofs_node *node);

/* ---- place.c ---- */
/* The front; file data of a compressed image follows it. */
int erofs_plan_place_front(struct erofs_plan *plan);
/* Items and the offsets of all inodes, which settles their nids in a compressed image. */
int erofs_plan_place_inodes(struct erofs_plan *plan);
/* The areas around them. In a compressed image the file data ends at @data_end_block, else that is not used. */
int erofs_plan_place_areas(struct erofs_plan *plan, uint64_t data_end_block);
/* Whether the inode area is the last thing of the image, and has room for more. */
bool erofs_plan_is_zone(const struct erofs_plan *plan);
/* The first place at or behind @at, counted from the start of a block of @block bytes, for an inode of @meta
 * bytes and its inline tail. */
uint64_t erofs_plan_fit(uint64_t block, uint64_t at, uint64_t meta, uint64_t tail);

/* What a referred file takes in the buffer of its batch. */
uint32_t erofs_plan_referred_buffer(const struct erofs_plan *plan, const struct plan_inode *pi);

/* ---- append.c: adding to an image ---- */
/* Takes the options that the base image decides about from it, and refuses what it is not made for. */
int erofs_plan_adopt_base(struct erofs_plan *plan);
/* The same for algorithms, when they are complete. */
int erofs_plan_check_algorithms(const struct erofs_plan *plan);
/* Where what is written begins: behind the superblock, or behind the base image. */
uint64_t erofs_plan_front(const struct erofs_plan *plan);
bool erofs_plan_has_devices(const struct erofs_plan *plan);
/* The root of a base image whose inode stays where it is, in its form and with its room for attributes. */
bool erofs_plan_is_old_root(const struct erofs_plan *plan, const struct erofs_node *node);
int erofs_plan_old_root(const struct erofs_plan *plan, struct plan_inode *pi);

/* ---- carry.c: files that stay as a source has compressed them ---- */
/* Decides whether there are any. */
void erofs_plan_carry(struct erofs_plan *plan);
/* How every file is stored. */
void erofs_plan_carried_choices(struct erofs_plan *plan);
/* Whether the pieces of @node, not just fragments of it, are those of the source. */
bool erofs_plan_is_carried(const struct erofs_plan *plan, const struct erofs_node *node);
/* Sees to it that a reader of the image is told what streams need that were made under @other. */
void erofs_plan_cover(struct erofs_plan *plan, const struct plan_compression *other);

/* ---- compress.c ---- */
/* Checks and completes the options of compression. */
int erofs_plan_compression(struct erofs_plan *plan);
/* Whether pclusters may be that large. @where goes before the message. */
int erofs_plan_check_choice(const struct erofs_plan *plan, const struct plan_choice *choice,
	const char *where);
/* Where the map header of a compressed inode is, relative to the inode (section 8.2). */
uint32_t erofs_plan_index_at(const struct erofs_plan *plan, const struct plan_inode *pi);
/* Chooses for every file. */
int erofs_plan_choices(struct erofs_plan *plan);
/* One number for a choice. */
static inline uint32_t erofs_plan_variant(const struct plan_choice *choice)
{
	return choice->pcluster_bytes << 6 | choice->encoder;
}
/* The index of a file as packing has left it. */
struct encode_index;
void erofs_plan_index(const struct erofs_plan *plan, const struct plan_inode *pi,
	struct encode_index *ret);
/* The same without its extents, which commits move: what others may look at while files are packed. */
void erofs_plan_bare_index(const struct erofs_plan *plan, const struct plan_inode *pi,
	struct encode_index *ret);
/* Whether a file is better stored in compressed blocks than flat. @stored_bytes: those blocks and what stands
 * inline, without the index. */
bool erofs_plan_compression_gains(const struct erofs_plan *plan, const struct encode_index *index,
	uint64_t stored_bytes);
bool erofs_plan_is_compressed(const struct plan_inode *pi);

#endif
