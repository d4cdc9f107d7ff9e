/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Figures that every form of a report says alike. */
#ifndef DUMP_TERMS_H
#define DUMP_TERMS_H

#include <stdbool.h>
#include <stdint.h>
#include <erofs/ishare.h>

/* Every reason has its number of near misses and of files in them. */
#define DUMP_REASONS (EROFS_NEAR_MISS_HEX + 1)
struct dump_near_misses {
	uint64_t sets[DUMP_REASONS];
	uint64_t files[DUMP_REASONS];
};
void dump_count_near_misses(const struct erofs_ishare_groups *g, struct dump_near_misses *ret);

/* Facts of the image named last: for --ishare-diff the new one. */
const struct erofs_ishare_image_facts *dump_last_image(const struct erofs_ishare_groups *g);

/* saved / unshared, 0 when there is nothing. */
double dump_reduction(const struct erofs_ishare_totals *totals);
/* "512 bytes", "4.1 KB", "243.2 MB": powers of 1000. */
#define DUMP_SIZE_TEXT 24
const char *dump_format_size(uint64_t bytes, char ret[DUMP_SIZE_TEXT]);

/* part / all in percent, 0 when there is nothing. */
double dump_percent(uint64_t part, uint64_t all);
/* True for the causes that are near misses: the file might share and does not. */
bool dump_is_near_miss(enum erofs_ishare_diff_cause cause);

#endif
