/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Rules about one inode (format section 3): its bytes, and the target of a symbolic link. */
#include "check/rules.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <erofs/data.h>
#include "base/math.h"
#include "format/erofs_fs.h"
#include "image/stream.h"

#define SYMLINK_MAX 4095 /* the kernel's PATH_MAX less the NUL */

/* Section 3.1: where the slot of @nid lies in its stream. False when no address can name it. */
static bool slot_offset(const struct erofs_super *super, uint64_t nid, uint64_t *ret)
{
	uint64_t slot = nid & ~EROFS_NID_METABOX;
	int64_t base = 0;
	uint64_t offset;

	if (erofs_mul_overflow(slot, (uint64_t)EROFS_SLOT_SIZE, &offset))
		return false;
	if (!erofs_nid_in_metabox(nid))
		base = (int64_t)super->meta_start_block * (int64_t)super->block_size_bytes;
	if (base < 0 ? offset < (uint64_t)-base : offset > UINT64_MAX - (uint64_t)base)
		return false;
	*ret = offset + (uint64_t)base;
	return true;
}

/* The bytes of the inode at @nid; a compact one fills half of @ret. */
static bool read_stored(struct check *chk, uint64_t nid, struct erofs_inode_extended *ret)
{
	enum erofs_stream stream = erofs_stream_of(nid);
	uint64_t offset;
	int r;

	if (erofs_nid_in_metabox(nid) && !(chk->super->incompat & EROFS_INCOMPAT_METABOX)) {
		erofs_check_found(chk, RULE_INODE_BOUNDS,
			"nid 0x%" PRIx64 " is in a metabox, and there is none", nid);
		return false;
	}
	if (!slot_offset(chk->super, nid, &offset)) {
		erofs_check_found(chk, RULE_INODE_BOUNDS, "nid 0x%" PRIx64 " is no address", nid);
		return false;
	}
	r = erofs_stream_read(chk->rd, stream, offset, ret, EROFS_SLOT_SIZE);
	if (r == 0 && erofs_get16(ret->i_format) & EROFS_I_EXTENDED)
		r = erofs_stream_read(chk->rd, stream, offset, ret, sizeof(*ret));
	if (r < 0)
		erofs_check_found(chk, RULE_INODE_BOUNDS,
			"no inode can be read at byte %" PRIu64 " of the %s", offset,
			stream == EROFS_STREAM_METABOX ? "metabox" : "image");
	return r == 0;
}

static bool check_format(struct check *chk, uint16_t format, enum erofs_file_type type)
{
	unsigned int layout = format >> EROFS_I_LAYOUT_SHIFT & EROFS_I_LAYOUT_MASK;

	if (format & ~EROFS_I_KNOWN_BITS) {
		erofs_check_found(chk, RULE_INODE_FORMAT, "unknown bits in format 0x%04x", format);
		return false;
	}
	if (layout > EROFS_LAYOUT_CHUNK_BASED) {
		erofs_check_found(chk, RULE_INODE_FORMAT, "unknown data layout %u", layout);
		return false;
	}
	/* Extended inodes of other types have no use for the bit, and readers ignore it. */
	if (format & EROFS_I_BIT4 && !(chk->super->incompat & EROFS_INCOMPAT_48BIT) &&
	    (type == EROFS_TYPE_DIRECTORY || !(format & EROFS_I_EXTENDED)))
		erofs_check_found(chk, RULE_INODE_FORMAT,
			"format 0x%04x needs 48-bit addresses, which the image does not use",
			format);
	return true;
}

static bool check_size(struct check *chk, uint64_t size, enum erofs_file_type type)
{
	if (size > INT64_MAX) {
		erofs_check_found(chk, RULE_INODE_SIZE, "size is 0x%" PRIx64, size);
		return false;
	}
	if (size && (type == EROFS_TYPE_CHAR || type == EROFS_TYPE_BLOCK ||
			    type == EROFS_TYPE_FIFO || type == EROFS_TYPE_SOCKET))
		erofs_check_found(chk, RULE_INODE_SIZE, "a special file has %" PRIu64 " bytes",
			size);
	return true;
}

/* Only regular files have chunks; nothing but regular files and directories is compressed. */
static bool check_layout(struct check *chk, unsigned int layout, enum erofs_file_type type)
{
	bool flat = layout == EROFS_LAYOUT_FLAT_PLAIN || layout == EROFS_LAYOUT_FLAT_INLINE;
	bool fits;

	switch (type) {
	case EROFS_TYPE_REGULAR:
		fits = true;
		break;
	case EROFS_TYPE_DIRECTORY:
		fits = layout != EROFS_LAYOUT_CHUNK_BASED;
		break;
	case EROFS_TYPE_SYMLINK:
		fits = flat;
		break;
	default:
		fits = layout == EROFS_LAYOUT_FLAT_PLAIN;
		break;
	}
	if (!fits)
		erofs_check_found(chk, RULE_INODE_LAYOUT, "data layout %u is not for this file type",
			layout);
	return fits;
}

/* Section 4.3; the reading layer refuses the inode otherwise. */
static bool check_chunk_format(struct check *chk, uint16_t format, uint32_t i_u)
{
	unsigned int layout = format >> EROFS_I_LAYOUT_SHIFT & EROFS_I_LAYOUT_MASK;

	if (layout != EROFS_LAYOUT_CHUNK_BASED || !(i_u & 0xFFFF & ~EROFS_CHUNK_KNOWN_BITS))
		return true;
	erofs_check_found(chk, RULE_MAP_CHUNKS, "unknown bits in chunk format 0x%04x",
		(unsigned int)(i_u & 0xFFFF));
	return false;
}

/* Everything about the fields of an inode with a known file type. */
static bool check_fields(struct check *chk, const struct erofs_inode_extended *stored,
	enum erofs_file_type type)
{
	struct erofs_inode_compact compact;
	uint16_t format = erofs_get16(stored->i_format);
	bool extended = format & EROFS_I_EXTENDED, sound;

	memcpy(&compact, stored, sizeof(compact));
	if (extended && erofs_get32(stored->i_mtime_nsec) >= 1000000000)
		erofs_check_found(chk, RULE_INODE_NSEC, "modified at %" PRIu32 " nanoseconds",
			erofs_get32(stored->i_mtime_nsec));
	sound = check_size(chk, extended ? erofs_get64(stored->i_size) :
					   erofs_get32(compact.i_size), type);
	if (!check_format(chk, format, type))
		return false;
	return check_layout(chk, format >> EROFS_I_LAYOUT_SHIFT & EROFS_I_LAYOUT_MASK, type) &&
	       check_chunk_format(chk, format,
		       erofs_get32(extended ? stored->i_u : compact.i_u)) && sound;
}

bool erofs_check_inode_stored(struct check *chk, uint64_t nid)
{
	struct erofs_inode_extended stored = { 0 };
	enum erofs_file_type type;
	bool sound = true;

	if (!erofs_check_spend(chk, EROFS_SLOT_SIZE) || !read_stored(chk, nid, &stored))
		return false;
	if (erofs_get16(stored.i_xattr_icount) == 1) {
		erofs_check_found(chk, RULE_XATTR_COUNT,
			"the xattr count is 1: a header and nothing else");
		sound = false;
	}
	type = erofs_type_of_mode(erofs_get16(stored.i_mode));
	if (type == EROFS_TYPE_UNKNOWN) {
		erofs_check_found(chk, RULE_INODE_MODE, "mode 0%o has no known file type",
			erofs_get16(stored.i_mode));
		return false;
	}
	return check_fields(chk, &stored, type) && sound;
}

void erofs_check_symlink(struct check *chk, const struct erofs_inode *inode)
{
	char *target = NULL;

	if (!inode->size_bytes || inode->size_bytes > SYMLINK_MAX) {
		erofs_check_found(chk, RULE_INODE_SYMLINK, "the target has %" PRIu64 " bytes",
			inode->size_bytes);
		return;
	}
	if (!erofs_check_spend(chk, inode->size_bytes))
		return;
	if (erofs_symlink_read(chk->rd, inode, &target) < 0)
		erofs_check_found(chk, RULE_INODE_SYMLINK, "the target cannot be had: %s",
			erofs_check_last_words(chk));
	free(target);
}
