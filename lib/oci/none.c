/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* A build without json-c: images cannot be opened, and nothing else is ever called. */
#include <erofs/oci.h>

#include <errno.h>
#include "base/report.h"

int erofs_oci_image_open(const char *path, const char *selector, const struct erofs_report *report,
	struct erofs_oci_image **ret)
{
	(void)path;
	(void)selector;
	(void)ret;
	return erofs_fail(report, -EOPNOTSUPP,
		"container images need json-c, which this program was built without");
}

void erofs_oci_image_close(struct erofs_oci_image *image)
{
	(void)image;
}

const char *erofs_oci_image_digest(const struct erofs_oci_image *image,
	char ret[EROFS_OCI_DIGEST_TEXT])
{
	(void)image;
	ret[0] = '\0';
	return ret;
}

size_t erofs_oci_image_layer_count(const struct erofs_oci_image *image)
{
	(void)image;
	return 0;
}

const char *erofs_oci_image_diff_id(const struct erofs_oci_image *image, size_t layer,
	char ret[EROFS_OCI_DIGEST_TEXT])
{
	(void)layer;
	return erofs_oci_image_digest(image, ret);
}

int erofs_oci_image_layer_uuid(const struct erofs_oci_image *image, size_t layer, uint8_t ret[16])
{
	(void)image;
	(void)layer;
	(void)ret;
	return -EOPNOTSUPP;
}

int erofs_oci_load_image(struct erofs_oci_image *image, const struct erofs_tree_options *options,
	const struct erofs_archive_options *archive, struct erofs_tree **ret)
{
	(void)image;
	(void)options;
	(void)archive;
	(void)ret;
	return -EOPNOTSUPP;
}

int erofs_oci_load_layer(struct erofs_oci_image *image, size_t layer,
	const struct erofs_tree_options *options, const struct erofs_archive_options *archive,
	struct erofs_tree **ret)
{
	(void)layer;
	return erofs_oci_load_image(image, options, archive, ret);
}

int erofs_oci_file_digest(const char *path, const struct erofs_report *report,
	char ret[EROFS_OCI_DIGEST_TEXT], uint64_t *ret_size_bytes)
{
	(void)path;
	(void)report;
	(void)ret;
	(void)ret_size_bytes;
	return -EOPNOTSUPP;
}
