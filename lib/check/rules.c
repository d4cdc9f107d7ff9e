/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* The names and meanings of all rules, and how a rule speaks. */
#include "check/rules.h"

#include <stdarg.h>
#include <string.h>

/* Indexed by enum check_rule; ends with a NULL id. */
static const struct erofs_check_rule rules[RULE_COUNT + 1] = {
	[RULE_SUPER_TRUNCATED] = { "super-truncated", EROFS_SEVERITY_ERROR,
		"the image is shorter than its superblock says" },
	[RULE_SUPER_CHECKSUM] = { "super-checksum", EROFS_SEVERITY_ERROR,
		"the superblock's checksum is that of its bytes" },
	[RULE_SUPER_BLOCK_SIZE] = { "super-block-size", EROFS_SEVERITY_ERROR,
		"blocks have 512 to 65536 bytes" },
	[RULE_SUPER_SIZE] = { "super-size", EROFS_SEVERITY_ERROR,
		"the superblock with its extension slots fits where it has to" },
	[RULE_SUPER_DIR_BLOCK] = { "super-dir-block", EROFS_SEVERITY_ERROR,
		"directory blocks have the size of other blocks" },
	[RULE_SUPER_NSEC] = { "super-nsec", EROFS_SEVERITY_WARNING,
		"the nanoseconds of compact inodes are below one second" },
	[RULE_SUPER_COMPRESSION] = { "super-compression", EROFS_SEVERITY_ERROR,
		"the compression records are whole and name known algorithms" },
	[RULE_SUPER_DEVICES] = { "super-devices", EROFS_SEVERITY_ERROR,
		"the table of extra devices lies in the image and adds up" },
	[RULE_SUPER_PREFIXES] = { "super-prefixes", EROFS_SEVERITY_ERROR,
		"the table of xattr name prefixes lies in the image and is sound" },
	[RULE_SUPER_SHARED_XATTRS] = { "super-shared-xattrs", EROFS_SEVERITY_ERROR,
		"shared xattrs lie in a metabox only if there is one" },
	[RULE_SUPER_ISHARE] = { "super-ishare", EROFS_SEVERITY_ERROR,
		"the fingerprint's name is an entry of the prefix table" },
	[RULE_SUPER_OPEN] = { "super-open", EROFS_SEVERITY_ERROR,
		"what the superblock leads to can be read, so that the image can be opened" },
	[RULE_SUPER_ROOT] = { "super-root", EROFS_SEVERITY_ERROR,
		"the root is a directory" },
	[RULE_SUPER_PACKED] = { "super-packed", EROFS_SEVERITY_ERROR,
		"the packed inode is a regular file outside the metabox" },
	[RULE_SUPER_METABOX] = { "super-metabox", EROFS_SEVERITY_ERROR,
		"the metabox is a regular file outside itself" },
	[RULE_INODE_BOUNDS] = { "inode-bounds", EROFS_SEVERITY_ERROR,
		"an inode lies where there are bytes" },
	[RULE_INODE_FORMAT] = { "inode-format", EROFS_SEVERITY_ERROR,
		"an inode's format word has known bits and a known layout" },
	[RULE_INODE_MODE] = { "inode-mode", EROFS_SEVERITY_ERROR,
		"an inode's mode has a known file type" },
	[RULE_INODE_SIZE] = { "inode-size", EROFS_SEVERITY_ERROR,
		"sizes are below 2^63, and 0 for devices, fifos and sockets" },
	[RULE_INODE_LAYOUT] = { "inode-layout", EROFS_SEVERITY_ERROR,
		"the data layout is one that the file type may have" },
	[RULE_INODE_NSEC] = { "inode-nsec", EROFS_SEVERITY_WARNING,
		"the nanoseconds of an inode are below one second" },
	[RULE_INODE_NLINK] = { "inode-nlink", EROFS_SEVERITY_ERROR,
		"the link count is not less than the names, or 2 and the subdirectories" },
	[RULE_INODE_NLINK_STALE] = { "inode-nlink-stale", EROFS_SEVERITY_WARNING,
		"the link count is not more than that, nor a directory's 1" },
	[RULE_INODE_SYMLINK] = { "inode-symlink", EROFS_SEVERITY_ERROR,
		"a symbolic link has a target of 1 to 4095 bytes without a NUL" },
	[RULE_DIR_SIZE] = { "dir-size", EROFS_SEVERITY_ERROR,
		"a directory has room for at least its \"..\"" },
	[RULE_DIR_BLOCK] = { "dir-block", EROFS_SEVERITY_ERROR,
		"the records of a directory block lead to names without gap or overlap" },
	[RULE_DIR_NAME] = { "dir-name", EROFS_SEVERITY_ERROR,
		"a name has 1 to 255 bytes, no '/' and no NUL" },
	[RULE_DIR_TYPE] = { "dir-type", EROFS_SEVERITY_ERROR,
		"the file type of an entry is known and that of its inode" },
	[RULE_DIR_ORDER] = { "dir-order", EROFS_SEVERITY_ERROR,
		"names ascend within and across the blocks of a directory" },
	[RULE_DIR_DUPLICATE] = { "dir-duplicate", EROFS_SEVERITY_ERROR,
		"no name occurs twice in a directory" },
	[RULE_DIR_DOT] = { "dir-dot", EROFS_SEVERITY_ERROR,
		"\".\" is there once, unless omitted, and leads to its directory" },
	[RULE_DIR_DOTDOT] = { "dir-dotdot", EROFS_SEVERITY_ERROR,
		"\"..\" is there once and leads to the parent" },
	[RULE_DIR_LOOP] = { "dir-loop", EROFS_SEVERITY_ERROR,
		"a directory has one name: no loops, no hard links" },
	[RULE_XATTR_COUNT] = { "xattr-count", EROFS_SEVERITY_ERROR,
		"an xattr body is not a bare header" },
	[RULE_XATTR_BOUNDS] = { "xattr-bounds", EROFS_SEVERITY_ERROR,
		"an xattr body and its entries lie where there are bytes" },
	[RULE_XATTR_SHARED] = { "xattr-shared", EROFS_SEVERITY_ERROR,
		"shared xattr ids lead to entries inside the image" },
	[RULE_XATTR_INDEX] = { "xattr-index", EROFS_SEVERITY_ERROR,
		"the name index of an xattr is a known prefix" },
	[RULE_XATTR_NAME] = { "xattr-name", EROFS_SEVERITY_ERROR,
		"the name of an xattr is one the kernel can show" },
	[RULE_XATTR_DUPLICATE] = { "xattr-duplicate", EROFS_SEVERITY_ERROR,
		"no xattr name occurs twice on an inode" },
	[RULE_XATTR_ACL] = { "xattr-acl", EROFS_SEVERITY_ERROR,
		"the value of an ACL is one the kernel accepts" },
	[RULE_XATTR_FILTER] = { "xattr-filter", EROFS_SEVERITY_ERROR,
		"the name filter does not hide an xattr that is there" },
	[RULE_MAP_INLINE] = { "map-inline", EROFS_SEVERITY_ERROR,
		"an inline tail ends in the block it starts in" },
	[RULE_MAP_CHUNKS] = { "map-chunks", EROFS_SEVERITY_ERROR,
		"a chunk format is known and its records lie where there are bytes" },
	[RULE_MAP_DEVICE] = { "map-device", EROFS_SEVERITY_ERROR,
		"an extent names a device that exists" },
	[RULE_MAP_BOUNDS] = { "map-bounds", EROFS_SEVERITY_ERROR,
		"an extent lies inside its device" },
	[RULE_MAP_COMPRESSED] = { "map-compressed", EROFS_SEVERITY_ERROR,
		"the index of a compressed file is sound" },
	[RULE_MAP_FRAGMENT] = { "map-fragment", EROFS_SEVERITY_ERROR,
		"a fragment lies inside the packed inode" },
	[RULE_MAP_HOLE] = { "map-hole", EROFS_SEVERITY_WARNING,
		"a hole without chunks is only in images with 48-bit addresses" },
	[RULE_DATA_DECODE] = { "data-decode", EROFS_SEVERITY_ERROR,
		"the content of a file can be read and decoded" },
	[RULE_LIMIT_WORK] = { "limit-work", EROFS_SEVERITY_ERROR,
		"the metadata refers to no more than its size can explain" },
	[RULE_LIMIT_FINDINGS] = { "limit-findings", EROFS_SEVERITY_NOTE,
		"of one inode, no more than 32 findings are told; all are counted" },
};

/* A finding names a path of at most this many bytes; the front of a longer one is left out. */
#define PATH_SIZE 4096
#define TOLD_PER_INODE 32

const struct erofs_check_rule *erofs_check_rules(void)
{
	return rules;
}

/* Puts @bytes before @end, shortened to what fits behind @start. */
static char *prepend(char *start, char *end, const char *bytes, size_t count)
{
	size_t room = (size_t)(end - start);

	if (count > room) {
		bytes += count - room;
		count = room;
	}
	memcpy(end - count, bytes, count);
	return end - count;
}

/* Writes the path of @at so that it ends at the end of @buffer. */
static const char *build_path(const struct check_place *at, char buffer[PATH_SIZE])
{
	char *end = buffer + PATH_SIZE - 1;
	char *p = end;

	*end = '\0';
	if (!at->dir)
		return NULL;
	if (at->name)
		p = prepend(buffer, prepend(buffer, p, at->name, at->name_bytes), "/", 1);
	for (const struct check_inode *d = at->dir; d->parent != d && p > buffer; d = d->parent)
		p = prepend(buffer, prepend(buffer, p, d->name, d->name_bytes), "/", 1);
	return p == end ? "/" : p;
}

static void count(struct erofs_check_summary *summary, enum check_rule rule)
{
	if (rules[rule].severity == EROFS_SEVERITY_ERROR)
		summary->errors++;
	else if (rules[rule].severity == EROFS_SEVERITY_WARNING)
		summary->warnings++;
}

static void found(const struct erofs_report *report, enum check_rule rule,
	const struct check_place *at, const char *format, va_list args)
{
	char path[PATH_SIZE];
	const struct erofs_finding finding = { .rule = rules[rule].id, .severity = rules[rule].severity,
		.nid = at->nid, .path = build_path(at, path) };

	erofs_found_v(report, &finding, format, args);
}

void erofs_check_found(struct check *chk, enum check_rule rule, const char *format, ...)
{
	va_list args;

	count(&chk->summary, rule);
	if (chk->found_here++ >= TOLD_PER_INODE && rule != RULE_LIMIT_FINDINGS &&
	    rule != RULE_LIMIT_WORK)
		return;
	va_start(args, format);
	found(chk->report, rule, &chk->at, format, args);
	va_end(args);
}

void erofs_check_found_early(const struct erofs_report *report,
	struct erofs_check_summary *summary, enum check_rule rule, const char *format, ...)
{
	const struct check_place nowhere = { 0 };
	va_list args;

	count(summary, rule);
	va_start(args, format);
	found(report, rule, &nowhere, format, args);
	va_end(args);
}

const char *erofs_check_last_words(struct check *chk)
{
	if (!chk->spoke)
		return "it cannot be read";
	chk->spoke = false;
	return chk->last_words;
}

void erofs_check_leave(struct check *chk, uint32_t found_before)
{
	if (chk->found_here > TOLD_PER_INODE)
		erofs_check_found(chk, RULE_LIMIT_FINDINGS, "%u more findings about this inode",
			(unsigned int)chk->found_here - TOLD_PER_INODE);
	chk->found_here = found_before;
}

bool erofs_check_exhausted(const struct check *chk)
{
	return !chk->work_left;
}

bool erofs_check_spend(struct check *chk, uint64_t bytes)
{
	if (!chk->work_left)
		return false;
	if (bytes < chk->work_left) {
		chk->work_left -= bytes;
		return true;
	}
	chk->work_left = 0;
	chk->summary.gave_up = true;
	erofs_check_found(chk, RULE_LIMIT_WORK,
		"the metadata refers to many times more bytes than the image has; "
		"the check stops here");
	return false;
}
