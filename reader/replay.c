/* SPDX-License-Identifier: GPL-2.0-or-later */
/* read.erofs replay: opens the images, mounts each in a sharing and in a plain domain, has the reads done,
 * prints what came of it. */
#include "replay.h"

#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

static int open_images(struct replay *rp)
{
	uint32_t count = (uint32_t)rp->options->operand_count;
	struct erofs_image **images = calloc(count, sizeof(struct erofs_image *));
	int status;

	rp->images = calloc(count, sizeof(*rp->images));
	if (!rp->images || !images) {
		free(images);
		return cli_out_of_memory();
	}
	status = reader_open_images(rp->options, rp->report, images);
	rp->image_count = count;
	for (uint32_t i = 0; i < count; i++) {
		rp->images[i].path = rp->options->operands[i];
		rp->images[i].img = images[i];
	}
	free(images);
	return status;
}

static int new_domain(struct replay *rp, bool share, struct erofs_domain **ret)
{
	return reader_new_domain(rp->options, share, rp->options->cache_bytes, rp->report, ret);
}

static int mount_images(struct replay *rp)
{
	if (new_domain(rp, true, &rp->shared) != READER_OK ||
	    new_domain(rp, false, &rp->unshared) != READER_OK)
		return READER_FAILED;
	for (uint32_t i = 0; i < rp->image_count; i++) {
		struct replay_image *image = &rp->images[i];

		if (erofs_domain_mount(rp->shared, image->img, reader_domain_id(rp->options, i),
			    &image->shared) < 0 ||
		    erofs_domain_mount(rp->unshared, image->img, NULL, &image->unshared) < 0)
			return cli_out_of_memory();
	}
	return READER_OK;
}

/* Without a bound the cache holds what is read. A hole of a terabyte takes no room in an image. */
static int check_memory(const struct replay *rp)
{
	long pages = sysconf(_SC_PHYS_PAGES), page_size = sysconf(_SC_PAGESIZE);
	uint64_t memory = pages > 0 && page_size > 0 ? (uint64_t)pages * (uint64_t)page_size : 0;

	if (rp->options->cache_bytes || !memory || rp->total_bytes <= memory)
		return READER_OK;
	return cli_error("there are %" PRIu64 " bytes to read and %" PRIu64
			    " bytes of memory: bound the page cache with --cache-size",
		rp->total_bytes, memory);
}

static int run(struct replay *rp)
{
	int status, printed;

	status = open_images(rp);
	if (status == READER_OK)
		status = mount_images(rp);
	if (status == READER_OK)
		status = rp->options->trace ? replay_list_trace(rp) : replay_list_all(rp);
	if (status == READER_OK)
		status = check_memory(rp);
	if (status != READER_OK)
		return status;
	status = replay_run(rp);
	printed = rp->options->json ? replay_print_json(rp) : replay_print_text(rp);
	return status == READER_OK ? printed : status;
}

static void release(struct replay *rp)
{
	free(rp->items);
	for (uint32_t i = 0; i < rp->image_count; i++) {
		erofs_domain_unmount(rp->images[i].shared);
		erofs_domain_unmount(rp->images[i].unshared);
		erofs_image_close(rp->images[i].img);
	}
	free(rp->images);
	erofs_domain_free(rp->shared);
	erofs_domain_free(rp->unshared);
}

int reader_replay(const struct reader_options *options, const struct erofs_report *report)
{
	struct replay rp = { .options = options, .report = report };
	int status;

	pthread_mutex_init(&rp.lock, NULL);
	status = run(&rp);
	release(&rp);
	pthread_mutex_destroy(&rp.lock);
	return status;
}
