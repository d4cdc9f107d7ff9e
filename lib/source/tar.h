/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* A tar archive, or several on top of each other, as a source of nodes. */
#ifndef EROFS_SOURCE_TAR_H
#define EROFS_SOURCE_TAR_H

#include "base/digest.h"
#include "io/input.h"
#include "source/content_archive.h"
#include "tree/graft.h"

struct erofs_source_tar {
	struct erofs_graft *graft;
	struct erofs_archive_content *content;
	const struct erofs_archive_options *options;
	/* The data of members stays where it is, in what content was attached to; else it goes to the spool. */
	bool in_place;
	struct erofs_digest *digest;	/* for fingerprints made on the way; NULL = none are */
	uint64_t hole_bytes, chunks;	/* so far, for the limits on them */
};

/* Puts all members of @input, which is not packed, into the graft, as one layer of it: the caller ends that.
 * Where content is not in place all of @input is read. *ret_bytes is the length of the archive, as far as it
 * was read. */
int erofs_source_tar_scan(struct erofs_source_tar *source, struct erofs_input *input,
	uint64_t *ret_bytes);

#endif
