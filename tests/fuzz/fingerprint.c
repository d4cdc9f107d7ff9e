/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzz target: a fingerprint value taken apart, put together again and printed. */
#include <stdlib.h>
#include <string.h>
#include <erofs/ishare.h>
#include "tests/fuzz/fuzz.h"

/* What was raw comes back byte for byte; what was hex comes back raw, and shorter. */
static void encode_again(enum erofs_fingerprint_form form, enum erofs_digest_algorithm algorithm,
	const uint8_t *digest, const uint8_t *bytes, size_t size)
{
	uint8_t value[EROFS_FINGERPRINT_MAX_BYTES];
	size_t n = erofs_fingerprint_encode(algorithm, digest, value);

	if (form == EROFS_FINGERPRINT_RAW && (n != size || memcmp(value, bytes, n)))
		abort();
	if (form == EROFS_FINGERPRINT_HEX && n + erofs_digest_size_bytes(algorithm) != size)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	uint8_t digest[EROFS_DIGEST_MAX_BYTES];
	enum erofs_digest_algorithm algorithm;
	enum erofs_fingerprint_form form =
		erofs_fingerprint_parse(bytes, size, &algorithm, digest);
	char *text = erofs_fingerprint_text(bytes, size);

	if (form == EROFS_FINGERPRINT_RAW || form == EROFS_FINGERPRINT_HEX)
		encode_again(form, algorithm, digest, bytes, size);
	if (text && strspn(text, "0123456789abcdefhklnsx:") != strlen(text))
		abort();
	free(text);
	return 0;
}
