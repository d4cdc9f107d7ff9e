/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tar archives as sources. */
#ifndef MKFS_ARCHIVE_H
#define MKFS_ARCHIVE_H

#include "mkfs/options.h"

/* What --tar asks of other options. */
int archive_validate(struct mkfs_options *options);
/* Whether its content is there to be tagged, if it is to be. */
int archive_check_tags(const struct mkfs_options *options);
/* Opens options->archive.intake where data goes to the image in the order of the archive (--sort=none). That is for
 * whole plain blocks; other layouts are sorted by path, as erofs-utils has it. 0, or -errno after a message. */
int archive_open_intake(struct mkfs_options *options, const struct erofs_build_options *build,
	const struct erofs_report *report);
/* The tree of the archive that the operand names, or of standard input. */
int archive_load(const struct mkfs_options *options, const struct erofs_report *report,
	struct erofs_tree **ret);
/* What the library must be told of this system and the options; *ret_directory is to be freed. 0 or -ENOMEM. */
int archive_complete(const struct mkfs_options *options, struct erofs_archive_options *ret,
	char **ret_directory);
/* What @tree and the options say about the image. */
void archive_settle(const struct mkfs_options *options, const struct erofs_tree *tree,
	const struct erofs_report *report, struct erofs_build_options *build);

#endif
