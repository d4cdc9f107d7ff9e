/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --ishare[=ALGORITHM[,name=XATTR]] and its alias --xattr-inode-digest[=XATTR]. */
#include "mkfs/options.h"

#include <string.h>
#include <erofs/features.h>

#define NAME_MAX_BYTES 255u
#define ALGORITHM_TEXT_MAX 31u

/* What the builder itself writes under other options; a file has one attribute of a name. */
static const char *const taken_names[] = { "security.selinux", "security.capability",
	"trusted.overlay.origin", "trusted.overlay.opaque" };

static bool is_taken(const char *name)
{
	for (size_t i = 0; i < sizeof(taken_names) / sizeof(taken_names[0]); i++)
		if (!strcmp(name, taken_names[i]))
			return true;
	return false;
}

/* The name becomes a long prefix: something must be left of it behind its short prefix. */
static bool is_possible(const char *name)
{
	size_t bytes = strlen(name);
	uint32_t skip;

	erofs_xattr_index_of(name, &skip);
	return bytes && bytes <= NAME_MAX_BYTES && skip != bytes && !is_taken(name);
}

int ishare_check_name(const char *path, const char *name)
{
	return is_possible(name) ? MKFS_GO_ON :
		cli_error("%s: its fingerprints are named \"%s\", which is no name for those of others", path, name);
}

static int set_name(struct mkfs_options *options, const char *name)
{
	if (!is_possible(name))
		return cli_usage_error(&mkfs_program,
			"invalid name for the fingerprint attribute: \"%s\"", name);
	options->build.ishare_xattr = name;
	return MKFS_GO_ON;
}

static int set_algorithm(struct mkfs_options *options, const char *text, size_t length)
{
	char name[ALGORITHM_TEXT_MAX + 1] = "";
	enum erofs_digest_algorithm algorithm;

	if (length > ALGORITHM_TEXT_MAX)
		length = ALGORITHM_TEXT_MAX;
	memcpy(name, text, length);
	algorithm = erofs_digest_by_name(name);
	if (algorithm == EROFS_DIGEST_NONE && strcmp(name, "none"))
		return cli_usage_error(&mkfs_program, "unknown fingerprint algorithm %s", name);
	options->build.ishare = algorithm;
	return MKFS_GO_ON;
}

int apply_ishare(struct mkfs_options *options, const char *value)
{
	static const char name_key[] = ",name=";
	size_t length;
	int status;

	options->have_ishare = true;
	options->build.ishare_xattr = NULL;
	if (!value)
		return set_algorithm(options, "sha256", 6);
	length = strcspn(value, ",");
	status = set_algorithm(options, value, length);
	value += length;
	if (status != MKFS_GO_ON || !*value)
		return status;
	if (strncmp(value, name_key, sizeof(name_key) - 1))
		return cli_usage_error(&mkfs_program, "invalid --ishare value %s", value + 1);
	return set_name(options, value + sizeof(name_key) - 1);
}

int apply_inode_digest(struct mkfs_options *options, const char *value)
{
	options->have_ishare = true;
	options->build.ishare = EROFS_DIGEST_SHA256;
	options->build.ishare_xattr = NULL;
	return value ? set_name(options, value) : MKFS_GO_ON;
}

int apply_ishare_trust(struct mkfs_options *options, const char *value)
{
	(void)value;
	options->ishare_trust = true;
	return MKFS_GO_ON;
}
