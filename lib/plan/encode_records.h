/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* The records of encoded extents (section 8.7): an index without lclusters, for extents at any byte. Pure. */
#ifndef EROFS_PLAN_ENCODE_RECORDS_H
#define EROFS_PLAN_ENCODE_RECORDS_H

#include "plan/encode_index.h"

/* As erofs_encode_index_bytes and erofs_encode_index, for the form PLAN_INDEX_RECORDS. Both look at all
 * extents: where they are decides on the size of a record. */
uint64_t erofs_encode_records_bytes(const struct encode_index *in, uint64_t at);
void erofs_encode_records(const struct encode_index *in, uint64_t at, uint8_t *ret);

#endif
