/* SPDX-License-Identifier: GPL-2.0-or-later */
/* -s: the superblock, and --blkid-udev: what udev imports of it. */
#include "dump.h"

#include <inttypes.h>
#include <string.h>

/* Values stand at column 47, where erofs-utils has them. */
#define LABEL_WIDTH 46

static void put_number(struct dump_target *t, const char *label, const char *key, uint64_t value)
{
	if (t->json)
		cli_json_u64(t->json, key, value);
	else
		printf("%-*s%" PRIu64 "\n", LABEL_WIDTH, label, value);
}

static void put_signed(struct dump_target *t, const char *label, const char *key, int64_t value)
{
	if (t->json)
		cli_json_i64(t->json, key, value);
	else
		printf("%-*s%" PRId64 "\n", LABEL_WIDTH, label, value);
}

static void put_text(struct dump_target *t, const char *label, const char *key, const char *value)
{
	if (t->json)
		cli_json_text(t->json, key, value);
	else
		printf("%-*s%s\n", LABEL_WIDTH, label, value);
}

/* Each bit's words: an array in JSON, in text each with a space behind it. */
static void put_features(struct dump_target *t, const char *label, const char *key, uint32_t bits,
	const char *(*name_of)(unsigned int bit))
{
	cli_json_open_array(t->json, key);
	if (!t->json)
		printf("%-*s", LABEL_WIDTH, label);
	for (unsigned int i = 0; i < 32; i++) {
		const char *name = bits >> i & 1 ? name_of(i) : NULL;

		if (!name)
			continue;
		if (!t->json)
			printf("%s ", name);
		/* Bits with two meanings have both words in one text. */
		for (size_t n; t->json && *name; name += n + (name[n] == ' ')) {
			n = strcspn(name, " ");
			cli_json_bytes(t->json, NULL, name, n);
		}
	}
	if (!t->json)
		putchar('\n');
	cli_json_close(t->json);
}

static void put_algorithms(struct dump_target *t, uint32_t algorithms)
{
	static const char *const names[EROFS_ALGORITHM_COUNT] = { "lz4", "lzma", "deflate", "zstd" };
	const char *separator = "";

	cli_json_open_array(t->json, "compression_algorithms");
	if (!t->json)
		printf("%-*s", LABEL_WIDTH, "Filesystem compr_algs:");
	for (unsigned int i = 0; i < EROFS_ALGORITHM_COUNT; i++) {
		if (!(algorithms >> i & 1))
			continue;
		if (!t->json)
			printf("%s%s", separator, names[i]);
		cli_json_text(t->json, NULL, names[i]);
		separator = ", ";
	}
	if (!t->json)
		putchar('\n');
	cli_json_close(t->json);
}

static void put_created(struct dump_target *t, const struct erofs_super *sb)
{
	int64_t seconds;
	char text[64];

	if (__builtin_add_overflow(sb->epoch_seconds, (int64_t)sb->build_time_seconds, &seconds))
		seconds = sb->epoch_seconds;
	if (t->json) {
		cli_json_i64(t->json, "created", seconds);
		return;
	}
	dump_format_created(seconds, text, sizeof(text));
	put_text(t, "Filesystem created:", NULL, text);
}

/* The whole file system: the primary device and all others. */
static uint64_t all_blocks(const struct erofs_image *img)
{
	const struct erofs_super *sb = erofs_image_super(img);
	uint64_t blocks = sb->block_count;

	for (uint32_t i = 0; i < sb->device_count; i++)
		if (__builtin_add_overflow(blocks, erofs_image_device(img, i)->block_count, &blocks))
			return UINT64_MAX;
	return blocks;
}

static void put_layout(struct dump_target *t, const struct erofs_super *sb)
{
	put_text(t, "Filesystem magic number:", "magic", "0xE0F5E1E2");
	put_number(t, "Filesystem blocksize:", "block_size", sb->block_size_bytes);
	put_number(t, "Filesystem blocks:", "blocks", all_blocks(t->img));
	put_signed(t, "Filesystem inode metadata start block:", "meta_start_block",
		sb->meta_start_block);
	put_number(t, "Filesystem shared xattr metadata start block:", "xattr_start_block",
		sb->xattr_start_block);
	put_number(t, "Filesystem root nid:", "root_nid", sb->root_nid);
	if (sb->incompat & EROFS_INCOMPAT_FRAGMENTS && sb->packed_nid)
		put_number(t, "Filesystem packed nid:", "packed_nid", sb->packed_nid);
	if (sb->incompat & EROFS_INCOMPAT_METABOX)
		put_number(t, "Filesystem metabox nid:", "metabox_nid", sb->metabox_nid);
	if (sb->incompat & EROFS_INCOMPAT_COMPR_CFGS)
		put_algorithms(t, sb->algorithms);
	else /* stored as 0 while nothing is compressed */
		put_number(t, "Filesystem lz4_max_distance:", "lz4_max_distance",
			sb->algorithms ? sb->lz4_max_distance : 0);
	put_number(t, "Filesystem sb_size:", "super_size", sb->super_size_bytes);
	put_number(t, "Filesystem inode count:", "inodes", sb->inode_count);
}

static void put_label(struct dump_target *t, const char *label)
{
	if (t->json) {
		cli_json_text(t->json, "label", label);
		return;
	}
	printf("%-*s", LABEL_WIDTH, "Filesystem volume label:");
	dump_print_escaped(label, stdout);
	putchar('\n');
}

static void put_identity(struct dump_target *t, const struct erofs_super *sb)
{
	const char *linux_version = erofs_minimum_linux(sb->compat, sb->incompat, sb->algorithms);
	char uuid[37];

	put_created(t, sb);
	put_features(t, "Filesystem compatible features:", "compat_features", sb->compat,
		erofs_compat_name);
	put_features(t, "Filesystem incompatible features:", "incompat_features", sb->incompat,
		erofs_incompat_name);
	cli_format_uuid(sb->uuid, uuid);
	put_text(t, "Filesystem UUID:", "uuid", uuid);
	if (linux_version)
		put_text(t, "Required upstream Linux kernel version:", "minimum_linux",
			linux_version);
	/* What follows erofs-utils does not print: behind everything that is parsed. */
	if (sb->compat & EROFS_COMPAT_ISHARE_XATTRS)
		put_text(t, "Linux kernel version for page cache sharing:", "minimum_linux_ishare",
			"7.0");
	if (sb->volume_name[0])
		put_label(t, sb->volume_name);
}

static void put_devices(struct dump_target *t, uint32_t count)
{
	cli_json_open_array(t->json, "devices");
	for (uint32_t i = 0; i < count; i++) {
		const struct erofs_device *d = erofs_image_device(t->img, i);

		cli_json_open_object(t->json, NULL);
		cli_json_text(t->json, "tag", d->tag);
		cli_json_u64(t->json, "blocks", d->block_count);
		cli_json_u64(t->json, "unified_start_block", d->unified_start_block);
		cli_json_close(t->json);
	}
	cli_json_close(t->json);
}

int dump_super(struct dump_target *t)
{
	const struct erofs_super *sb = erofs_image_super(t->img);

	cli_json_open_object(t->json, "superblock");
	put_layout(t, sb);
	put_identity(t, sb);
	if (t->json) {
		cli_json_bool(t->json, "checksum_ok", sb->checksum_ok);
		put_devices(t, sb->device_count);
	}
	cli_json_close(t->json);
	if (!sb->checksum_ok && !t->options->quiet)
		cli_warning("%s: the superblock checksum is wrong", erofs_image_path(t->img));
	return DUMP_OK;
}

int dump_udev(struct dump_target *t)
{
	char uuid[37];

	cli_format_uuid(erofs_image_super(t->img)->uuid, uuid);
	printf("ID_FS_UUID=%s\nID_FS_UUID_ENC=%s\nID_FS_TYPE=erofs\nID_FS_USAGE=filesystem\n", uuid,
		uuid);
	return DUMP_OK;
}
