/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Block 0: superblock and prefix table; then one slot of SLOT_BYTES per inode, the root first; then the
 * root's directory block; then contents. */
#include "tests/unit/ishare/tiny-image.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>
#include "base/digest.h"
#include "format/erofs_fs.h"

#define BLOCK 4096u
#define SLOT_BYTES 2048u
#define PREFIX_AT 1280u

uint64_t tiny_nid(size_t i)
{
	return (i + 1) * SLOT_BYTES / EROFS_SLOT_SIZE;
}

size_t tiny_fingerprint(enum erofs_digest_algorithm algorithm, const void *content, size_t size,
	uint8_t ret[EROFS_FINGERPRINT_MAX_BYTES])
{
	uint8_t digest[EROFS_DIGEST_MAX_BYTES];
	struct erofs_digest *d;

	assert_int_equal(erofs_digest_new(algorithm, &d), 0);
	assert_int_equal(erofs_digest_start(d), 0);
	if (content)
		assert_int_equal(erofs_digest_update(d, content, size), 0);
	else
		assert_int_equal(erofs_digest_update_zeros(d, size), 0);
	assert_int_equal(erofs_digest_finish(d, digest), 0);
	erofs_digest_free(d);
	return erofs_fingerprint_encode(algorithm, digest, ret);
}

void tiny_add_xattr(struct tiny_file *file, uint8_t name_index, const char *suffix,
	const void *value, size_t value_bytes)
{
	struct tiny_xattr *x = &file->xattrs[file->xattr_count++];

	assert_true(file->xattr_count <= TINY_XATTRS && value_bytes <= TINY_VALUE_MAX);
	x->name_index = name_index;
	x->suffix = suffix;
	memcpy(x->value, value, value_bytes);
	x->value_bytes = value_bytes;
}

void tiny_tag_bytes(struct tiny_file *file, const void *value, size_t value_bytes)
{
	tiny_add_xattr(file, EROFS_XATTR_LONG_PREFIX, "", value, value_bytes);
}

void tiny_tag(struct tiny_file *file, enum erofs_digest_algorithm algorithm)
{
	uint8_t value[EROFS_FINGERPRINT_MAX_BYTES];
	size_t n = tiny_fingerprint(algorithm, file->content, (size_t)file->size_bytes, value);

	tiny_tag_bytes(file, value, n);
}

const uint8_t tiny_a[3 * TINY_PAGE] = { 'a' }, tiny_b[3 * TINY_PAGE] = { 'b' };

struct tiny_file tiny_plain(const char *name, const void *content, uint64_t size_bytes)
{
	return (struct tiny_file){ .name = name, .content = content, .size_bytes = size_bytes };
}

struct tiny_file tiny_tagged(const char *name, const void *content, uint64_t size_bytes)
{
	struct tiny_file f = tiny_plain(name, content, size_bytes);

	tiny_tag(&f, EROFS_DIGEST_SHA256);
	return f;
}

static uint64_t content_blocks(const struct tiny_file *file)
{
	return file->content && !file->link_to ? (file->size_bytes + BLOCK - 1) / BLOCK : 0;
}

static size_t meta_blocks(const struct tiny_spec *spec)
{
	return ((spec->file_count + 1) * SLOT_BYTES + BLOCK - 1) / BLOCK;
}

static void put_super(const struct tiny_spec *spec, uint8_t *image)
{
	const char *infix = spec->infix ? spec->infix : EROFS_ISHARE_DEFAULT_XATTR;
	size_t infix_bytes = strlen(infix);
	uint32_t compat = EROFS_COMPAT_PLAIN_XATTR_PFX;
	struct erofs_super_block *sb = (void *)(image + EROFS_SUPER_OFFSET);

	compat |= spec->no_ishare_bit ? 0 : EROFS_COMPAT_ISHARE_XATTRS;
	compat |= spec->filter_feature ? EROFS_COMPAT_XATTR_FILTER : 0;
	sb->magic = erofs_put32(EROFS_SUPER_MAGIC);
	sb->feature_compat = erofs_put32(compat);
	sb->feature_incompat =
		erofs_put32(EROFS_INCOMPAT_XATTR_PREFIXES | EROFS_INCOMPAT_LZ4_0PADDING);
	sb->blkszbits = 12;
	sb->meta_blkaddr = erofs_put32(1);
	sb->inos = erofs_put64(spec->file_count + 1);
	sb->xattr_prefix_count = 1;
	sb->xattr_prefix_start = erofs_put32(PREFIX_AT / 4);
	image[PREFIX_AT] = (uint8_t)(infix_bytes + 1);
	image[PREFIX_AT + 2] = spec->base_index;
	memcpy(image + PREFIX_AT + 3, infix, infix_bytes);
}

static size_t put_xattrs(const struct tiny_file *file, uint8_t *at)
{
	struct erofs_xattr_ibody_header *header = (void *)at;
	size_t used = sizeof(*header);

	if (!file->xattr_count)
		return 0;
	header->h_name_filter = erofs_put32(file->filter);
	for (size_t i = 0; i < file->xattr_count; i++) {
		const struct tiny_xattr *x = &file->xattrs[i];
		size_t suffix_bytes = strlen(x->suffix);

		at[used] = (uint8_t)suffix_bytes;
		at[used + 1] = x->name_index;
		at[used + 2] = (uint8_t)x->value_bytes;
		at[used + 3] = (uint8_t)(x->value_bytes >> 8);
		memcpy(at + used + 4, x->suffix, suffix_bytes);
		memcpy(at + used + 4 + suffix_bytes, x->value, x->value_bytes);
		used += (4 + suffix_bytes + x->value_bytes + 3) / 4 * 4;
	}
	assert_true(64 + used <= SLOT_BYTES);
	return used;
}

static void put_inode(const struct tiny_file *file, uint64_t start_block, uint8_t *slot)
{
	struct erofs_inode_extended *inode = (void *)slot;
	size_t body = put_xattrs(file, slot + sizeof(*inode));
	bool hole = !file->content && file->layout == EROFS_LAYOUT_FLAT_PLAIN && file->size_bytes;

	inode->i_format =
		erofs_put16((uint16_t)(EROFS_I_EXTENDED | file->layout << EROFS_I_LAYOUT_SHIFT));
	inode->i_xattr_icount = erofs_put16(body ? (uint16_t)((body - 12) / 4 + 1) : 0);
	inode->i_mode = erofs_put16((uint16_t)(file->mode ? file->mode : (S_IFREG | 0644u)));
	inode->i_size = erofs_put64(file->size_bytes);
	inode->i_u = erofs_put32(hole ? EROFS_NULL_ADDR : (uint32_t)start_block);
	inode->i_nb = erofs_put16(hole ? 0xFFFF : 0);
	inode->i_nlink = erofs_put32(1);
}

static uint64_t nid_of(const struct tiny_spec *spec, size_t i)
{
	if (!spec->files[i].link_to)
		return tiny_nid(i);
	for (size_t j = 0; j < i; j++)
		if (!strcmp(spec->files[j].name, spec->files[i].link_to))
			return nid_of(spec, j);
	fail_msg("no file %s", spec->files[i].link_to);
	return 0;
}

/* "." and ".." sort before every name that the tests use. Returns the directory's size. */
static size_t put_directory(const struct tiny_spec *spec, uint8_t *block)
{
	size_t count = spec->file_count + 2, at = count * sizeof(struct erofs_dirent);

	for (size_t i = 0; i < count; i++) {
		struct erofs_dirent *d = (struct erofs_dirent *)(void *)block + i;
		const char *name = i == 0 ? "." : i == 1 ? ".." : spec->files[i - 2].name;
		uint32_t mode = i < 2 ? S_IFDIR : spec->files[i - 2].mode;

		assert_true(at + strlen(name) <= BLOCK);
		d->nid = erofs_put64(i < 2 ? 0 : nid_of(spec, i - 2));
		d->nameoff = erofs_put16((uint16_t)at);
		d->file_type = (uint8_t)erofs_type_of_mode(mode ? mode : S_IFREG);
		memcpy(block + at, name, strlen(name));
		at += strlen(name);
	}
	return at;
}

void *tiny_build(const struct tiny_spec *spec, size_t *ret_size)
{
	uint64_t next = 1 + meta_blocks(spec), blocks = next + 1;
	struct tiny_file root = { .mode = S_IFDIR | 0755, .content = "" };
	uint8_t *image;

	for (size_t i = 0; i < spec->file_count; i++)
		blocks += content_blocks(&spec->files[i]);
	*ret_size = (size_t)blocks * BLOCK;
	image = calloc(1, *ret_size);
	assert_non_null(image);
	put_super(spec, image);
	root.size_bytes = put_directory(spec, image + next * BLOCK);
	put_inode(&root, next++, image + BLOCK);
	for (size_t i = 0; i < spec->file_count; i++) {
		const struct tiny_file *file = &spec->files[i];

		if (file->link_to)
			continue;
		if (file->content)
			memcpy(image + next * BLOCK, file->content, (size_t)file->size_bytes);
		put_inode(file, next, image + BLOCK + (i + 1) * SLOT_BYTES);
		next += content_blocks(file);
	}
	return image;
}

void tiny_open(const struct tiny_spec *spec, struct tiny_image *ret)
{
	size_t size;

	ret->bytes = tiny_build(spec, &size);
	assert_int_equal(erofs_image_open_memory(ret->bytes, size, NULL, NULL, &ret->img), 0);
}

void tiny_close(struct tiny_image *tiny)
{
	erofs_image_close(tiny->img);
	free(tiny->bytes);
}

void tiny_add(struct erofs_ishare_groups *g, const struct tiny_file *files, size_t count)
{
	const struct tiny_spec spec = { .files = files, .file_count = count };
	struct tiny_image tiny;

	tiny_open(&spec, &tiny);
	assert_int_equal(erofs_ishare_groups_add(g, tiny.img), 0);
	tiny_close(&tiny);
}
