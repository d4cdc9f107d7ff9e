/* SPDX-License-Identifier: GPL-2.0-or-later */
/* -E: a comma-separated list of names, "^" before one takes it back. */
#include "mkfs/options.h"

#include <string.h>

enum extended {
	X_INLINE_DATA,
	X_NOINLINE_DATA,
	X_INODE_COMPACT,
	X_INODE_EXTENDED,
	X_BLOCK_MAP,
	X_CHUNK_INDEXES,
	X_NO_CHECKSUM,
	X_NAME_FILTER,
	X_PLAIN_PREFIXES,
	X_DEDUPE,
	X_DEDUPE_FILES,
	X_CARRY,
	X_48BIT,
	X_DOT_OMITTED,
	X_LEGACY_COMPRESS,
	X_TAILPACKING,
	X_FRAGMENTS,
	X_ALL_FRAGMENTS,
	X_FRAGMENT_DEDUPE,
};

struct extended_option {
	const char *name;
	enum extended code;
	bool takes_value;
};

static const struct extended_option table[] = {
	{ "inline_data", X_INLINE_DATA, false },
	{ "noinline_data", X_NOINLINE_DATA, false },
	{ "force-inode-compact", X_INODE_COMPACT, false },
	{ "force-inode-extended", X_INODE_EXTENDED, false },
	{ "force-inode-blockmap", X_BLOCK_MAP, false },
	{ "force-chunk-indexes", X_CHUNK_INDEXES, false },
	{ "nosbcrc", X_NO_CHECKSUM, false },
	{ "xattr-name-filter", X_NAME_FILTER, false },
	{ "plain-xattr-prefixes", X_PLAIN_PREFIXES, false },
	{ "dedupe", X_DEDUPE, false },
	{ "dedupe-files", X_DEDUPE_FILES, false },
	{ "carry", X_CARRY, false },
	{ "48bit", X_48BIT, false },
	{ "dot-omitted", X_DOT_OMITTED, false },
	{ "legacy-compress", X_LEGACY_COMPRESS, false },
	{ "ztailpacking", X_TAILPACKING, false },
	{ "fragments", X_FRAGMENTS, true },
	{ "all-fragments", X_ALL_FRAGMENTS, true },
	{ "fragdedupe", X_FRAGMENT_DEDUPE, true },
};

static void set_inode_form(struct erofs_build_options *build, enum erofs_inode_form form, bool on)
{
	build->inode_form = on ? form : EROFS_FORM_AUTO;
	if (on && form == EROFS_FORM_COMPACT)
		build->ignore_mtime = true;
}

static void set_dot_omitted(struct erofs_build_options *build, bool on)
{
	build->dot_omitted = on;
	if (on)
		build->use_48bit = true;
}

static void set(struct mkfs_options *options, enum extended code, bool on)
{
	struct erofs_build_options *build = &options->build;

	switch (code) {
	case X_INLINE_DATA:
		build->no_inline_regular = !on;
		break;
	case X_NOINLINE_DATA:
		build->no_inline_regular = on;
		break;
	case X_INODE_COMPACT:
		set_inode_form(build, EROFS_FORM_COMPACT, on);
		break;
	case X_INODE_EXTENDED:
		set_inode_form(build, EROFS_FORM_EXTENDED, on);
		break;
	case X_BLOCK_MAP:
		build->chunk_form = on ? EROFS_CHUNK_FORM_BLOCK_MAP : EROFS_CHUNK_FORM_AUTO;
		break;
	case X_CHUNK_INDEXES:
		build->chunk_form = on ? EROFS_CHUNK_FORM_INDEXES : EROFS_CHUNK_FORM_AUTO;
		break;
	case X_NO_CHECKSUM:
		build->no_checksum = on;
		break;
	case X_NAME_FILTER:
		build->no_xattr_filter = !on;
		break;
	case X_PLAIN_PREFIXES:
		build->plain_xattr_prefixes = on;
		break;
	case X_DEDUPE:
		build->dedupe = on;
		break;
	case X_DEDUPE_FILES:
		build->no_dedupe_files = !on;
		break;
	case X_CARRY:
		build->decode_sources = !on;
		break;
	case X_48BIT:
		build->use_48bit = on;
		break;
	case X_DOT_OMITTED:
		set_dot_omitted(build, on);
		break;
	case X_LEGACY_COMPRESS:
		build->full_index = on;
		break;
	case X_TAILPACKING:
		build->tail_packing = on;
		break;
	case X_FRAGMENTS:
		build->fragments = on;
		build->all_fragments &= on;
		break;
	case X_ALL_FRAGMENTS:
		build->fragments = build->all_fragments = on;
		break;
	case X_FRAGMENT_DEDUPE:
		build->fragment_dedupe = on ? EROFS_FRAGMENT_DEDUPE_FULL : EROFS_FRAGMENT_DEDUPE_OFF;
		break;
	}
}

/* What follows an equals sign. */
static int set_value(struct mkfs_options *options, enum extended code, const char *text, size_t length)
{
	char value[32] = "";

	if (length < sizeof(value))
		memcpy(value, text, length);
	if (code != X_FRAGMENT_DEDUPE)
		return parse_bytes(value, UINT32_MAX, "pcluster size for the packed file",
			&options->fragment_pcluster_bytes);
	if (!strcmp(value, "inode"))
		options->build.fragment_dedupe = EROFS_FRAGMENT_DEDUPE_INODE;
	else if (strcmp(value, "full"))
		return cli_usage_error(&mkfs_program, "invalid extended option value fragdedupe=%s", value);
	return MKFS_GO_ON;
}

/* One item of the list: @length bytes at @item. */
static int apply_item(struct mkfs_options *options, const char *item, size_t length)
{
	bool on = !(length && *item == '^');
	const char *name = item + !on;
	size_t rest = length - !on, name_length;
	const char *equals = memchr(name, '=', rest);

	name_length = equals ? (size_t)(equals - name) : rest;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (strlen(table[i].name) != name_length || memcmp(table[i].name, name, name_length))
			continue;
		if (equals && (!table[i].takes_value || !on || name_length + 1 == rest))
			return cli_usage_error(&mkfs_program, "invalid extended option value %.*s",
				(int)length, item);
		set(options, table[i].code, on);
		return equals ? set_value(options, table[i].code, equals + 1, rest - name_length - 1) :
			MKFS_GO_ON;
	}
	return cli_usage_error(&mkfs_program, "unknown extended option %.*s", (int)length, item);
}

int apply_extended(struct mkfs_options *options, const char *value)
{
	int status = MKFS_GO_ON;

	while (status == MKFS_GO_ON && *value) {
		size_t length = strcspn(value, ",");

		status = apply_item(options, value, length);
		value += length;
		if (*value == ',' && !*++value && status == MKFS_GO_ON)
			return cli_usage_error(&mkfs_program, "unknown extended option ''");
	}
	return status;
}

/* Bits 0 to 7; those below the highest that is set are cleared where they are 0. */
int apply_zfeature_bits(struct mkfs_options *options, const char *value)
{
	static const enum extended bits[] = { X_LEGACY_COMPRESS, X_TAILPACKING, X_FRAGMENTS,
		X_ALL_FRAGMENTS, X_DEDUPE, X_FRAGMENT_DEDUPE, X_48BIT, X_DOT_OMITTED };
	size_t count = sizeof(bits) / sizeof(bits[0]);
	uint64_t mask = 0;
	int status = parse_number(value, UINT64_MAX, "zfeature bits", &mask);

	if (status == MKFS_GO_ON && mask >> count)
		return cli_usage_error(&mkfs_program, "unsupported zfeature bit %u",
			(unsigned int)(__builtin_ctzll(mask >> count) + count));
	for (size_t i = 0; i < count && mask >> i; i++)
		set(options, bits[i], mask >> i & 1);
	return status;
}
