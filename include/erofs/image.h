/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* image.h -- an opened EROFS image and the per-thread reader.
 *
 * An image is immutable after open: any number of threads may use one image at once, each with a
 * reader of its own. Everything read from an image is treated as hostile. */
#ifndef EROFS_IMAGE_H
#define EROFS_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <erofs/report.h>

#ifdef __cplusplus
extern "C" {
#endif

struct erofs_image;
struct erofs_reader;

struct erofs_image_options {
	size_t struct_size;		 /* sizeof(struct erofs_image_options) */
	uint64_t offset_bytes;		 /* where the image starts in the file */
	const char *const *device_paths; /* extra devices in table order; borrowed during open */
	size_t device_count;
	bool ignore_checksum;		 /* keep going; erofs_super.checksum_ok tells the outcome */
	uint8_t reserved[7];		 /* 0; see erofs.h */
};

/* The superblock, decoded (format section 1). Fields that an image does not have are 0. */
struct erofs_super {
	uint32_t compat, incompat;	/* EROFS_COMPAT_*, EROFS_INCOMPAT_* */
	uint32_t block_bits;		/* 9..16 */
	uint32_t block_size_bytes;	/* 1 << block_bits */
	uint32_t super_size_bytes;	/* 128 + 16 per extension slot */
	uint32_t checksum;		/* as stored */
	bool checksum_ok;		/* true also when SB_CHKSUM is clear */
	uint64_t root_nid;
	uint64_t packed_nid;		/* 0 = none */
	uint64_t metabox_nid;		/* 0 = none */
	uint64_t inode_count;		/* informational */
	uint64_t block_count;		/* informational, in blocks of the primary device */
	int64_t epoch_seconds;
	uint32_t fixed_nsec;
	uint32_t build_time_seconds;	/* added to the epoch: when the image was made */
	int32_t meta_start_block;	/* nid 0 is here */
	uint32_t xattr_start_block;	/* shared xattr id 0 is here */
	uint8_t uuid[16];
	char volume_name[17];		/* NUL-terminated, raw bytes */
	uint32_t algorithms;		/* bitmap of enum erofs_algorithm that may occur */
	uint32_t lz4_max_distance;
	uint32_t lz4_max_pcluster_blocks;
	uint32_t lzma_dictionary_bytes;
	uint32_t deflate_window_bits;
	uint32_t zstd_window_bits;
	uint32_t device_count;		/* extra devices */
	uint32_t device_table_slot;	/* in 128-byte units */
	uint32_t xattr_prefix_count;	/* 0..128 */
	uint64_t xattr_prefix_start_bytes;
	bool xattr_filter_usable;	/* feature set and its reserved byte 0 */
	uint32_t ishare_prefix_id;	/* valid with EROFS_COMPAT_ISHARE_XATTRS */
};

/* One extra device (section 4.4). */
struct erofs_device {
	char tag[65];			/* NUL-terminated, raw bytes */
	uint64_t block_count;
	uint64_t unified_start_block;	/* 0 = none */
	bool opened;			/* false: only reachable if the image is flattened */
};

/* One long xattr name prefix (section 6.5); @infix and @name are borrowed from the image. */
struct erofs_xattr_prefix {
	uint8_t base_index;		/* enum erofs_xattr_index */
	uint8_t infix_bytes;
	const char *infix;		/* NUL-terminated after infix_bytes */
	const char *name;		/* short prefix + infix, NUL-terminated: what names begin with */
};

/* Opens the image in @path read-only. @options may be NULL. @report is borrowed for the life of the
 * image. Returns 0 and a handle to close, or
 *   -EUCLEAN     not a sound EROFS image (section 1.3: truncated, bad magic, impossible value, bad checksum)
 *   -EOPNOTSUPP  an unknown incompatible feature (section 2.2), or an option that this version does not know
 *   -EINVAL      device_count is neither 0 nor what the image says, an impossible struct_size
 *   other        from opening or reading the file.
 * A codec that this build lacks is no error before something that needs it is read. */
int erofs_image_open(const char *path, const struct erofs_image_options *options,
	const struct erofs_report *report, struct erofs_image **ret);

/* The same over @size_bytes at @bytes, borrowed until close. No extra devices. */
int erofs_image_open_memory(const void *bytes, size_t size_bytes,
	const struct erofs_image_options *options, const struct erofs_report *report,
	struct erofs_image **ret);

/* Frees the image; every reader must be gone. NULL is a no-op. */
void erofs_image_close(struct erofs_image *img);

/* All borrowed from the image. @index must be below the count in erofs_super. */
const struct erofs_super *erofs_image_super(const struct erofs_image *img);
const char *erofs_image_path(const struct erofs_image *img); /* "memory" for open_memory */
const struct erofs_device *erofs_image_device(const struct erofs_image *img, uint32_t index);
const struct erofs_xattr_prefix *erofs_image_xattr_prefix(const struct erofs_image *img,
	uint32_t index);
uint64_t erofs_image_size_bytes(const struct erofs_image *img); /* primary device, less offset */

/* A reader holds buffers and decoder state for ONE thread at a time. Returns 0 or -ENOMEM. */
int erofs_reader_new(struct erofs_image *img, struct erofs_reader **ret);
void erofs_reader_free(struct erofs_reader *rd); /* NULL is a no-op */
struct erofs_image *erofs_reader_image(const struct erofs_reader *rd); /* borrowed */
/* Messages about what @rd meets go to @report (borrowed until the reader is freed or told otherwise)
 * instead of the image's: a checker turns them into findings, a worker keeps them in order. NULL is
 * silent. */
void erofs_reader_set_report(struct erofs_reader *rd, const struct erofs_report *report);

#ifdef __cplusplus
}
#endif

#endif
