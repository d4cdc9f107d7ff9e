/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Attributes of an inode through the gate that all sources share. */
#include "source/xattr_image.h"

#include <string.h>
#include <erofs/ishare.h>
#include <erofs/xattr.h>

#include "base/cleanup.h"

DEFINE_AUTO(xattrs, struct erofs_xattrs *, erofs_xattrs_close)

/* Only builders write this one, for whiteouts that are not there any more. */
static bool is_lost_mark(const struct erofs_loader *loader, const struct erofs_xattr *xattr)
{
	return loader->options->strip_overlay && !xattr->value_bytes &&
	       !strcmp(xattr->name, EROFS_XATTR_OVERLAY_ORIGIN);
}

int erofs_image_xattrs(struct erofs_loader *loader, struct erofs_reader *rd,
	const struct erofs_inode *inode, const char *path, bool *ret_opaque)
{
	const char *own = erofs_ishare_xattr_name(erofs_reader_image(rd));
	auto_of(xattrs) struct erofs_xattrs *it = NULL;
	struct erofs_xattr xattr;
	int r;

	*ret_opaque = false;
	erofs_xattr_draft_reset(&loader->draft);
	r = erofs_xattrs_open(rd, inode, &it);
	while (r == 0 && (r = erofs_xattrs_next(it, &xattr)) > 0) {
		*ret_opaque |= erofs_xattr_is_opaque(xattr.name, xattr.value, xattr.value_bytes);
		r = 0;
		if (is_lost_mark(loader, &xattr))
			continue;
		if ((!own || strcmp(own, xattr.name)) && erofs_loader_wants_xattr(loader, xattr.name, path))
			r = erofs_xattr_draft_set(&loader->draft, xattr.name, xattr.value,
				xattr.value_bytes);
	}
	return r;
}
