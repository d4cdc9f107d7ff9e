/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sound image, and the means to break it. */
#include "reject.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "base/crc32c.h"
#include "base/math.h"

struct erofs_super_block *super_of(struct image *img)
{
	return (struct erofs_super_block *)(img->bytes + EROFS_SUPER_OFFSET);
}

struct erofs_inode_compact *compact_of(struct image *img, uint64_t nid)
{
	return (struct erofs_inode_compact *)(img->bytes + nid * EROFS_SLOT_SIZE);
}

struct erofs_inode_extended *extended_of(struct image *img, uint64_t nid)
{
	return (struct erofs_inode_extended *)(img->bytes + nid * EROFS_SLOT_SIZE);
}

uint8_t *block_of(struct image *img, unsigned int block)
{
	return img->bytes + block * BLOCK;
}

void image_grow(struct image *img, size_t size)
{
	img->bytes = realloc(img->bytes, size);
	if (!img->bytes)
		abort();
	memset(img->bytes + img->size, 0, size - img->size);
	img->size = size;
	super_of(img)->blocks_lo = erofs_put32((uint32_t)(size / BLOCK));
}

void image_fini(struct image *img)
{
	free(img->bytes);
	img->bytes = NULL;
}

void image_seal(struct image *img)
{
	struct erofs_super_block *sb = super_of(img);

	sb->feature_compat = erofs_put32(erofs_get32(sb->feature_compat) | EROFS_COMPAT_SB_CHKSUM);
	sb->checksum = erofs_put32(0);
	sb->checksum = erofs_put32(erofs_crc32c(UINT32_MAX, sb, BLOCK));
}

void set_layout(struct image *img, uint64_t nid, unsigned int layout)
{
	struct erofs_inode_compact *i = compact_of(img, nid);
	unsigned int format = erofs_get16(i->i_format) &
			      ~((unsigned int)EROFS_I_LAYOUT_MASK << EROFS_I_LAYOUT_SHIFT);

	i->i_format = erofs_put16((uint16_t)(format | layout << EROFS_I_LAYOUT_SHIFT));
}

static struct erofs_inode_compact *put_inode(struct image *img, uint64_t nid, unsigned int mode,
	unsigned int nlink, uint32_t size, uint32_t u)
{
	struct erofs_inode_compact *i = compact_of(img, nid);

	i->i_mode = erofs_put16((uint16_t)mode);
	i->i_nb = erofs_put16((uint16_t)nlink);
	i->i_size = erofs_put32(size);
	i->i_u = erofs_put32(u);
	i->i_ino = erofs_put32((uint32_t)nid);
	return i;
}

struct erofs_inode_extended *extend(struct image *img, uint64_t nid)
{
	const struct erofs_inode_compact c = *compact_of(img, nid);
	struct erofs_inode_extended *e = extended_of(img, nid);

	memset(e, 0, sizeof(*e));
	e->i_format = erofs_put16(erofs_get16(c.i_format) | EROFS_I_EXTENDED);
	e->i_xattr_icount = c.i_xattr_icount;
	e->i_mode = c.i_mode;
	e->i_size = erofs_put64(erofs_get32(c.i_size));
	e->i_u = c.i_u;
	e->i_ino = c.i_ino;
	e->i_nlink = erofs_put32(erofs_get16(c.i_nb));
	return e;
}

struct erofs_dirent *record_of(uint8_t *bytes, unsigned int i)
{
	return (struct erofs_dirent *)(bytes + i * sizeof(struct erofs_dirent));
}

size_t put_entries(uint8_t *bytes, const struct entry *entries)
{
	size_t count = 0, at;

	while (entries[count].name)
		count++;
	at = count * sizeof(struct erofs_dirent);
	for (size_t i = 0; i < count; i++) {
		struct erofs_dirent *r = record_of(bytes, (unsigned int)i);

		r->nid = erofs_put64(entries[i].nid);
		r->nameoff = erofs_put16((uint16_t)at);
		r->file_type = entries[i].type;
		memcpy(bytes + at, entries[i].name, strlen(entries[i].name));
		at += strlen(entries[i].name);
	}
	return at;
}

static void replace_entries(struct image *img, uint64_t nid, unsigned int block,
	const struct entry *entries)
{
	uint8_t *bytes = block_of(img, block);

	memset(bytes, 0, BLOCK);
	compact_of(img, nid)->i_size = erofs_put32((uint32_t)put_entries(bytes, entries));
}

void put_root(struct image *img, const struct entry *entries)
{
	replace_entries(img, ROOT, ROOT_BLOCK, entries);
}

void put_dir(struct image *img, const struct entry *entries)
{
	replace_entries(img, DIR, DIR_BLOCK, entries);
}

static void put_super(struct image *img)
{
	struct erofs_super_block *sb = super_of(img);

	sb->magic = erofs_put32(EROFS_SUPER_MAGIC);
	sb->feature_compat = erofs_put32(EROFS_COMPAT_MTIME);
	sb->blkszbits = 9;
	sb->rootnid_2b = erofs_put16(ROOT);
	sb->inos = erofs_put64(8);
	sb->epoch = erofs_put64(1700000000);
	sb->blocks_lo = erofs_put32(BLOCKS);
}

void image_init_sound(struct image *img)
{
	static const struct entry in_root[] = { { ROOT, ".", 2 }, { ROOT, "..", 2 },
		{ DIR, "dir", 2 }, { EMPTY, "empty", 1 }, { FILE_, "file", 1 },
		{ LINK, "link", 7 }, { DEVICE, "null", 3 }, { TWICE, "twice", 1 },
		{ TAGGED, "xattrs", 1 }, { 0, NULL, 0 } };
	static const struct entry in_dir[] = { { DIR, ".", 2 }, { ROOT, "..", 2 },
		{ TWICE, "twice", 1 }, { 0, NULL, 0 } };

	*img = (struct image){ calloc(BLOCKS, BLOCK), BLOCKS * BLOCK };
	if (!img->bytes)
		abort();
	put_super(img);
	put_inode(img, ROOT, S_IFDIR | 0755, 3, 0, ROOT_BLOCK);
	put_inode(img, DIR, S_IFDIR | 0755, 2, 0, DIR_BLOCK);
	put_inode(img, FILE_, S_IFREG | 0644, 1, FILE_BYTES, FILE_BLOCK);
	put_inode(img, LINK, S_IFLNK | 0777, 1, 4, EROFS_NULL_ADDR);
	set_layout(img, LINK, EROFS_LAYOUT_FLAT_INLINE);
	memcpy(compact_of(img, LINK) + 1, "file", 4);
	put_inode(img, DEVICE, S_IFCHR | 0666, 1, 0, 0x103);
	put_inode(img, EMPTY, S_IFREG | 0600, 1, 0, EROFS_NULL_ADDR);
	put_inode(img, TWICE, S_IFREG | 0644, 2, 0, EROFS_NULL_ADDR);
	put_inode(img, TAGGED, S_IFREG | 0644, 1, 0, EROFS_NULL_ADDR);
	extend(img, TAGGED);
	put_root(img, in_root);
	put_dir(img, in_dir);
	memset(block_of(img, FILE_BLOCK), 'f', FILE_BYTES);
}

/* ---- xattrs behind TAGGED ---- */

static uint8_t *xattr_body(struct image *img)
{
	return (uint8_t *)(extended_of(img, TAGGED) + 1);
}

static size_t body_size(struct image *img)
{
	unsigned int count = erofs_get16(extended_of(img, TAGGED)->i_xattr_icount);

	return EROFS_XATTR_IBODY_HEADER_SIZE + 4 * (count - 1);
}

static void set_body_size(struct image *img, size_t size)
{
	extended_of(img, TAGGED)->i_xattr_icount =
		erofs_put16((uint16_t)((size - EROFS_XATTR_IBODY_HEADER_SIZE) / 4 + 1));
}

void begin_xattrs(struct image *img, unsigned int shared)
{
	xattr_body(img)[offsetof(struct erofs_xattr_ibody_header, h_shared_count)] =
		(uint8_t)shared;
	set_body_size(img, EROFS_XATTR_IBODY_HEADER_SIZE + 4 * shared);
}

void put_shared_id(struct image *img, unsigned int index, uint32_t id)
{
	erofs_le32 *ids = (erofs_le32 *)(xattr_body(img) + EROFS_XATTR_IBODY_HEADER_SIZE);

	ids[index] = erofs_put32(id);
}

size_t put_xattr_entry(uint8_t *bytes, uint8_t index, const char *suffix, const void *value,
	size_t value_bytes)
{
	struct erofs_xattr_entry *e = (struct erofs_xattr_entry *)bytes;

	e->e_name_len = (uint8_t)strlen(suffix);
	e->e_name_index = index;
	e->e_value_size = erofs_put16((uint16_t)value_bytes);
	memcpy(bytes + sizeof(*e), suffix, strlen(suffix));
	memcpy(bytes + sizeof(*e) + strlen(suffix), value, value_bytes);
	return erofs_round_up(sizeof(*e) + strlen(suffix) + value_bytes, 4);
}

void put_xattr(struct image *img, uint8_t index, const char *suffix, const void *value,
	size_t value_bytes)
{
	size_t at = body_size(img);

	set_body_size(img, at + put_xattr_entry(xattr_body(img) + at, index, suffix, value,
				       value_bytes));
}
