/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzz target: a tar archive. Checksums are put right, or no mutant would get past them; then all that a member
 * tells must hold. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tar/reader.h"
#include "tests/fuzz/fuzz.h"
#include "source/acl.h"

#define BLOCK 512
#define CHECKSUM_AT 148

static void mend_checksums(uint8_t *bytes, size_t size)
{
	for (size_t at = 0; at + BLOCK <= size; at += BLOCK) {
		unsigned int sum = 0;

		if (memcmp(bytes + at + 257, "ustar", 5))
			continue;
		memset(bytes + at + CHECKSUM_AT, ' ', 8);
		for (int i = 0; i < BLOCK; i++)
			sum += bytes[at + (size_t)i];
		snprintf((char *)bytes + at + CHECKSUM_AT, 8, "%06o", sum);
	}
}

static void check_member(const struct erofs_tar_member *m)
{
	uint64_t end = 0, sum = 0;

	for (size_t i = 0; i < m->segment_count; i++) {
		if (!m->segments[i].bytes || m->segments[i].offset < end ||
		    m->segments[i].bytes > m->size - m->segments[i].offset)
			abort();
		end = m->segments[i].offset + m->segments[i].bytes;
		sum += m->segments[i].bytes;
	}
	if (m->size > INT64_MAX || (m->sparse && (end > m->size || sum != m->stored)) ||
	    m->mtime_nsec >= 1000000000 || !m->path || !m->link)
		abort();
	for (size_t i = 0; i < m->xattr_count; i++)
		if (!*m->xattrs[i].name || (m->xattrs[i].value_bytes &&
				!memchr(m->xattrs[i].value, ((const char *)m->xattrs[i].value)
					[m->xattrs[i].value_bytes - 1], m->xattrs[i].value_bytes)))
			abort();
}

static void check_acl(const char *text)
{
	struct erofs_acl_names names = { NULL, NULL };
	uint8_t *acl = NULL;
	size_t bytes = 0;

	if (text && erofs_acl_encode(text, &names, &acl, &bytes) == 0 && bytes && bytes % 8 != 4)
		abort();
	free(acl);
}

static void read_all(struct erofs_tar_reader *reader)
{
	const struct erofs_tar_member *m;
	bool take = false;

	while (erofs_tar_next(reader, &m) > 0) {
		const uint8_t *bytes;
		size_t count = 1;

		check_member(m);
		check_acl(m->acl_access);
		/* Data of every other member is passed over. */
		take = !take;
		while (take && count && erofs_tar_data(reader, 1000, &bytes, &count) == 0)
			if (count > 1000)
				abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct erofs_tar_reader *reader;
	struct erofs_input *input;
	uint8_t *copy = malloc(size ? size : 1);

	if (!copy)
		return 0;
	memcpy(copy, bytes, size);
	mend_checksums(copy, size);
	if (erofs_input_open_memory(copy, size, NULL, &input) == 0) {
		if (erofs_tar_reader_new(input, size && bytes[size - 1] & 1, &reader) == 0) {
			read_all(reader);
			erofs_tar_reader_free(reader);
		}
		erofs_input_close(input);
	}
	free(copy);
	return 0;
}
