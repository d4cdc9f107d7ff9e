/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From an option's code to what it does. */
#ifndef MKFS_APPLY_H
#define MKFS_APPLY_H

#include "mkfs/options.h"

/* NULL for options that this build refuses. */
apply_function *apply_function_of(int code);

/* Options about the tree (apply_tree.c). */
apply_function apply_all_root, apply_exclude_path, apply_exclude_regex, apply_file_contexts,
	apply_force_gid, apply_force_uid, apply_fs_config, apply_gid_offset, apply_hard_dereference,
	apply_mount_point, apply_ovlfs_strip, apply_uid_offset, apply_xattr_tolerance;

/* Options about the image (apply_image.c). */
apply_function apply_blobdev, apply_block_size, apply_chunksize, apply_dsunit, apply_fsalignblks,
	apply_ignore_mtime, apply_label, apply_mz, apply_offset, apply_preserve_mtime,
	apply_root_xattr_isize, apply_uuid, apply_workers, apply_xattr_prefix, apply_zd;

/* Descriptions of the finished image (vmdk.c, block_list.c). */
apply_function apply_vmdk_desc, apply_block_list;

/* Options about archives (archive.c). */
apply_function apply_aufs, apply_gzinfo, apply_tar, apply_ungzip, apply_unxz;

/* Options about time (time.c). */
apply_function apply_all_time, apply_mkfs_time, apply_time;

/* Options about container images (oci.c). */
apply_function apply_oci_layers, apply_oci_layout;

#endif
