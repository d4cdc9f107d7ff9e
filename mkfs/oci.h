/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Container images as sources: --oci-layout and --oci-layers. */
#ifndef MKFS_OCI_H
#define MKFS_OCI_H

#include "mkfs/options.h"

/* What --oci-layout and --oci-layers ask of other options. */
int oci_validate(struct mkfs_options *options);

/* Opens the image, if one is asked for. MKFS_GO_ON, or an exit status. */
int oci_open(struct mkfs_options *options, const struct erofs_report *report);
void oci_close(struct mkfs_options *options);

/* The tree of all layers, or of the one in hand. 0, or -errno after a message. */
int oci_load(const struct mkfs_options *options, const struct erofs_report *report,
	struct erofs_tree **ret);

/* Calls @make for each layer, with its destination and UUID in the options. When that fails, none of the files
 * that were made is left. An exit status. */
int oci_each_layer(struct mkfs_options *options, const struct erofs_report *report,
	int (*make)(struct mkfs_options *options, const struct erofs_report *report));

/* Writes what a registry wants to know beside the finished image. An exit status. */
int oci_describe(const struct mkfs_options *options, const struct erofs_report *report);

#endif
