/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Domains, mounts and files for the tests of the page cache model. */
#ifndef TESTS_UNIT_ISHARE_DOMAIN_SCENE_H
#define TESTS_UNIT_ISHARE_DOMAIN_SCENE_H

#include "tests/unit/ishare/tiny-image.h"

#define PAGE 4096
#define PAGES 5
#define SIZE (PAGES * PAGE - 100) /* of most files */

/* Two different contents; filled by the group's setup. */
extern uint8_t scene_a[PAGES * PAGE], scene_b[PAGES * PAGE];
int scene_fill_contents(void **state);

/* One image, mounted, with its reader. */
struct scene_mounted {
	struct tiny_image tiny;
	struct erofs_reader *rd;
	struct erofs_domain_mount *mnt;
};

/* One that shares. */
struct erofs_domain *scene_domain(enum erofs_domain_rules rules, uint64_t cache_bytes, bool verify);
struct erofs_domain_stats scene_stats(struct erofs_domain *dom);

void scene_mount(struct erofs_domain *dom, const struct tiny_file *files, size_t count,
	const char *id, struct scene_mounted *ret);
void scene_mount_spec(struct erofs_domain *dom, const struct tiny_spec *spec, const char *id,
	struct scene_mounted *ret);
void scene_unmount(struct scene_mounted *m);

/* Opens file number @i, reads all of it and compares. Returns whether it shares. */
bool scene_read(struct scene_mounted *m, size_t i, const void *expected, size_t size);
/* Whether file number @i shares, without reading it. */
bool scene_shares(struct scene_mounted *m, size_t i);

/* A file of scene_a that claims @value. */
struct tiny_file scene_claiming(const char *name, const char *value, uint64_t size_bytes);

#endif
