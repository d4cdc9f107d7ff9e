/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The forms in which --ishare-groups is printed. Each returns 0 or -ENOMEM; write errors are found on
 * the stream afterwards. */
#ifndef DUMP_GROUPS_H
#define DUMP_GROUPS_H

#include "dump.h"
#include "terms.h"

int dump_groups_text(const struct erofs_ishare_groups *g, uint64_t top, FILE *out);
int dump_groups_json(const struct erofs_ishare_groups *g, FILE *out);
int dump_groups_csv(const struct erofs_ishare_groups *g, FILE *out);
int dump_groups_html(const struct erofs_ishare_groups *g, uint64_t top, FILE *out);

/* Reads all operands into @ret, which is finished, and prints what is wrong. An exit status. */
int dump_groups_load(const struct dump_options *options, struct cli_reporter *reporter,
	struct erofs_ishare_groups **ret);

/* Parts that --ishare-diff prints the same way. */
int dump_images_text(const struct erofs_ishare_groups *g, FILE *out);
void dump_images_json(struct cli_json *j, const struct erofs_ishare_groups *g);
int dump_fingerprint_json(struct cli_json *j, const uint8_t *value, uint32_t value_bytes);

#endif
