/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* oci.h -- container images as sources: OCI image layouts, as a directory or an uncompressed tar archive of
 * one, and what "docker save" writes. Nothing is fetched.
 *
 * Every byte of such an image is hostile. Documents are verified when the image is opened, layers while they
 * are read. In a build without json-c opening fails with -EOPNOTSUPP. */
#ifndef EROFS_OCI_H
#define EROFS_OCI_H

#include <erofs/tree.h>

#ifdef __cplusplus
extern "C" {
#endif

struct erofs_oci_image; /* one thread at a time */

/* "sha512:", hex digits and a NUL. */
#define EROFS_OCI_DIGEST_TEXT 136u

/* Opens the image in @path that @selector means: its name (the annotation
 * org.opencontainers.image.ref.name, or a tag of "docker save"), OS/ARCHITECTURE[/VARIANT], or both with a
 * comma between them. NULL: the only image, else the only one for linux/amd64. The documents are read and
 * verified, the layers are not. @report is borrowed for the life of the image. -EINVAL: no such image, or
 * documents that are not sound; -EBADMSG: a digest or size is not what it should be; -EFBIG, -ELOOP: past
 * the limits; -EOPNOTSUPP: layers that are no tar archives. */
int erofs_oci_image_open(const char *path, const char *selector, const struct erofs_report *report,
	struct erofs_oci_image **ret);
void erofs_oci_image_close(struct erofs_oci_image *image); /* NULL is a no-op */

/* The digest of the manifest; "" for an image of "docker save". Returns @ret. */
const char *erofs_oci_image_digest(const struct erofs_oci_image *image,
	char ret[EROFS_OCI_DIGEST_TEXT]);
/* Layers are counted from the lowest, 0, up. */
size_t erofs_oci_image_layer_count(const struct erofs_oci_image *image);
/* The digest of a layer's uncompressed bytes, as ALGORITHM:HEX. Returns @ret. */
const char *erofs_oci_image_diff_id(const struct erofs_oci_image *image, size_t layer,
	char ret[EROFS_OCI_DIGEST_TEXT]);
/* A UUID that follows from the diff id alone: version 5 (RFC 4122, SHA-1), in the name space of URLs, of
 * "erofs:blobs/" and the diff id. 0 or -EIO. */
int erofs_oci_image_layer_uuid(const struct erofs_oci_image *image, size_t layer, uint8_t ret[16]);

/* Loads all layers, each on top of the ones before: what a layer marks as removed is gone. Content goes to
 * the spool of @archive while it is read, and every digest is verified: -EBADMSG with a message otherwise.
 * The form is full, packing and aufs are not looked at. @image outlives the tree. */
int erofs_oci_load_image(struct erofs_oci_image *image, const struct erofs_tree_options *options,
	const struct erofs_archive_options *archive, struct erofs_tree **ret);
/* Loads one layer by itself. Its marks become those of overlayfs, or nothing with strip_overlay. */
int erofs_oci_load_layer(struct erofs_oci_image *image, size_t layer,
	const struct erofs_tree_options *options, const struct erofs_archive_options *archive,
	struct erofs_tree **ret);

/* The sha256 of the file @path, as ALGORITHM:HEX, and its size. Reports its errors. */
int erofs_oci_file_digest(const char *path, const struct erofs_report *report,
	char ret[EROFS_OCI_DIGEST_TEXT], uint64_t *ret_size_bytes);

#ifdef __cplusplus
}
#endif

#endif
