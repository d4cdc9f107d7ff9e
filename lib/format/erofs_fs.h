/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* The on-disk structures of EROFS, byte for byte, under the names the kernel uses. Nothing outside
 * the decode_ and encode_ functions handles these structs: everyone else sees decoded values. */
#ifndef EROFS_FORMAT_EROFS_FS_H
#define EROFS_FORMAT_EROFS_FS_H

#include "format/endian.h"

/* ---- superblock (format section 1) ---- */
#define EROFS_SUPER_OFFSET 1024
#define EROFS_SUPER_MAGIC 0xE0F5E1E2u
#define EROFS_SUPER_EXTSLOT_SIZE 16
#define EROFS_MIN_BLOCK_BITS 9
#define EROFS_MAX_BLOCK_BITS 16
#define EROFS_NULL_ADDR 0xFFFFFFFFu           /* "no block" or a hole, 32-bit form */
#define EROFS_NULL_ADDR48 0xFFFFFFFFFFFFull   /* the same where an address has 48 bits */

struct erofs_super_block {
	erofs_le32 magic;
	erofs_le32 checksum;
	erofs_le32 feature_compat;
	uint8_t blkszbits;
	uint8_t sb_extslots;
	erofs_le16 rootnid_2b; /* blocks_hi when rootnid_8b is in use */
	erofs_le64 inos;
	erofs_le64 epoch;
	erofs_le32 fixed_nsec;
	erofs_le32 blocks_lo;
	erofs_le32 meta_blkaddr;
	erofs_le32 xattr_blkaddr;
	uint8_t uuid[16];
	uint8_t volume_name[16];
	erofs_le32 feature_incompat;
	erofs_le16 available_compr_algs; /* lz4_max_distance without COMPR_CFGS */
	erofs_le16 extra_devices;
	erofs_le16 devt_slotoff;
	uint8_t dirblkbits;
	uint8_t xattr_prefix_count;
	erofs_le32 xattr_prefix_start;
	erofs_le64 packed_nid;
	uint8_t xattr_filter_reserved;
	uint8_t ishare_xattr_prefix_id;
	uint8_t reserved[2];
	erofs_le32 build_time;
	erofs_le64 rootnid_8b;
	uint8_t reserved2[8];
	/* 128 bytes; with sb_extslots >= 1: */
	erofs_le64 metabox_nid;
	uint8_t reserved3[8];
};
#define EROFS_SUPER_BASE_SIZE 128
_Static_assert(sizeof(struct erofs_super_block) == 144, "superblock with one extension slot");

/* ---- device table (section 4.4) ---- */
#define EROFS_DEVT_SLOT_SIZE 128
struct erofs_deviceslot {
	uint8_t tag[64];
	erofs_le32 blocks_lo;
	erofs_le32 uniaddr_lo;
	erofs_le16 blocks_hi;
	erofs_le16 uniaddr_hi;
	uint8_t reserved[52];
};
_Static_assert(sizeof(struct erofs_deviceslot) == EROFS_DEVT_SLOT_SIZE, "device slot");

/* ---- inodes (section 3) ---- */
#define EROFS_SLOT_SIZE 32
#define EROFS_NID_METABOX (1ull << 63)
#define EROFS_I_EXTENDED 0x0001
#define EROFS_I_LAYOUT_SHIFT 1
#define EROFS_I_LAYOUT_MASK 7
#define EROFS_I_BIT4 0x0010 /* DOT_OMITTED on directories, NLINK_1 on compact others */
#define EROFS_I_KNOWN_BITS 0x001F

struct erofs_inode_compact {
	erofs_le16 i_format;
	erofs_le16 i_xattr_icount;
	erofs_le16 i_mode;
	erofs_le16 i_nb;
	erofs_le32 i_size;
	erofs_le32 i_mtime;
	erofs_le32 i_u;
	erofs_le32 i_ino;
	erofs_le16 i_uid;
	erofs_le16 i_gid;
	erofs_le32 i_reserved;
};
_Static_assert(sizeof(struct erofs_inode_compact) == 32, "compact inode");

struct erofs_inode_extended {
	erofs_le16 i_format;
	erofs_le16 i_xattr_icount;
	erofs_le16 i_mode;
	erofs_le16 i_nb;
	erofs_le64 i_size;
	erofs_le32 i_u;
	erofs_le32 i_ino;
	erofs_le32 i_uid;
	erofs_le32 i_gid;
	erofs_le64 i_mtime;
	erofs_le32 i_mtime_nsec;
	erofs_le32 i_nlink;
	uint8_t i_reserved[16];
};
_Static_assert(sizeof(struct erofs_inode_extended) == 64, "extended inode");

/* ---- chunks (section 4.3) ---- */
#define EROFS_CHUNK_BITS_MASK 0x001F
#define EROFS_CHUNK_INDEXES 0x0020
#define EROFS_CHUNK_48BIT 0x0040
#define EROFS_CHUNK_KNOWN_BITS 0x007F

struct erofs_inode_chunk_index {
	erofs_le16 startblk_hi;
	erofs_le16 device_id;
	erofs_le32 startblk_lo;
};
_Static_assert(sizeof(struct erofs_inode_chunk_index) == 8, "chunk index");

/* ---- compressed inodes (section 8) ---- */
#define Z_EROFS_ADVISE_COMPACTED_2B 0x0001 /* compact index */
#define Z_EROFS_ADVISE_EXTENTS 0x0001	   /* full index */
#define Z_EROFS_ADVISE_BIG_PCLUSTER_1 0x0002
#define Z_EROFS_ADVISE_BIG_PCLUSTER_2 0x0004
#define Z_EROFS_ADVISE_INLINE_PCLUSTER 0x0008
#define Z_EROFS_ADVISE_INTERLACED_PCLUSTER 0x0010
#define Z_EROFS_ADVISE_FRAGMENT_PCLUSTER 0x0020
#define Z_EROFS_WHOLE_FRAGMENT 0x80 /* in h_clusterbits */

struct z_erofs_map_header {
	erofs_le32 h_fragmentoff; /* or h_idata_size << 16, or the low half of a record count */
	erofs_le16 h_advise;
	uint8_t h_algorithmtype;
	uint8_t h_clusterbits;
};
_Static_assert(sizeof(struct z_erofs_map_header) == 8, "map header");

#define Z_EROFS_TYPE_MASK 0x0003
#define Z_EROFS_PARTIAL_REF 0x8000
#define Z_EROFS_CBLKCNT 0x0800

struct z_erofs_lcluster_index {
	erofs_le16 di_advise;
	erofs_le16 di_clusterofs;
	erofs_le32 di_u; /* block address of a head, else delta0 | delta1 << 16 */
};
_Static_assert(sizeof(struct z_erofs_lcluster_index) == 8, "full index record");

#define Z_EROFS_EXTENT_LENGTH_MASK 0x001FFFFFu
#define Z_EROFS_EXTENT_PARTIAL 0x08000000u
#define Z_EROFS_EXTENT_FORMAT_SHIFT 28

struct z_erofs_extent {
	erofs_le32 plen;
	erofs_le32 pstart_lo;
	erofs_le32 pstart_hi;
	erofs_le32 lstart_lo;
	erofs_le32 lstart_hi;
	uint8_t reserved[12];
};
_Static_assert(sizeof(struct z_erofs_extent) == 32, "encoded extent");

/* ---- directories (section 5) ---- */
#define EROFS_NAME_MAX 255
struct erofs_dirent {
	erofs_le64 nid;
	erofs_le16 nameoff;
	uint8_t file_type;
	uint8_t reserved;
};
_Static_assert(sizeof(struct erofs_dirent) == 12, "dirent");

/* ---- xattrs (section 6) ---- */
#define EROFS_XATTR_IBODY_HEADER_SIZE 12
#define EROFS_XATTR_LONG_PREFIX 0x80
#define EROFS_XATTR_LONG_PREFIX_MASK 0x7F
#define EROFS_XATTR_MAX_PREFIXES 128
#define EROFS_XATTR_MAX_SHARED 255
#define EROFS_XATTR_FILTER_SEED 0x25BBE08Fu

struct erofs_xattr_ibody_header {
	erofs_le32 h_name_filter;
	uint8_t h_shared_count;
	uint8_t h_reserved[7];
};
_Static_assert(sizeof(struct erofs_xattr_ibody_header) == 12, "xattr body header");

struct erofs_xattr_entry {
	uint8_t e_name_len;
	uint8_t e_name_index;
	erofs_le16 e_value_size;
};
_Static_assert(sizeof(struct erofs_xattr_entry) == 4, "xattr entry");

struct erofs_xattr_long_prefix {
	erofs_le16 len; /* base_index byte + infix */
	uint8_t base_index;
};
_Static_assert(sizeof(struct erofs_xattr_long_prefix) == 3, "long prefix record");

#endif
