/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The forms in which --ishare-groups is printed. Each returns 0 or -ENOMEM; write errors are found on
 * the stream afterwards. */
#ifndef DUMP_GROUPS_H
#define DUMP_GROUPS_H

#include "dump.h"

int dump_groups_text(const struct erofs_ishare_groups *g, uint64_t top, FILE *out);
int dump_groups_json(const struct erofs_ishare_groups *g, FILE *out);
int dump_groups_csv(const struct erofs_ishare_groups *g, FILE *out);
int dump_groups_html(const struct erofs_ishare_groups *g, uint64_t top, FILE *out);

/* Every reason has its number of near misses and of files in them. */
#define DUMP_REASONS (EROFS_NEAR_MISS_HEX + 1)
struct dump_near_misses {
	uint64_t sets[DUMP_REASONS];
	uint64_t files[DUMP_REASONS];
};
void dump_count_near_misses(const struct erofs_ishare_groups *g, struct dump_near_misses *ret);

/* Reads all operands into @ret, which is finished, and prints what is wrong. An exit status. */
int dump_groups_load(const struct dump_options *options, struct cli_reporter *reporter,
	struct erofs_ishare_groups **ret);

/* Parts that --ishare-diff prints the same way. */
int dump_images_text(const struct erofs_ishare_groups *g, FILE *out);
void dump_images_json(struct cli_json *j, const struct erofs_ishare_groups *g);
int dump_fingerprint_json(struct cli_json *j, const uint8_t *value, uint32_t value_bytes);

/* saved / unshared, 0 when there is nothing. */
double dump_reduction(const struct erofs_ishare_totals *totals);
/* "512 bytes", "4.1 KB", "243.2 MB": powers of 1000. */
#define DUMP_SIZE_TEXT 24
const char *dump_format_size(uint64_t bytes, char ret[DUMP_SIZE_TEXT]);

#endif
