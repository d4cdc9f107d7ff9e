/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Digests as image documents write them: "sha256:" and 64 lower-case hex digits. What is parsed here is
 * also where a blob is looked for, so nothing but hex digits may pass. */
#ifndef EROFS_OCI_OCI_DIGEST_H
#define EROFS_OCI_OCI_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <erofs/ishare.h>
#include <erofs/oci.h>

struct erofs_oci_digest {
	enum erofs_digest_algorithm algorithm; /* SHA256 or SHA512; NONE = not known */
	uint8_t bytes[EROFS_DIGEST_MAX_BYTES];
};

/* False for anything but ALGORITHM ':' HEX of the right length. Pure. */
bool erofs_oci_digest_parse(const char *text, struct erofs_oci_digest *ret);
/* The same of HEX alone, which is a sha256. */
bool erofs_oci_digest_parse_hex(const char *hex, size_t length, struct erofs_oci_digest *ret);

/* Writes ALGORITHM, @separator and HEX; returns @ret. */
char *erofs_oci_digest_format(const struct erofs_oci_digest *digest, char separator,
	char ret[EROFS_OCI_DIGEST_TEXT]);

bool erofs_oci_digest_equal(const struct erofs_oci_digest *a, const struct erofs_oci_digest *b);

#endif
