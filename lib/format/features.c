/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Names and meanings of the format's numbers (format sections 2, 5.1, 6.2, 6.5, 6.6, 14). */
#include <erofs/features.h>

#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <xxhash.h>
#include "format/erofs_fs.h"

enum erofs_file_type erofs_type_of_mode(uint32_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return EROFS_TYPE_REGULAR;
	case S_IFDIR:
		return EROFS_TYPE_DIRECTORY;
	case S_IFCHR:
		return EROFS_TYPE_CHAR;
	case S_IFBLK:
		return EROFS_TYPE_BLOCK;
	case S_IFIFO:
		return EROFS_TYPE_FIFO;
	case S_IFSOCK:
		return EROFS_TYPE_SOCKET;
	case S_IFLNK:
		return EROFS_TYPE_SYMLINK;
	default:
		return EROFS_TYPE_UNKNOWN;
	}
}

/* Indexed by enum erofs_xattr_index. */
static const char *const prefixes[EROFS_XATTR_INDEX_COUNT] = {
	[EROFS_XATTR_INDEX_HIDDEN] = "",
	[EROFS_XATTR_INDEX_USER] = "user.",
	[EROFS_XATTR_INDEX_ACL_ACCESS] = "system.posix_acl_access",
	[EROFS_XATTR_INDEX_ACL_DEFAULT] = "system.posix_acl_default",
	[EROFS_XATTR_INDEX_TRUSTED] = "trusted.",
	[EROFS_XATTR_INDEX_LUSTRE] = "",
	[EROFS_XATTR_INDEX_SECURITY] = "security.",
};

const char *erofs_xattr_prefix_text(unsigned int index)
{
	return index < EROFS_XATTR_INDEX_COUNT ? prefixes[index] : "";
}

unsigned int erofs_xattr_index_of(const char *name, uint32_t *ret_skip)
{
	for (unsigned int i = 1; i < EROFS_XATTR_INDEX_COUNT; i++) {
		size_t n = strlen(prefixes[i]);
		bool whole = i == EROFS_XATTR_INDEX_ACL_ACCESS || i == EROFS_XATTR_INDEX_ACL_DEFAULT;

		if (!n || strncmp(name, prefixes[i], n) || (whole && name[n]))
			continue;
		*ret_skip = (uint32_t)n;
		return i;
	}
	*ret_skip = 0;
	return EROFS_XATTR_INDEX_HIDDEN;
}

unsigned int erofs_xattr_filter_bit(unsigned int index, const void *rest, uint32_t rest_bytes)
{
	return XXH32(rest, rest_bytes, EROFS_XATTR_FILTER_SEED + index) & 31;
}

struct feature {
	const char *name;
	unsigned int linux_version; /* major * 1000 + minor, 0 = every one */
};

static const struct feature compat_features[] = {
	{ "sb_csum", 0 }, { "mtime", 0 }, { "xattr_filter", 0 },
	{ "shared_ea_in_metabox", 6017 }, { "plain_xattr_pfx", 0 }, { "ishare_xattrs", 0 },
};

/* Three bits have two meanings each: both words, the later kernel asks only where it must. */
static const struct feature incompat_features[] = {
	{ "lz4_0padding", 5004 },
	{ "compr_cfgs big_pcluster", 5013 },
	{ "chunked_file", 5015 },
	{ "device_table", 5016 },
	{ "ztailpacking", 5017 },
	{ "fragments dedupe", 6001 },
	{ "xattr_prefixes", 6004 },
	{ "48bit", 6015 },
	{ "metabox", 6017 },
};

/* Indexed by enum erofs_algorithm. */
static const unsigned int algorithm_versions[EROFS_ALGORITHM_COUNT] = { 5004, 5016, 6006, 6010 };

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

const char *erofs_compat_name(unsigned int bit)
{
	return bit < COUNT(compat_features) ? compat_features[bit].name : NULL;
}

const char *erofs_incompat_name(unsigned int bit)
{
	return bit < COUNT(incompat_features) ? incompat_features[bit].name : NULL;
}

static unsigned int newest(const struct feature *list, size_t count, uint32_t bits)
{
	unsigned int version = 0;

	for (size_t i = 0; i < count; i++)
		if (bits >> i & 1 && list[i].linux_version > version)
			version = list[i].linux_version;
	return version;
}

const char *erofs_minimum_linux(uint32_t compat, uint32_t incompat, uint32_t algorithms)
{
	static const struct {
		unsigned int version;
		const char *text;
	} texts[] = {
		{ 5004, "5.4" }, { 5013, "5.13" }, { 5015, "5.15" }, { 5016, "5.16" },
		{ 5017, "5.17" }, { 6001, "6.1" }, { 6004, "6.4" }, { 6006, "6.6" },
		{ 6010, "6.10" }, { 6015, "6.15" }, { 6017, "6.17" },
	};
	unsigned int version = newest(incompat_features, COUNT(incompat_features), incompat);
	unsigned int other = newest(compat_features, COUNT(compat_features), compat);

	if (other > version)
		version = other;
	for (size_t i = 0; i < EROFS_ALGORITHM_COUNT; i++)
		if (algorithms >> i & 1 && algorithm_versions[i] > version)
			version = algorithm_versions[i];
	for (size_t i = 0; i < COUNT(texts); i++)
		if (texts[i].version == version)
			return texts[i].text;
	return NULL;
}
