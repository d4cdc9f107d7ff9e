/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A descriptor of the image as it lies there: its digest, its size, and how many of its files are tagged, which
 * is counted in the image and not believed of the build. */
#include "mkfs/annotate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <erofs/erofs.h>
#include "cli/json.h"
#include "cli/page.h"

#define MEDIA_TYPE "application/vnd.erofs.layer.v1"

struct facts {
	char digest[EROFS_OCI_DIGEST_TEXT];
	uint64_t size_bytes;
	uint64_t files, tagged;
};

static int count_files(struct erofs_image *img, struct facts *facts)
{
	struct erofs_ishare_groups *g;
	const struct erofs_ishare_image_facts *f;
	int r = erofs_ishare_groups_new(&g);

	if (r < 0)
		return r;
	r = erofs_ishare_groups_add(g, img);
	if (r == 0) {
		f = erofs_ishare_groups_image(g, 0);
		facts->files = f->files;
		facts->tagged = f->tagged;
	}
	erofs_ishare_groups_free(g);
	return r;
}

static int learn(const struct annotation *about, const struct erofs_report *report, struct facts *ret)
{
	const struct erofs_image_options options = {
		.struct_size = sizeof(options),
		.offset_bytes = about->offset_bytes,
		.device_paths = &about->blob_path,
		.device_count = about->blob_path != NULL,
	};
	struct erofs_image *img;
	int r = erofs_oci_file_digest(about->path, report, ret->digest, &ret->size_bytes);

	if (r == 0)
		r = erofs_image_open(about->path, &options, report, &img);
	if (r < 0)
		return r;
	r = count_files(img, ret);
	erofs_image_close(img);
	return r;
}

static int print(const struct annotation *about, const struct facts *facts, FILE *out)
{
	struct cli_json *j = cli_json_new(out);
	char coverage[32];

	if (!j)
		return -ENOTSUP;
	snprintf(coverage, sizeof(coverage), "%.6f",
		facts->files ? (double)facts->tagged / (double)facts->files : 1.0);
	cli_json_open_object(j, NULL);
	cli_json_text(j, "mediaType", MEDIA_TYPE);
	cli_json_text(j, "digest", facts->digest);
	cli_json_u64(j, "size", facts->size_bytes);
	cli_json_open_object(j, "annotations");
	cli_json_text(j, "org.erofs.ishare.algorithm", about->ishare == EROFS_DIGEST_NONE ? "none" :
		erofs_digest_name(about->ishare));
	cli_json_text(j, "org.erofs.ishare.coverage", coverage);
	if (*about->manifest)
		cli_json_text(j, "org.erofs.oci.manifest", about->manifest);
	if (about->diff_id)
		cli_json_text(j, "org.erofs.oci.diff-id", about->diff_id);
	cli_json_close(j);
	cli_json_close(j);
	return cli_json_finish(j);
}

static int write_beside(const struct annotation *about, const struct facts *facts)
{
	size_t size = strlen(about->path) + sizeof(".json");
	char *path = malloc(size);
	struct cli_page page;
	int r;

	if (!path)
		return -ENOMEM;
	snprintf(path, size, "%s.json", about->path);
	r = cli_page_open(&page, path);
	if (r == 0)
		r = cli_page_close(&page, print(about, facts, page.out));
	if (r < 0)
		cli_error("%s: cannot write: %s", path, strerror(-r));
	free(path);
	return r;
}

int annotate(const struct annotation *about, const struct erofs_report *report)
{
	struct facts facts;
	struct stat st;
	int r;

	if (stat(about->path, &st) == 0 && !S_ISREG(st.st_mode))
		return 0;
	r = learn(about, report, &facts);
	return r < 0 ? r : write_beside(about, &facts);
}
