/* SPDX-License-Identifier: GPL-2.0-or-later */
/* make-images DIR: writes the sound image and every broken one into DIR, and one line for each to stdout:
 * file, status that fsck.erofs shall have, option it needs, and the rules it shall report.
 * make-images --rules: the ids and severities of all rules. */
#include "reject.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <erofs/check.h>

static const char *directory;

static void save(const struct image *img, const char *name)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	f = fopen(path, "wb");
	if (!f || fwrite(img->bytes, 1, img->size, f) != img->size || fclose(f)) {
		perror(path);
		exit(1);
	}
}

/* A fingerprint in hex form is a note; all other fingerprint findings are errors. */
static bool is_error(const char *rule)
{
	for (const struct erofs_check_rule *r = erofs_check_rules(); r->id; r++) {
		if (!strcmp(r->id, rule))
			return r->severity == EROFS_SEVERITY_ERROR;
	}
	return strcmp(rule, "ishare-hex");
}

static int expected_status(const char *rules)
{
	char copy[256], *save_at = NULL;
	int status = 0;

	snprintf(copy, sizeof(copy), "%s", rules);
	for (char *r = strtok_r(copy, " ", &save_at); r; r = strtok_r(NULL, " ", &save_at)) {
		if (is_error(r))
			status = 4;
	}
	return status;
}

static void make_cases(const struct reject_case *cases, const char *option)
{
	for (; cases->expected; cases++) {
		char name[512];
		struct image img;
		size_t first = strcspn(cases->expected, " ");

		snprintf(name, sizeof(name), "%.*s%s%s.erofs", (int)first, cases->expected,
			*cases->variant ? "-" : "", cases->variant);
		image_init_sound(&img);
		cases->make(&img);
		save(&img, name);
		image_fini(&img);
		printf("%s %d %s %s\n", name, expected_status(cases->expected), option,
			cases->expected);
	}
}

static void make_sound(void)
{
	struct image img;

	image_init_sound(&img);
	image_seal(&img);
	save(&img, "sound.erofs");
	image_fini(&img);
	printf("sound.erofs 0 --extract\n");
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	if (!strcmp(argv[1], "--rules")) {
		for (const struct erofs_check_rule *r = erofs_check_rules(); r->id; r++)
			printf("%s %d\n", r->id, r->severity);
		return 0;
	}
	directory = argv[1];
	make_sound();
	make_cases(super_cases, "--extract");
	make_cases(inode_cases, "--extract");
	make_cases(dir_cases, "--extract");
	make_cases(xattr_cases, "--extract");
	make_cases(map_cases, "--extract");
	make_cases(compressed_cases, "--extract");
	make_cases(ishare_cases, "--check-ishare");
	return ferror(stdout) || fflush(stdout) ? 1 : 0;
}
