/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* The gate for attributes of a source. Above all it keeps fingerprints out: whoever could bring one in
 * could make a file pass for another in every container of a sharing domain. */
#include "tree/filter_xattr.h"

#include <string.h>
#include <erofs/features.h>

/* An attribute outside the known namespaces could be stored, but no system call would ever show it:
 * better to say that it is lost. */
static bool has_namespace(const char *name)
{
	uint32_t skip;

	return erofs_xattr_index_of(name, &skip) != EROFS_XATTR_INDEX_HIDDEN;
}

enum erofs_xattr_verdict erofs_xattr_judge(const struct erofs_tree_options *options,
	const char *name)
{
	if (options->reserved_xattr && !strcmp(name, options->reserved_xattr))
		return EROFS_XATTR_RESERVED;
	if (options->strip_overlay && !strcmp(name, EROFS_XATTR_OVERLAY_OPAQUE))
		return EROFS_XATTR_REPLACED;
	if (options->file_contexts && !strcmp(name, EROFS_XATTR_SELINUX))
		return EROFS_XATTR_REPLACED;
	if (options->fs_config_file && !strcmp(name, EROFS_XATTR_CAPABILITY))
		return EROFS_XATTR_REPLACED;
	return has_namespace(name) ? EROFS_XATTR_KEEP : EROFS_XATTR_FOREIGN;
}

bool erofs_xattr_is_opaque(const char *name, const void *value, size_t value_bytes)
{
	return !strcmp(name, EROFS_XATTR_OVERLAY_OPAQUE) && value_bytes == 1 && *(const char *)value == 'y';
}
