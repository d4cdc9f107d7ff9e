/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line of dump.erofs. */
#include "dump.h"

#include <stdlib.h>
#include <string.h>

enum {
	OPT_BLKID_UDEV = 0x100,
	OPT_CAT,
	OPT_CSV,
	OPT_DEVICE,
	OPT_HTML,
	OPT_ISHARE,
	OPT_ISHARE_DIFF,
	OPT_ISHARE_GROUPS,
	OPT_JSON,
	OPT_LS,
	OPT_MARKDOWN,
	OPT_MAX_UNSHARED,
	OPT_NID,
	OPT_OFFSET,
	OPT_PATH,
	OPT_QUIET,
	OPT_TOP,
};

#define DEFAULT_TOP 20

static const struct cli_option table[] = {
	{ 'V', 'V', "version", CLI_NONE, NULL, "print the version and exit" },
	{ 'h', 'h', "help", CLI_NONE, NULL, "print this help and exit" },
	{ 's', 's', NULL, CLI_NONE, NULL, "show the superblock (default)" },
	{ 'S', 'S', NULL, CLI_NONE, NULL, "show statistics of the image" },
	{ 'e', 'e', NULL, CLI_NONE, NULL, "show where the data lies (INODE required)" },
	{ OPT_NID, 0, "nid", CLI_REQUIRED, "#", "show the inode with nid #" },
	{ OPT_PATH, 0, "path", CLI_REQUIRED, "X", "show the inode of path X" },
	{ OPT_LS, 0, "ls", CLI_NONE, NULL, "show the entries of a directory (INODE required)" },
	{ OPT_CAT, 0, "cat", CLI_NONE, NULL, "write the content to stdout (INODE required)" },
	{ OPT_DEVICE, 0, "device", CLI_REQUIRED, "X", "an extra device; repeat in table order" },
	{ OPT_OFFSET, 0, "offset", CLI_REQUIRED, "#", "skip # bytes at the beginning of IMAGE" },
	{ OPT_BLKID_UDEV, 0, "blkid-udev", CLI_NONE, NULL, "print what udev imports" },
	{ OPT_ISHARE, 0, "ishare", CLI_NONE, NULL, "list the fingerprint of every file" },
	{ OPT_ISHARE_GROUPS, 0, "ishare-groups", CLI_NONE, NULL,
	  "report what the page caches of all IMAGEs share" },
	{ OPT_ISHARE_DIFF, 0, "ishare-diff", CLI_NONE, NULL,
	  "report what the last IMAGE costs a host that runs the others" },
	{ OPT_MAX_UNSHARED, 0, "max-unshared", CLI_REQUIRED, "SIZE",
	  "fail when that is more than SIZE bytes (k, m or g behind it)" },
	{ OPT_TOP, 0, "top", CLI_REQUIRED, "N",
	  "list the N largest groups or files (default: 20; 0: all)" },
	{ OPT_JSON, 0, "json", CLI_NONE, NULL, "print one JSON object instead of text" },
	{ OPT_CSV, 0, "csv", CLI_NONE, NULL, "print the groups as comma-separated values" },
	{ OPT_MARKDOWN, 0, "markdown", CLI_NONE, NULL,
	  "print --ishare-diff as a comment for a pull request" },
	{ OPT_HTML, 0, "html", CLI_REQUIRED, "FILE", "write the groups as a page to FILE, too" },
	{ OPT_QUIET, 0, "quiet", CLI_NONE, NULL, "no progress, no warnings" },
};

const struct cli_program dump_program = {
	.name = "dump.erofs",
	.usage = "[OPTIONS] IMAGE",
	.about = "Show the layout of the EROFS image IMAGE; with --ishare-groups, what several\n"
		 "IMAGEs share; with --ishare-diff, what a new version costs: OLD... NEW.",
	.epilogue = "INODE is named by --nid or --path.\n",
	.options = table,
	.option_count = sizeof(table) / sizeof(table[0]),
	.usage_status = DUMP_USAGE,
};

static int add_device(struct dump_options *o, const char *path)
{
	const char **list = realloc(o->devices, (o->image.device_count + 1) * sizeof(*list));

	if (!list)
		return cli_out_of_memory();
	list[o->image.device_count++] = path;
	o->devices = list;
	o->image.device_paths = list;
	return -1;
}

/* Options with a value. */
static int apply_value(struct dump_options *o, int code, const char *value)
{
	switch (code) {
	case OPT_NID:
		if (!cli_parse_u64(value, &o->nid))
			return cli_usage_error(&dump_program, "invalid NID %s", value);
		o->by_nid = true;
		return -1;
	case OPT_OFFSET:
		if (!cli_parse_u64(value, &o->image.offset_bytes))
			return cli_usage_error(&dump_program, "invalid disk offset %s", value);
		return -1;
	case OPT_TOP:
		if (!cli_parse_u64(value, &o->top))
			return cli_usage_error(&dump_program, "invalid number of groups %s", value);
		return -1;
	case OPT_MAX_UNSHARED:
		if (!*value || !cli_parse_size(value, &o->max_unshared_bytes))
			return cli_usage_error(&dump_program, "invalid size %s for --max-unshared", value);
		o->has_budget = true;
		return -1;
	case OPT_PATH:
		o->path = value;
		return -1;
	case OPT_HTML:
		if (!*value)
			return cli_usage_error(&dump_program, "empty file name for --html");
		o->html = value;
		return -1;
	default:
		return add_device(o, value);
	}
}

static int apply(struct dump_options *o, const char *argv0, int code, const char *value)
{
	switch (code) {
	case 'V':
		cli_print_version(&dump_program);
		return DUMP_OK;
	case 'h':
		cli_print_help(&dump_program, argv0, stdout);
		return DUMP_OK;
	case '?':
		return DUMP_USAGE;
	case 's':
		o->super = true;
		break;
	case 'S':
		o->stats = true;
		break;
	case 'e':
		o->extents = true;
		break;
	case OPT_LS:
		o->list = true;
		break;
	case OPT_CAT:
		o->cat = true;
		break;
	case OPT_BLKID_UDEV:
		o->udev = true;
		break;
	case OPT_ISHARE:
		o->ishare = true;
		break;
	case OPT_ISHARE_GROUPS:
		o->groups = true;
		break;
	case OPT_ISHARE_DIFF:
		o->diff = true;
		break;
	case OPT_MARKDOWN:
		o->markdown = true;
		break;
	case OPT_JSON:
		o->json = true;
		break;
	case OPT_CSV:
		o->csv = true;
		break;
	case OPT_QUIET:
		o->quiet = true;
		break;
	default:
		return apply_value(o, code, value);
	}
	return -1;
}

static int check_operands(const struct dump_options *o)
{
	if (!o->operand_count)
		return cli_usage_error(&dump_program, "missing argument: IMAGE");
	if (o->diff && o->operand_count < 2)
		return cli_usage_error(&dump_program, "--ishare-diff needs two or more images: OLD... NEW");
	if (o->operand_count > 1 && !o->groups && !o->diff)
		return cli_usage_error(&dump_program, "unexpected argument: %s", o->operands[1]);
	if ((o->groups || o->diff) && o->image.device_count)
		return cli_usage_error(&dump_program, "%s reads no extra devices",
			o->groups ? "--ishare-groups" : "--ishare-diff");
	return -1;
}

/* Combinations that make no sense. */
static int validate(struct dump_options *o)
{
	bool inode = o->by_nid || o->path;
	bool ordinary = o->super || o->stats || inode;
	int alone = o->udev + o->ishare + o->groups + o->diff;

	if (o->cat && (o->super || o->stats || o->list || alone))
		return cli_usage_error(&dump_program,
			"The '--cat' flag is incompatible with '-S', '-s', '--ls' and reports.");
	if ((o->extents || o->cat) && !inode)
		return cli_usage_error(&dump_program, "%s needs --nid or --path",
			o->cat ? "--cat" : "-e");
	if (alone > 1 || (ordinary && alone))
		return cli_usage_error(&dump_program,
			"--blkid-udev, --ishare, --ishare-groups and --ishare-diff stand alone");
	if (o->json && (o->cat || o->udev || o->csv))
		return cli_usage_error(&dump_program, "--json does not go with %s",
			o->cat ? "--cat" : o->udev ? "--blkid-udev" : "--csv");
	if ((o->csv || o->html) && !o->groups)
		return cli_usage_error(&dump_program, "%s needs --ishare-groups",
			o->csv ? "--csv" : "--html");
	if ((o->markdown || o->has_budget) && !o->diff)
		return cli_usage_error(&dump_program, "%s needs --ishare-diff",
			o->markdown ? "--markdown" : "--max-unshared");
	if (o->json && o->markdown)
		return cli_usage_error(&dump_program, "--json does not go with --markdown");
	if (!ordinary && !alone)
		o->super = true;
	return check_operands(o);
}

int dump_options_parse(int argc, char **argv, struct dump_options *ret)
{
	struct dump_options *o = ret;
	struct cli_parser *parser;
	const char *value;
	int code, r = -1;

	memset(o, 0, sizeof(*o));
	o->top = DEFAULT_TOP;
	o->image.struct_size = sizeof(o->image);
	/* The checksum is for fsck.erofs: an image with a wrong one can still be looked at. */
	o->image.ignore_checksum = true;
	parser = cli_parser_new(&dump_program, argc, argv);
	if (!parser)
		return cli_out_of_memory();
	while (r < 0 && (code = cli_next(parser, &value)) != -1)
		r = apply(o, argv[0], code, value);
	if (r < 0) {
		o->operands = cli_operands(parser, &o->operand_count);
		r = validate(o);
	}
	cli_parser_free(parser);
	return r;
}

void dump_options_fini(struct dump_options *options)
{
	free(options->devices);
}
