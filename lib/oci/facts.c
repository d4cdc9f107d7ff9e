/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* What callers may know of an opened image, and the identity of files made of it. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/evp.h>
#include "base/cleanup.h"
#include "base/digest.h"
#include "base/report.h"
#include "oci/image.h"

#define BUFFER_BYTES ((size_t)1 << 20)

DEFINE_AUTO(digest, struct erofs_digest *, erofs_digest_free)

const char *erofs_oci_image_digest(const struct erofs_oci_image *image,
	char ret[EROFS_OCI_DIGEST_TEXT])
{
	ret[0] = '\0';
	return image->manifest.algorithm ? erofs_oci_digest_format(&image->manifest, ':', ret) : ret;
}

size_t erofs_oci_image_layer_count(const struct erofs_oci_image *image)
{
	return image->layer_count;
}

const char *erofs_oci_image_diff_id(const struct erofs_oci_image *image, size_t layer,
	char ret[EROFS_OCI_DIGEST_TEXT])
{
	return erofs_oci_digest_format(&image->layers[layer].diff_id, ':', ret);
}

int erofs_oci_image_layer_uuid(const struct erofs_oci_image *image, size_t layer, uint8_t ret[16])
{
	/* The name space of URLs (RFC 4122, appendix C), then the name. */
	static const uint8_t space[16] = {
		0x6b, 0xa7, 0xb8, 0x11, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8,
	};
	char bytes[sizeof(space) + 12 + EROFS_OCI_DIGEST_TEXT] = "";
	uint8_t hash[EVP_MAX_MD_SIZE];
	char *name = bytes + sizeof(space);

	memcpy(bytes, space, sizeof(space));
	memcpy(name, "erofs:blobs/", 12);
	erofs_oci_image_diff_id(image, layer, name + 12);
	if (!EVP_Digest(bytes, sizeof(space) + strlen(name), hash, NULL, EVP_sha1(), NULL))
		return -EIO;
	memcpy(ret, hash, 16);
	ret[6] = (uint8_t)((ret[6] & 0x0f) | 0x50);
	ret[8] = (uint8_t)((ret[8] & 0x3f) | 0x80);
	return 0;
}

static int digest_descriptor(int fd, struct erofs_digest *digest, uint64_t *ret_size)
{
	auto_free char *buffer = malloc(BUFFER_BYTES);
	uint64_t size = 0;
	ssize_t n;
	int r = buffer ? erofs_digest_start(digest) : -ENOMEM;

	while (r == 0 && (n = read(fd, buffer, BUFFER_BYTES)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		r = n < 0 ? -errno : erofs_digest_update(digest, buffer, (size_t)n);
		size += n > 0 ? (uint64_t)n : 0;
	}
	*ret_size = size;
	return r;
}

int erofs_oci_file_digest(const char *path, const struct erofs_report *report,
	char ret[EROFS_OCI_DIGEST_TEXT], uint64_t *ret_size_bytes)
{
	struct erofs_oci_digest value = { .algorithm = EROFS_DIGEST_SHA256 };
	auto_of(digest) struct erofs_digest *digest = NULL;
	auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
	int r = fd < 0 ? -errno : erofs_digest_new(value.algorithm, &digest);

	if (r == 0)
		r = digest_descriptor(fd, digest, ret_size_bytes);
	if (r == 0)
		r = erofs_digest_finish(digest, value.bytes);
	if (r < 0)
		return erofs_fail_errno(report, r, "%s: cannot be read for its digest", path);
	erofs_oci_digest_format(&value, ':', ret);
	return 0;
}
