/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line of fsck.erofs. */
#include "fsck.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <erofs/codec.h>

enum {
	OPT_CHECK_ISHARE = 0x100,
	OPT_DEVICE,
	OPT_EXTRACT,
	OPT_FORCE,
	OPT_JSON,
	OPT_MAX_SIZE,
	OPT_NID,
	OPT_NO_PRESERVE,
	OPT_NO_PRESERVE_OWNER,
	OPT_NO_PRESERVE_PERMS,
	OPT_NO_SBCRC,
	OPT_NO_XATTRS,
	OPT_OFFSET,
	OPT_OVERWRITE,
	OPT_PATH,
	OPT_PRESERVE,
	OPT_PRESERVE_OWNER,
	OPT_PRESERVE_PERMS,
	OPT_WORKERS,
	OPT_XATTRS,
	OPT_YES,
};

static const struct cli_option table[] = {
	{ 'V', 'V', "version", CLI_NONE, NULL, "print the version and exit" },
	{ 'h', 'h', "help", CLI_NONE, NULL, "print this help and exit" },
	{ 'd', 'd', NULL, CLI_REQUIRED, "#", "verbosity, 0 to 9 (default: 2)" },
	{ 'p', 'p', NULL, CLI_NONE, NULL, "print how well the image is compressed" },
	{ OPT_YES, 'a', NULL, CLI_NONE, NULL, "accepted; nothing is ever repaired or asked" },
	{ OPT_YES, 'A', NULL, CLI_NONE, NULL, "the same" },
	{ OPT_YES, 'y', NULL, CLI_NONE, NULL, "the same" },
	{ OPT_CHECK_ISHARE, 0, "check-ishare", CLI_NONE, NULL,
	  "also recompute the fingerprint of every file; takes several IMAGEs" },
	{ OPT_CHECK_ISHARE, 0, "xattr-inode-digest", CLI_NONE, NULL, "the same" },
	{ OPT_JSON, 0, "json", CLI_NONE, NULL, "print one JSON object with all findings" },
	{ OPT_DEVICE, 0, "device", CLI_REQUIRED, "X",
	  "an extra device; repeat in table order" },
	{ OPT_OFFSET, 0, "offset", CLI_REQUIRED, "#", "skip # bytes at the beginning of IMAGE" },
	{ OPT_NO_SBCRC, 0, "no-sbcrc", CLI_NONE, NULL, "ignore the superblock checksum" },
	{ OPT_NID, 0, "nid", CLI_REQUIRED, "#", "check or extract only what is at nid #" },
	{ OPT_PATH, 0, "path", CLI_REQUIRED, "X", "check or extract only what is at path X" },
	{ OPT_EXTRACT, 0, "extract", CLI_OPTIONAL, "DIR",
	  "also decode the content of all files; with DIR, extract them there" },
	{ OPT_FORCE, 0, "force", CLI_NONE, NULL, "allow to extract to the root directory" },
	{ OPT_OVERWRITE, 0, "overwrite", CLI_NONE, NULL, "replace files that exist" },
	{ OPT_PRESERVE, 0, "preserve", CLI_NONE, NULL,
	  "extract ownership and permissions (default for root)" },
	{ OPT_PRESERVE_OWNER, 0, "preserve-owner", CLI_NONE, NULL, "extract ownership" },
	{ OPT_PRESERVE_PERMS, 0, "preserve-perms", CLI_NONE, NULL, "extract permissions" },
	{ OPT_NO_PRESERVE, 0, "no-preserve", CLI_NONE, NULL,
	  "extract as yourself, permissions less the umask (default for others)" },
	{ OPT_NO_PRESERVE_OWNER, 0, "no-preserve-owner", CLI_NONE, NULL, "extract as yourself" },
	{ OPT_NO_PRESERVE_PERMS, 0, "no-preserve-perms", CLI_NONE, NULL,
	  "extract permissions less the umask" },
	{ OPT_XATTRS, 0, "xattrs", CLI_NONE, NULL, "extract extended attributes" },
	{ OPT_NO_XATTRS, 0, "no-xattrs", CLI_NONE, NULL,
	  "do not extract extended attributes (default)" },
	{ OPT_MAX_SIZE, 0, "max-size", CLI_REQUIRED, "#",
	  "decode nothing of an image whose files hold more than # bytes (k, m, g: binary units)" },
	{ OPT_WORKERS, 0, "workers", CLI_REQUIRED, "N",
	  "use N threads (default: one per processor)" },
};

const struct cli_program fsck_program = {
	.name = "fsck.erofs",
	.usage = "[OPTIONS] IMAGE...",
	.about = "Check the EROFS image IMAGE, and extract files from it.",
	.epilogue = "Exit status: 0 clean, 4 errors found, 8 could not check, 12 both, 16 usage.\n",
	.options = table,
	.option_count = sizeof(table) / sizeof(table[0]),
	.usage_status = FSCK_USAGE,
};

static int bad(const char *what, const char *value)
{
	return cli_usage_error(&fsck_program, "invalid %s %s", what, value);
}

static int add_device(struct fsck_options *o, const char *path)
{
	size_t n = o->image.device_count;
	const char **devices = realloc(o->devices, (n + 1) * sizeof(const char *));

	if (!devices)
		return FSCK_FAILED;
	devices[n] = path;
	o->devices = devices;
	o->image.device_paths = devices;
	o->image.device_count = n + 1;
	return FSCK_OK;
}

/* Trailing slashes go, so that a file can be extracted to DIR itself; "/" stays. */
static int set_extract(struct fsck_options *o, const char *dir)
{
	size_t n;

	o->decode = true;
	free(o->extract_dir);
	o->extract_dir = NULL;
	if (!dir)
		return FSCK_OK;
	n = strlen(dir);
	if (!n)
		return cli_usage_error(&fsck_program, "empty value given for --extract=DIR");
	while (n > 1 && dir[n - 1] == '/')
		n--;
	o->extract_dir = strndup(dir, n);
	return o->extract_dir ? FSCK_OK : FSCK_FAILED;
}

static int set_workers(struct fsck_options *o, const char *value)
{
	uint64_t n;

	if (!*value || !cli_parse_u64(value, &n) || n > UINT_MAX)
		return bad("number of workers", value);
	o->workers = (unsigned int)n;
	return FSCK_OK;
}

static int set_max_size(struct fsck_options *o, const char *value)
{
	return cli_parse_size(value, &o->max_bytes) && o->max_bytes ? FSCK_OK :
								      bad("size", value);
}

/* Options that do something only while files are extracted, in order of mention. */
struct extract_only {
	const char *name;	/* the first one seen, NULL = none */
};

static void set_preserve(struct fsck_options *o, int code)
{
	switch (code) {
	case OPT_PRESERVE:
	case OPT_NO_PRESERVE:
		o->preserve_owner = o->preserve_perms = code == OPT_PRESERVE;
		break;
	case OPT_PRESERVE_OWNER:
	case OPT_NO_PRESERVE_OWNER:
		o->preserve_owner = code == OPT_PRESERVE_OWNER;
		break;
	default:
		o->preserve_perms = code == OPT_PRESERVE_PERMS;
		break;
	}
}

static const char *name_of(int code)
{
	for (size_t i = 0; i < fsck_program.option_count; i++) {
		if (table[i].code == code)
			return table[i].name;
	}
	return "";
}

static int apply_extract_only(struct fsck_options *o, int code, struct extract_only *only)
{
	if (!only->name)
		only->name = name_of(code);
	if (code == OPT_FORCE)
		o->force = true;
	else if (code == OPT_OVERWRITE)
		o->overwrite = true;
	else
		set_preserve(o, code);
	return FSCK_OK;
}

static void print_algorithms(const char *title)
{
	const char *before = title;

	for (unsigned int i = 0; i < EROFS_ALGORITHM_COUNT; i++) {
		if (!erofs_algorithm_available(i))
			continue;
		printf("%s%s", before, erofs_algorithm_name(i));
		before = ", ";
	}
	if (before == title)
		printf("%snone", title);
	putchar('\n');
}

static void print_version(void)
{
	cli_print_version(&fsck_program);
	print_algorithms("available decompressors: ");
}

static int apply_flag(struct fsck_options *o, int code, struct extract_only *only)
{
	switch (code) {
	case 'V':
		print_version();
		o->done = true;
		return FSCK_OK;
	case 'p':
		o->print_ratio = true;
		return FSCK_OK;
	case OPT_YES:
		return FSCK_OK;
	case OPT_CHECK_ISHARE:
		o->check_ishare = true;
		return FSCK_OK;
	case OPT_JSON:
		o->json = true;
		return FSCK_OK;
	case OPT_NO_SBCRC:
		o->image.ignore_checksum = true;
		return FSCK_OK;
	case OPT_XATTRS:
	case OPT_NO_XATTRS:
		o->xattrs = code == OPT_XATTRS;
		return FSCK_OK;
	default:
		return apply_extract_only(o, code, only);
	}
}

static int apply(struct fsck_options *o, int code, const char *value, struct extract_only *only)
{
	switch (code) {
	case '?':
		return FSCK_USAGE;
	case 'd':
		return cli_parse_debug_level(value, &o->level) ? FSCK_OK : bad("debug level", value);
	case OPT_DEVICE:
		return add_device(o, value);
	case OPT_EXTRACT:
		return set_extract(o, value);
	case OPT_NID:
		o->start_given = true;
		return *value && cli_parse_u64(value, &o->nid) ? FSCK_OK : bad("nid", value);
	case OPT_PATH:
		o->start_given = true;
		o->path = value;
		return FSCK_OK;
	case OPT_OFFSET:
		return cli_parse_u64(value, &o->image.offset_bytes) ? FSCK_OK :
								      bad("disk offset", value);
	case OPT_MAX_SIZE:
		return set_max_size(o, value);
	case OPT_WORKERS:
		return set_workers(o, value);
	default:
		return apply_flag(o, code, only);
	}
}

static int validate(struct fsck_options *o, const struct extract_only *only)
{
	const struct cli_program *p = &fsck_program;

	if (!o->image_count)
		return cli_usage_error(p, "missing argument: IMAGE");
	if (o->image_count > 1 && !o->check_ishare)
		return cli_usage_error(p, "unexpected argument: %s", o->images[1]);
	if (o->image_count > 1 && (o->decode || o->image.device_count || o->start_given))
		return cli_usage_error(p,
			"--extract, --device, --nid and --path are for one image, not for %d",
			o->image_count);
	if (only->name && !o->extract_dir)
		return cli_usage_error(p, "--%s must be used together with --extract=DIR",
			only->name);
	if (o->extract_dir && !strcmp(o->extract_dir, "/") && !o->force)
		return cli_usage_error(p, "--extract=/ must be used together with --force");
	return FSCK_OK;
}

static int parse(struct fsck_options *o, struct cli_parser *parser, const char *argv0)
{
	struct extract_only only = { 0 };
	int status = FSCK_OK, code;
	const char *value;

	while (status == FSCK_OK && !o->done && (code = cli_next(parser, &value)) != -1) {
		if (code == 'h') {
			cli_print_help(&fsck_program, argv0, stdout);
			print_algorithms("\nContent can be decoded that is compressed with the\n"
					 "following algorithms: ");
			o->done = true;
		} else {
			status = apply(o, code, value, &only);
		}
	}
	if (status != FSCK_OK || o->done)
		return status;
	o->images = cli_operands(parser, &o->image_count);
	return validate(o, &only);
}

int fsck_options_read(struct fsck_options *o, int argc, char **argv)
{
	struct cli_parser *parser = cli_parser_new(&fsck_program, argc, argv);
	int status;

	*o = (struct fsck_options){ .level = 2 };
	o->image.struct_size = sizeof(o->image);
	o->preserve_owner = o->preserve_perms = geteuid() == 0;
	if (!parser)
		return FSCK_FAILED;
	status = parse(o, parser, argv[0]);
	cli_parser_free(parser);
	return status;
}

void fsck_options_fini(struct fsck_options *o)
{
	free(o->devices);
	free(o->extract_dir);
}
