/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Which extended attributes of a source become part of the tree. */
#ifndef EROFS_TREE_FILTER_XATTR_H
#define EROFS_TREE_FILTER_XATTR_H

#include <stddef.h>
#include <erofs/tree.h>

#define EROFS_XATTR_OVERLAY_OPAQUE "trusted.overlay.opaque"
#define EROFS_XATTR_OVERLAY_ORIGIN "trusted.overlay.origin"
#define EROFS_XATTR_SELINUX "security.selinux"
#define EROFS_XATTR_CAPABILITY "security.capability"

enum erofs_xattr_verdict {
	EROFS_XATTR_KEEP = 0,
	EROFS_XATTR_REPLACED,	/* left out: the options ask for it */
	EROFS_XATTR_RESERVED,	/* bears the fingerprint's name: only the builder may write that */
	EROFS_XATTR_FOREIGN,	/* in a namespace that EROFS has no prefix for (format section 6.2) */
};

enum erofs_xattr_verdict erofs_xattr_judge(const struct erofs_tree_options *options,
	const char *name);
/* Whether this attribute of a directory says that it hides the one below it. */
bool erofs_xattr_is_opaque(const char *name, const void *value, size_t value_bytes);

#endif
