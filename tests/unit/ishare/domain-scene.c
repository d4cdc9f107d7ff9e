/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Domains, mounts and files for the tests of the page cache model. */
#include "tests/unit/ishare/domain-scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

uint8_t scene_a[PAGES * PAGE], scene_b[PAGES * PAGE];

struct erofs_domain *scene_domain(enum erofs_domain_rules rules, uint64_t cache_bytes,
	bool verify)
{
	const struct erofs_domain_options options = { .struct_size = sizeof(options),
		.rules = rules, .cache_bytes = cache_bytes, .share = true, .verify = verify };
	struct erofs_domain *dom;

	assert_int_equal(erofs_domain_new(&options, NULL, &dom), 0);
	return dom;
}

void scene_mount_spec(struct erofs_domain *dom, const struct tiny_spec *spec, const char *id,
	struct scene_mounted *ret)
{
	tiny_open(spec, &ret->tiny);
	assert_int_equal(erofs_reader_new(ret->tiny.img, &ret->rd), 0);
	assert_int_equal(erofs_domain_mount(dom, ret->tiny.img, id, &ret->mnt), 0);
}

void scene_mount(struct erofs_domain *dom, const struct tiny_file *files, size_t count,
	const char *id, struct scene_mounted *ret)
{
	const struct tiny_spec spec = { .files = files, .file_count = count };

	scene_mount_spec(dom, &spec, id, ret);
}

void scene_unmount(struct scene_mounted *m)
{
	erofs_domain_unmount(m->mnt);
	erofs_reader_free(m->rd);
	tiny_close(&m->tiny);
}

bool scene_read(struct scene_mounted *m, size_t i, const void *expected, size_t size)
{
	struct erofs_domain_file *file;
	static uint8_t buffer[2 * PAGES * PAGE];
	bool shares;

	assert_int_equal(erofs_domain_open(m->mnt, m->rd, tiny_nid(i), &file), 0);
	assert_int_equal(erofs_domain_read(file, 0, buffer, sizeof(buffer)), size);
	assert_memory_equal(buffer, expected, size);
	shares = erofs_domain_file_shares(file);
	erofs_domain_close(file);
	return shares;
}

bool scene_shares(struct scene_mounted *m, size_t i)
{
	struct erofs_domain_file *file;
	bool answer;

	assert_int_equal(erofs_domain_open(m->mnt, m->rd, tiny_nid(i), &file), 0);
	answer = erofs_domain_file_shares(file);
	erofs_domain_close(file);
	return answer;
}

struct erofs_domain_stats scene_stats(struct erofs_domain *dom)
{
	struct erofs_domain_stats s;

	erofs_domain_stats(dom, &s);
	return s;
}

struct tiny_file scene_claiming(const char *name, const char *value, uint64_t size_bytes)
{
	struct tiny_file f = { .name = name, .content = scene_a, .size_bytes = size_bytes };

	tiny_tag_bytes(&f, value, strlen(value));
	return f;
}

int scene_fill_contents(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(scene_a); i++) {
		scene_a[i] = (uint8_t)(i * 31 + i / PAGE);
		scene_b[i] = (uint8_t)(i * 17 + i / PAGE);
	}
	return 0;
}
