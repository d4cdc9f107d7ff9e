/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzz target: everything that believes or doubts fingerprints, on a whole image: verification, the sharing
 * report, and two mounts in a domain that verifies, through which every file must read as it does directly. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <erofs/erofs.h>
#include "tests/fuzz/fuzz.h"

/* Longer contents are legal and take long. */
#define CONTENT_LIMIT (1u << 20)
#define READ_BYTES 20000

static void verify(struct erofs_image *img)
{
	const struct erofs_ishare_verify_options options = { .struct_size = sizeof(options),
		.workers = 2, .max_bytes = CONTENT_LIMIT };
	struct erofs_ishare_verify_summary s;

	if (erofs_ishare_verify(img, &options, NULL, &s) < 0)
		return;
	if (s.verified + s.forged > s.tagged || s.tagged + s.missing > s.files + s.misplaced ||
	    s.bytes > CONTENT_LIMIT)
		abort();
}

static void report(struct erofs_image *img)
{
	const struct erofs_ishare_near_miss *m;
	const struct erofs_ishare_group *group;
	const struct erofs_ishare_totals *t;
	struct erofs_ishare_groups *g;
	uint64_t count = 0;

	if (erofs_ishare_groups_new(&g) < 0)
		return;
	if (erofs_ishare_groups_add(g, img) == 0 && erofs_ishare_groups_add(g, img) == 0 &&
	    erofs_ishare_groups_finish(g) == 0) {
		t = erofs_ishare_groups_totals(g);
		while ((group = erofs_ishare_groups_get(g, count)) && group->member_count >= 2)
			count++;
		if (count != t->groups || t->shared_bytes > t->unshared_bytes)
			abort();
		for (size_t i = 0; (m = erofs_ishare_groups_near_miss(g, i)); i++)
			if (!m->member_count || !m->members[0].path)
				abort();
	}
	erofs_ishare_groups_free(g);
}

struct reading {
	struct erofs_reader *rd;
	struct erofs_domain_mount *mounts[2];
};

static void compare(struct reading *r, struct erofs_domain_mount *mnt,
	const struct erofs_inode *inode)
{
	static uint8_t direct[READ_BYTES], cached[READ_BYTES];
	struct erofs_domain_file *file;
	ssize_t n, m;

	if (erofs_domain_open(mnt, r->rd, inode->nid, &file) < 0)
		return;
	n = erofs_data_read(r->rd, inode, 100, direct, sizeof(direct));
	m = erofs_domain_read(file, 100, cached, sizeof(cached));
	erofs_domain_close(file);
	/* What cannot be read directly may have come from an equal file that can. */
	if (n >= 0 && (n != m || memcmp(direct, cached, (size_t)n)))
		abort();
}

static int visit(void *user, const struct erofs_walk_entry *entry)
{
	struct reading *r = user;

	if (!S_ISREG(entry->inode->mode) || entry->inode->size_bytes > CONTENT_LIMIT)
		return EROFS_WALK_CONTINUE;
	compare(r, r->mounts[0], entry->inode);
	compare(r, r->mounts[1], entry->inode);
	return EROFS_WALK_CONTINUE;
}

static void read_shared(struct erofs_image *img)
{
	const struct erofs_domain_options options = { .struct_size = sizeof(options),
		.share = true, .verify = true, .cache_bytes = 3 * 4096 };
	struct reading r = { .rd = NULL };
	const struct erofs_walk_visitor visitor = { .user = &r, .entry = visit };
	struct erofs_domain *dom;

	if (erofs_domain_new(&options, NULL, &dom) < 0)
		return;
	if (erofs_reader_new(img, &r.rd) == 0 &&
	    erofs_domain_mount(dom, img, "id", &r.mounts[0]) == 0 &&
	    erofs_domain_mount(dom, img, "id", &r.mounts[1]) == 0)
		erofs_walk(r.rd, erofs_image_super(img)->root_nid, &visitor);
	erofs_domain_unmount(r.mounts[0]);
	erofs_domain_unmount(r.mounts[1]);
	erofs_domain_free(dom);
	erofs_reader_free(r.rd);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	const struct erofs_image_options options = { .struct_size = sizeof(options),
		.ignore_checksum = true };
	struct erofs_image *img;

	if (erofs_image_open_memory(bytes, size, &options, NULL, &img) < 0)
		return 0;
	verify(img);
	report(img);
	read_shared(img);
	erofs_image_close(img);
	return 0;
}
