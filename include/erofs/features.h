/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* features.h -- the numbers of the format that a user of the library meets: feature bits, data
 * layouts, file types, xattr name indexes (format sections 2, 3.3, 5.1, 6.2). */
#ifndef EROFS_FEATURES_H
#define EROFS_FEATURES_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* feature_compat: a reader may ignore any of these (section 2.1) */
#define EROFS_COMPAT_SB_CHKSUM 0x01u
#define EROFS_COMPAT_MTIME 0x02u
#define EROFS_COMPAT_XATTR_FILTER 0x04u
#define EROFS_COMPAT_SHARED_EA_IN_METABOX 0x08u
#define EROFS_COMPAT_PLAIN_XATTR_PFX 0x10u
#define EROFS_COMPAT_ISHARE_XATTRS 0x20u

/* feature_incompat: an unknown bit means "do not read" (section 2.2) */
#define EROFS_INCOMPAT_LZ4_0PADDING 0x001u
#define EROFS_INCOMPAT_COMPR_CFGS 0x002u /* also BIG_PCLUSTER */
#define EROFS_INCOMPAT_CHUNKED_FILE 0x004u
#define EROFS_INCOMPAT_DEVICE_TABLE 0x008u /* also COMPR_HEAD2 */
#define EROFS_INCOMPAT_ZTAILPACKING 0x010u
#define EROFS_INCOMPAT_FRAGMENTS 0x020u /* also DEDUPE */
#define EROFS_INCOMPAT_XATTR_PREFIXES 0x040u
#define EROFS_INCOMPAT_48BIT 0x080u
#define EROFS_INCOMPAT_METABOX 0x100u
#define EROFS_INCOMPAT_KNOWN 0x1FFu

enum erofs_layout {
	EROFS_LAYOUT_FLAT_PLAIN = 0,
	EROFS_LAYOUT_COMPRESSED_FULL = 1,
	EROFS_LAYOUT_FLAT_INLINE = 2,
	EROFS_LAYOUT_COMPRESSED_COMPACT = 3,
	EROFS_LAYOUT_CHUNK_BASED = 4,
};

/* The type byte of a directory entry (section 5.1). */
enum erofs_file_type {
	EROFS_TYPE_UNKNOWN = 0,
	EROFS_TYPE_REGULAR = 1,
	EROFS_TYPE_DIRECTORY = 2,
	EROFS_TYPE_CHAR = 3,
	EROFS_TYPE_BLOCK = 4,
	EROFS_TYPE_FIFO = 5,
	EROFS_TYPE_SOCKET = 6,
	EROFS_TYPE_SYMLINK = 7,
};

/* Short name prefixes (section 6.2). INDEX 0 and 5 are never shown by the kernel. */
enum erofs_xattr_index {
	EROFS_XATTR_INDEX_HIDDEN = 0,
	EROFS_XATTR_INDEX_USER = 1,
	EROFS_XATTR_INDEX_ACL_ACCESS = 2,
	EROFS_XATTR_INDEX_ACL_DEFAULT = 3,
	EROFS_XATTR_INDEX_TRUSTED = 4,
	EROFS_XATTR_INDEX_LUSTRE = 5,
	EROFS_XATTR_INDEX_SECURITY = 6,
	EROFS_XATTR_INDEX_COUNT = 7,
};

/* Compression algorithm ids (section 8.1). */
enum erofs_algorithm {
	EROFS_ALGORITHM_LZ4 = 0,
	EROFS_ALGORITHM_LZMA = 1,
	EROFS_ALGORITHM_DEFLATE = 2,
	EROFS_ALGORITHM_ZSTD = 3,
	EROFS_ALGORITHM_COUNT = 4,
};

/* The dirent type for a POSIX mode; EROFS_TYPE_UNKNOWN when the mode has no known type. */
enum erofs_file_type erofs_type_of_mode(uint32_t mode);

/* The text of short prefix @index ("user." ...; "" for hidden and unknown ones). */
const char *erofs_xattr_prefix_text(unsigned int index);

/* The short index whose prefix starts @name and, in @ret_skip, the bytes it covers. The two ACL names
 * match only in full. EROFS_XATTR_INDEX_HIDDEN with 0 bytes when no prefix matches (section 6.5). */
unsigned int erofs_xattr_index_of(const char *name, uint32_t *ret_skip);

/* The bit of a name in an inode's filter (section 6.6): @rest is the full name without its short
 * prefix @index; the result is 0..31. */
unsigned int erofs_xattr_filter_bit(unsigned int index, const void *rest, uint32_t rest_bytes);

/* The lowest Linux release that reads an image with these bits, as "major.minor" or NULL when any
 * does (section 14). @algorithms is a bitmap of enum erofs_algorithm. ISHARE_XATTRS asks for none:
 * older kernels ignore it. */
const char *erofs_minimum_linux(uint32_t compat, uint32_t incompat, uint32_t algorithms);

/* The word `dump.erofs -s` prints for bit @bit (0..31), NULL for an unknown bit. Bits with two
 * meanings give both words, separated by a space. */
const char *erofs_compat_name(unsigned int bit);
const char *erofs_incompat_name(unsigned int bit);

#ifdef __cplusplus
}
#endif

#endif
