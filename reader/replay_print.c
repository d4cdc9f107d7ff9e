/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The outcome of a replay. Its terms are those of dump.erofs --ishare-groups (docs/sharing-report.md), but
 * measured: pages that were in the two page caches, not sizes that were added up. */
#include "replay.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include "cli/json.h"

struct figures {
	struct erofs_domain_stats shared, unshared;
	uint64_t unshared_bytes, shared_bytes, saved_bytes;
	double reduction;
};

static void get_figures(struct replay *rp, struct figures *ret)
{
	erofs_domain_stats(rp->shared, &ret->shared);
	erofs_domain_stats(rp->unshared, &ret->unshared);
	ret->unshared_bytes = ret->unshared.pages_peak * EROFS_ISHARE_PAGE_BYTES;
	ret->shared_bytes = ret->shared.pages_peak * EROFS_ISHARE_PAGE_BYTES;
	ret->saved_bytes = ret->unshared_bytes > ret->shared_bytes ?
				   ret->unshared_bytes - ret->shared_bytes : 0;
	ret->reduction = ret->unshared_bytes ?
				 (double)ret->saved_bytes / (double)ret->unshared_bytes : 0;
}

static void print_row(const char *name, uint64_t bytes)
{
	printf("%-10s %12" PRIu64 " %16" PRIu64, name, bytes / EROFS_ISHARE_PAGE_BYTES, bytes);
}

static void print_lookups(const char *name, const struct erofs_domain_stats *s)
{
	printf("%s: %" PRIu64 " page look-ups, %" PRIu64 " hits, %" PRIu64 " misses", name,
		s->hits + s->misses, s->hits, s->misses);
	if (s->pages_evicted)
		printf(", %" PRIu64 " evicted", s->pages_evicted);
	putchar('\n');
}

static void print_left_out(const char *reason, uint64_t count)
{
	if (count)
		printf("not shared: %" PRIu64 " %s\n", count, reason);
}

int replay_print_text(struct replay *rp)
{
	struct figures f;

	get_figures(rp, &f);
	printf("%" PRIu32 " images, %zu reads, %" PRIu64 " bytes; ", rp->image_count,
		rp->item_count, rp->bytes);
	if (rp->failed)
		printf("%" PRIu64 " reads failed or differ\n", rp->failed);
	else
		puts("shared and unshared are equal");
	printf("%" PRIu64 " files, %" PRIu64 " tagged, %" PRIu64 " groups\n\n", f.shared.inodes,
		f.shared.tagged, f.shared.groups);
	printf("%-10s %12s %16s\n", "page cache", "pages", "bytes");
	print_row("unshared", f.unshared_bytes);
	print_row("\nshared", f.shared_bytes);
	print_row("\nsaved", f.saved_bytes);
	printf(" %6.1f %%\n\n", 100 * f.reduction);
	print_lookups("unshared", &f.unshared);
	print_lookups("shared", &f.shared);
	if (rp->options->verify)
		printf("verified: %" PRIu64 " files, %" PRIu64 " bytes\n", f.shared.verified_inodes,
			f.shared.verified_bytes);
	print_left_out("files whose content does not have its fingerprint", f.shared.forged_inodes);
	print_left_out("files whose fingerprint cannot be verified", f.shared.unverifiable_inodes);
	print_left_out("files of another size under one fingerprint", f.shared.size_mismatches);
	print_left_out("files compressed here and plain there", f.shared.class_mismatches);
	if (f.shared.key_collisions)
		printf("keys of two domains that are one: %" PRIu64 "\n", f.shared.key_collisions);
	return READER_OK;
}

static void json_images(struct cli_json *j, const struct replay *rp)
{
	cli_json_open_array(j, "images");
	for (uint32_t i = 0; i < rp->image_count; i++) {
		const struct erofs_super *super = erofs_image_super(rp->images[i].img);
		char uuid[37];

		cli_format_uuid(super->uuid, uuid);
		cli_json_open_object(j, NULL);
		cli_json_text(j, "path", rp->images[i].path);
		cli_json_text(j, "uuid", uuid);
		cli_json_u64(j, "block_size", super->block_size_bytes);
		cli_json_close(j);
	}
	cli_json_close(j);
}

static void json_totals(struct cli_json *j, const struct figures *f)
{
	cli_json_open_object(j, "totals");
	cli_json_u64(j, "files", f->shared.inodes);
	cli_json_u64(j, "tagged", f->shared.tagged);
	cli_json_u64(j, "groups", f->shared.groups);
	cli_json_u64(j, "unshared_bytes", f->unshared_bytes);
	cli_json_u64(j, "shared_bytes", f->shared_bytes);
	cli_json_u64(j, "saved_bytes", f->saved_bytes);
	cli_json_ratio(j, "reduction", f->reduction);
	cli_json_u64(j, "hits", f->shared.hits);
	cli_json_u64(j, "misses", f->shared.misses);
	cli_json_u64(j, "pages_cached", f->shared.pages_cached);
	cli_json_u64(j, "bytes_verified", f->shared.verified_bytes);
	cli_json_close(j);
}

static void json_not_shared(struct cli_json *j, const struct erofs_domain_stats *s)
{
	cli_json_open_object(j, "not_shared");
	cli_json_u64(j, "forged", s->forged_inodes);
	cli_json_u64(j, "unverifiable", s->unverifiable_inodes);
	cli_json_u64(j, "size-mismatch", s->size_mismatches);
	cli_json_u64(j, "class-mismatch", s->class_mismatches);
	cli_json_close(j);
}

int replay_print_json(struct replay *rp)
{
	struct cli_json *j = cli_json_new(stdout);
	struct figures f;

	if (!j)
		return READER_FAILED;
	get_figures(rp, &f);
	cli_json_open_object(j, NULL);
	json_images(j, rp);
	json_totals(j, &f);
	json_not_shared(j, &f.shared);
	cli_json_u64(j, "key_collisions", f.shared.key_collisions);
	cli_json_u64(j, "reads", rp->item_count);
	cli_json_u64(j, "bytes", rp->bytes);
	cli_json_u64(j, "failed", rp->failed);
	cli_json_close(j);
	/* A stream that failed is told about at the end, for text and JSON alike. */
	return cli_json_finish(j) == -ENOMEM ? cli_out_of_memory() : READER_OK;
}
