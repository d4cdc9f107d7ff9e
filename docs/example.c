/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* A program on the library: lists the files of images with their fingerprints, then tells what they share.
 *
 *	cc -o example example.c $(pkg-config --cflags --libs liberofs-ishare)
 *	./example IMAGE... */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <erofs/erofs.h>

static void say(void *user, enum erofs_level level, const char *text)
{
	(void)user;
	if (level <= EROFS_LEVEL_WARNING)
		fprintf(stderr, "example: %s\n", text); /* printable, whatever is in an image */
}

static const struct erofs_report report = { .message = say };

static int list_entry(void *user, const struct erofs_walk_entry *entry)
{
	char *path = erofs_text_escape(entry->path); /* names are raw bytes */
	struct erofs_ishare_claim claim;
	int r = erofs_ishare_claim_read(user, entry->inode, &claim);

	if (r == 0) {
		char *value = claim.count ? erofs_fingerprint_text(claim.value, claim.value_bytes) : NULL;

		printf("%10" PRIu64 "  %s  %s\n", entry->inode->size_bytes, path ? path : "?", value ? value : "-");
		free(value);
		erofs_ishare_claim_fini(&claim);
	}
	free(path);
	return r;
}

static int list_image(struct erofs_image *img)
{
	struct erofs_reader *rd;
	int r = erofs_reader_new(img, &rd); /* one for each thread */

	if (r == 0) {
		const struct erofs_walk_visitor visitor = { .user = rd, .entry = list_entry };

		r = erofs_walk(rd, erofs_image_super(img)->root_nid, &visitor);
		erofs_reader_free(rd);
	}
	return r;
}

static int add_image(struct erofs_ishare_groups *groups, const char *path)
{
	struct erofs_image_options options = { .struct_size = sizeof(options) };
	struct erofs_image *img;
	int r = erofs_image_open(path, &options, &report, &img);

	if (r < 0)
		return r; /* has been said */
	r = list_image(img);
	if (r == 0)
		r = erofs_ishare_groups_add(groups, img);
	erofs_image_close(img);
	return r;
}

int main(int argc, char **argv)
{
	struct erofs_ishare_groups *groups;
	int r = erofs_ishare_groups_new(&groups);

	for (int i = 1; r == 0 && i < argc; i++)
		r = add_image(groups, argv[i]);
	if (r == 0)
		r = erofs_ishare_groups_finish(groups);
	if (r == 0)
		printf("%" PRIu64 " groups save %" PRIu64 " bytes of page cache\n",
			erofs_ishare_groups_totals(groups)->groups, erofs_ishare_groups_totals(groups)->saved_bytes);
	erofs_ishare_groups_free(groups);
	return r < 0;
}
