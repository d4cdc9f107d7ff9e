/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* build.h -- HOW to lay a tree out: plan, write, tag.
 *
 * The same tree and options give the same bytes whatever the number of workers. Clock, UUID and
 * randomness are inputs. */
#ifndef EROFS_BUILD_H
#define EROFS_BUILD_H

#include <erofs/ishare.h>
#include <erofs/tree.h>

#ifdef __cplusplus
extern "C" {
#endif

enum erofs_inode_form {
	EROFS_FORM_AUTO = 0,	/* compact whenever it loses nothing (format section 3.8) */
	EROFS_FORM_COMPACT,	/* always; -EOVERFLOW naming the file when impossible */
	EROFS_FORM_EXTENDED,
};

enum erofs_chunk_form {
	EROFS_CHUNK_FORM_AUTO = 0, /* block map, or indexes with an extra device or 48 bits */
	EROFS_CHUNK_FORM_BLOCK_MAP,
	EROFS_CHUNK_FORM_INDEXES,
};

/* What the packed inode may hold once although several files end in it. Identical files are stored once
 * anyway, unless that is switched off. */
enum erofs_fragment_dedupe {
	EROFS_FRAGMENT_DEDUPE_FULL = 0,	/* bytes that an earlier fragment ends in, and equal ranges */
	EROFS_FRAGMENT_DEDUPE_INODE,	/* whole files */
	EROFS_FRAGMENT_DEDUPE_OFF,
};

/* One algorithm of a compressed image, and how hard it tries. */
struct erofs_compression {
	const char *name;		/* as erofs_compressor_name */
	int level;			/* EROFS_LEVEL_DEFAULT, or what the compressor takes */
	uint32_t dictionary_bytes;	/* 0 = chosen from the physical cluster size */
	int32_t lzma_lc, lzma_lp, lzma_pb; /* -1 = default */
};
#define EROFS_LEVEL_DEFAULT INT32_MIN
#define EROFS_COMPRESSIONS_MAX 64u /* of one image */

/* The compressors of this build by number: "lz4", ..., NULL past the last. */
const char *erofs_compressor_name(unsigned int number);

/* Data of a tree of one archive that belongs into reserved blocks: @blocks of them, less @padding_bytes at the end,
 * from @source_offset on in the archive as it is unpacked. */
struct erofs_located_range {
	uint64_t start_block, blocks;
	uint64_t source_offset;
	uint32_t padding_bytes;
};

/* 0 in a member is what erofs_build does without it. How the structure grows: erofs.h. */
struct erofs_build_options {
	size_t struct_size;		/* sizeof(struct erofs_build_options) */
	uint32_t block_bits;		/* 9..16; 0 = 12 */
	uint8_t uuid[16];
	const char *volume_name;	/* at most 15 bytes, NULL = empty */
	int64_t build_time_seconds;	/* when the image is made; compact inodes carry it */
	enum erofs_inode_form inode_form;
	bool ignore_mtime;		/* every inode gets the build time */
	bool no_inline_regular;		/* regular tails never inline; directories, symlinks still do */
	bool no_checksum;
	bool no_xattr_filter;
	bool plain_xattr_prefixes;	/* ask for PLAIN_XATTR_PFX even where not needed */
	bool no_dedupe_files;		/* store identical files as often as they occur */
	/* -Ededupe. Without compression: equal blocks are stored once. With it: ranges of compressed files that are
	 * equal to ranges of others refer to their extents, where that is found and saves space. */
	bool dedupe;
	bool use_48bit;			/* -E48bit (sections 3.6, 3.7, 11) */
	bool dot_omitted;		/* -Edot-omitted, implies use_48bit */
	bool meta_zone;			/* --MZ: all inode metadata in one zone at the end */
	int64_t xattr_tolerance;	/* -x: a pair used by more than this many is shared; >= INT32_MAX: never */
	const char *const *xattr_prefixes; /* user-supplied long prefixes, in order */
	size_t xattr_prefix_count;
	uint32_t root_xattr_isize;	/* pad the root's xattr body to at least this many bytes */
	uint64_t chunk_size_bytes;	/* power of two >= block size; 0 = files are not chunk-based */
	enum erofs_chunk_form chunk_form;
	const char *blob_path;		/* chunk data goes here as device 1; NULL = into the image */
	uint64_t offset_bytes;		/* the image starts here in the destination */
	uint32_t align_blocks;		/* --fsalignblks: image size is a multiple; power of two; 0 = 1 */
	uint32_t data_align_blocks;	/* --dsunit: data extents start at multiples; 0 = 1 */
	/* Algorithms of regular files, at most EROFS_COMPRESSIONS_MAX; the first serves all of them but those
	 * that hints choose for. 0 = nothing is compressed. Whether a file is stored compressed depends on its
	 * content and on these options alone. */
	const struct erofs_compression *compressions;
	size_t compression_count;
	uint32_t pcluster_bytes;	/* largest physical cluster, multiple of the block size; 0 = a block */
	uint32_t max_extent_bytes;	/* content of one piece of a file, at least a block; 0 = no limit */
	const char *compress_hints;	/* file that chooses among them by path, see mkfs.erofs(1); NULL = none */
	bool tail_packing;		/* -Eztailpacking: the last piece of a file may stand in its inode */
	/* -Efragments: ends of compressed files, and whole ones up to a physical cluster, stand in one inode
	 * that is compressed as a whole (section 10). Without algorithms this has no effect. */
	bool fragments;
	bool all_fragments;		/* -Eall-fragments: whole files of any size; implies the former */
	uint32_t fragment_pcluster_bytes; /* of that inode, at most pcluster_bytes; 0 = those */
	enum erofs_fragment_dedupe fragment_dedupe;
	bool compress_directories;	/* --zD: they stand in that inode, too, with or without algorithms */
	/* -m: inodes, with what stands behind them, are the content of one inode, the metabox, that is compressed
	 * in physical clusters of so many bytes, at most pcluster_bytes (section 11); 0 = they are not. With another
	 * algorithm than the first one of the files, or with one although they are not compressed: */
	uint32_t metabox_pcluster_bytes;
	const struct erofs_compression *metabox_compression;
	/* For temporary files as large as what they become part of; NULL = "/tmp". Only with fragments (those of
	 * carried files, too), compressed directories or a metabox. */
	const char *temporary_directory;
	bool full_index;		/* -Elegacy-compress: 8 bytes for each block instead of 2 or 4 */
	/* --clean=rvsp: file data gets its blocks, none inline, but is not written to them: whoever asks for
	 * this puts it there. Until then a fingerprint would be false: -EINVAL together with @ishare, but see @located. */
	bool reserve_only;
	/* Adding to an image (erofs_tree_options.base_image): it keeps its UUID unless this is set. */
	bool replace_uuid;
	/* -E^carry: compressed files of images as sources are decoded even where erofs_tree_summary counts them
	 * among the carried ones. They are as well with @compressions, @dedupe, @chunk_size_bytes or @reserve_only,
	 * where the tree is added to an image, and with @ishare unless erofs_tree_options trust the images. */
	bool decode_sources;
	unsigned int workers;		/* 0 = as many as processors */
	enum erofs_digest_algorithm ishare; /* EROFS_DIGEST_NONE = untagged */
	const char *ishare_xattr;	/* NULL = EROFS_ISHARE_DEFAULT_XATTR */
	/* Told of a temporary file that a killed process would leave: for a signal handler that unlinks
	 * it. @path is valid during the call. Where the file system has nameless files there is one only
	 * for the instant of replacing an old image. Up to two at a time, image and blob. May be NULL. */
	void (*temporary)(void *user, const char *path, enum erofs_temporary_state state);
	void *temporary_user;
	/* With reserve_only, of an archive in plain blocks: told of all ranges, in the order of blocks, when the image
	 * is written but for its superblock. Fingerprints are permitted then: they are of what belongs there. */
	void (*located)(void *user, const struct erofs_located_range *range);
	void *located_user;
	uint8_t reserved[8];		/* 0; see erofs.h */
};

struct erofs_build_summary {
	uint64_t blocks;		/* of the primary device */
	uint64_t inodes;
	uint64_t metadata_blocks;
	uint64_t tagged_files;		/* inodes that carry a fingerprint */
	uint64_t deduplicated_bytes;	/* file bytes not stored a second time */
};

/* An image that begins with its file data, before its tree is known: what a source comes by is read, hashed and
 * written once, in that order, and metadata follows (erofs_archive_options.intake). Files are never inline nor
 * compressed or chunk-based: @options must have no_inline_regular; attributes are not shared. Identical files are
 * stored once if they are tagged. @destination and @report as with erofs_build, which is called next with the same
 * options and the tree, and takes the output over; the close, after that, leaves nothing of what was not built.
 * Belongs to one thread. */
int erofs_intake_open(const struct erofs_build_options *options, const char *destination,
	const struct erofs_report *report, struct erofs_intake **ret);
void erofs_intake_close(struct erofs_intake *intake); /* NULL is a no-op */

/* A tree with a base image is added to that image, which must be @destination: block size, label, addresses
 * and times are as the image has them, and what is there is not touched until all the rest is stored, then
 * superblock and root inode are replaced. -EOPNOTSUPP for algorithms, larger clusters, windows, devices or
 * a packed inode that the image is not made for.
 *
 * Otherwise writes @tree as an image to @destination: a new or existing regular file (a temporary name beside it
 * is renamed on success, so a failed or killed build leaves the old file or none) or a block device
 * (superblock last; so for a file that cannot be replaced). Returns 0, or the first error; nothing is left
 * behind then. */
int erofs_build(const struct erofs_tree *tree, const struct erofs_build_options *options,
	const char *destination, const struct erofs_report *report,
	struct erofs_build_summary *ret);

#ifdef __cplusplus
}
#endif

#endif
