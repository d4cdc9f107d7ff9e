/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzz target: one directory block. */
#include <stdlib.h>
#include <string.h>
#include "format/erofs_fs.h"
#include "image/dirblock.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct erofs_dirblock block;
	struct erofs_dir_entry ent;

	if (erofs_dirblock_init((struct erofs_span){ bytes, size }, 4096, &block))
		return 0;
	for (uint32_t i = 0; i < block.count; i++) {
		const char *end;

		if (erofs_dirblock_entry(&block, i, &ent))
			continue;
		end = ent.name + ent.name_bytes;
		if (!ent.name_bytes || ent.name_bytes > EROFS_NAME_MAX ||
		    ent.name < (const char *)bytes || end > (const char *)bytes + size ||
		    memchr(ent.name, '/', ent.name_bytes) || memchr(ent.name, 0, ent.name_bytes) ||
		    ent.type > EROFS_TYPE_SYMLINK)
			abort();
	}
	return 0;
}
