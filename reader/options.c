/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line of read.erofs. One table serves all commands; options that a command has no use for
 * are usage errors. */
#include "options.h"

#include <stdlib.h>
#include <string.h>

#define MAX_THREADS 1024u

static const struct cli_option table[] = {
	{ 'V', 'V', "version", CLI_NONE, NULL, "print the version and exit" },
	{ 'h', 'h', "help", CLI_NONE, NULL, "print this help and exit" },
	{ OPT_DEVICE, 0, "device", CLI_REQUIRED, "X",
	  "an extra device; repeat in the order of images and their tables" },
	{ OPT_OFFSET, 0, "offset", CLI_REQUIRED, "#", "skip # bytes at the beginning of each IMAGE" },
	{ OPT_QUIET, 0, "quiet", CLI_NONE, NULL, "no progress, no warnings" },
	{ OPT_RULES, 0, "rules", CLI_REQUIRED, "X",
	  "replay, mount: share as Linux 7.2 (default), 7.0, or the seed" },
	{ OPT_DOMAIN_ID, 0, "domain-id", CLI_REQUIRED, "ID",
	  "replay, mount: the sharing domain; repeat for each image, the last one holds for the rest" },
	{ OPT_CACHE_SIZE, 0, "cache-size", CLI_REQUIRED, "SIZE",
	  "replay, mount: bound of the shared cache (default: 64M for mount; 0, none, for replay)" },
	{ OPT_THREADS, 0, "threads", CLI_REQUIRED, "N", "replay: read with N threads (default: all)" },
	{ OPT_TRACE, 0, "trace", CLI_REQUIRED, "FILE",
	  "replay: read what FILE lists, not everything" },
	{ OPT_SENDFILE, 0, "sendfile", CLI_NONE, NULL, "replay: read as sendfile(2) does" },
	{ OPT_VERIFY, 0, "verify", CLI_NONE, NULL,
	  "replay: share only what proved its fingerprint (default)" },
	{ OPT_NO_VERIFY, 0, "no-verify", CLI_NONE, NULL,
	  "replay: believe fingerprints, as the kernel does" },
	{ OPT_JSON, 0, "json", CLI_NONE, NULL, "replay: print one JSON object instead of text" },
	{ 'f', 'f', NULL, CLI_NONE, NULL, "mount: stay in the foreground" },
	{ 's', 's', NULL, CLI_NONE, NULL, "mount: one thread only" },
	{ 'd', 'd', NULL, CLI_NONE, NULL, "mount: show every request; implies -f" },
	{ 'o', 'o', NULL, CLI_REQUIRED, "OPT[,OPT]",
	  "mount: options for libfuse and the kernel, as allow_other, fsname=" },
};

const struct cli_program reader_program = {
	.name = "read.erofs",
	.usage = "[OPTIONS] COMMAND IMAGE...",
	.about = "Read EROFS images in userspace. Commands:\n"
		 "  cat IMAGE PATH...  write the content of files to standard output\n"
		 "  replay IMAGE...    read all files of all images through one shared page cache\n"
		 "                     and each for itself, compare, and tell what sharing saves\n"
		 "  mount IMAGE... MOUNTPOINT\n"
		 "                     mount an image with FUSE, or several as directories",
	.options = table,
	.option_count = sizeof(table) / sizeof(table[0]),
	.usage_status = READER_USAGE,
};

#define ROWS (sizeof(table) / sizeof(table[0]))

static int append(const char ***list, size_t *count, const char *value)
{
	const char **grown = realloc(*list, (*count + 1) * sizeof(*grown));

	if (!grown)
		return cli_out_of_memory();
	grown[(*count)++] = value;
	*list = grown;
	return -1;
}

static int apply_rules(struct reader_options *o, const char *value)
{
	static const struct {
		const char *name;
		enum erofs_domain_rules rules;
	} rules[] = {
		{ "7.2", EROFS_DOMAIN_RULES_7_2 },
		{ "7.0", EROFS_DOMAIN_RULES_7_0 },
		{ "seed", EROFS_DOMAIN_RULES_SEED },
	};

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		if (strcmp(rules[i].name, value))
			continue;
		o->rules = rules[i].rules;
		return -1;
	}
	return cli_usage_error(o->program, "unknown sharing rules %s", value);
}

static int apply_value(struct reader_options *o, int code, const char *value)
{
	switch (code) {
	case OPT_DEVICE:
		return append(&o->devices, &o->device_count, value);
	case OPT_OFFSET:
		if (!cli_parse_u64(value, &o->image.offset_bytes))
			return cli_usage_error(o->program, "invalid disk offset %s", value);
		return -1;
	case OPT_RULES:
		return apply_rules(o, value);
	case OPT_DOMAIN_ID:
		/* mount(2) refuses inode_share without a domain_id. The value is not repeated. */
		if (!*value)
			return cli_usage_error(o->program, "empty domain id");
		return append(&o->domain_ids, &o->domain_id_count, value);
	case OPT_CACHE_SIZE:
		if (!*value || !cli_parse_size(value, &o->cache_bytes))
			return cli_usage_error(o->program, "invalid cache size %s", value);
		o->cache_given = true;
		return -1;
	case OPT_DBGLEVEL:
		if (!cli_parse_debug_level(value, &o->level))
			return cli_usage_error(o->program, "invalid debug level %s", value);
		return -1;
	case 'o':
		/* libfuse would repeat what it does not know. */
		if (strstr(value, "domain_id="))
			return cli_usage_error(o->program, "-o takes no domain_id");
		return append(&o->fuse_options, &o->fuse_option_count, value);
	case OPT_THREADS:
		if (!cli_parse_u64(value, &o->threads) || !o->threads || o->threads > MAX_THREADS)
			return cli_usage_error(o->program, "invalid number of threads %s", value);
		return -1;
	default:
		o->trace = value;
		return -1;
	}
}

/* False for options that are no flags. */
static bool apply_flag(struct reader_options *o, int code)
{
	switch (code) {
	case OPT_QUIET:
		o->quiet = true;
		return true;
	case OPT_SENDFILE:
		o->sendfile = true;
		return true;
	case OPT_VERIFY:
	case OPT_NO_VERIFY:
		o->verify = code == OPT_VERIFY;
		return true;
	case OPT_JSON:
		o->json = true;
		return true;
	case 'f':
		o->foreground = true;
		/* Somebody may be looking. */
		o->level = o->level < 3 ? 3 : o->level;
		return true;
	case 's':
		o->single_thread = true;
		return true;
	case 'd':
		o->debug = true;
		o->level = 7;
		return true;
	default:
		return false;
	}
}

int options_apply(struct reader_options *options, const char *argv0, int code, const char *value)
{
	switch (code) {
	case 'V':
		cli_print_version(options->program);
		return READER_OK;
	case 'h':
		cli_print_help(options->program, argv0, stdout);
		return READER_OK;
	case '?':
		return options->program->usage_status;
	default:
		return apply_flag(options, code) ? -1 : apply_value(options, code, value);
	}
}

/* Whether @command has a use for an option. */
static bool has_meaning(int code, enum reader_command command)
{
	switch (code) {
	case 'V':
	case 'h':
	case '?':
	case OPT_DEVICE:
	case OPT_OFFSET:
	case OPT_QUIET:
		return true;
	case OPT_RULES:
	case OPT_DOMAIN_ID:
	case OPT_CACHE_SIZE:
		return command != READER_CAT;
	case 'f':
	case 's':
	case 'd':
	case 'o':
		return command == READER_MOUNT;
	default:
		return command == READER_REPLAY;
	}
}

static int check_given(const struct reader_options *o, const bool *given, const char *command)
{
	for (size_t i = 0; i < ROWS; i++) {
		if (!given[i] || has_meaning(table[i].code, o->command))
			continue;
		if (table[i].name)
			return cli_usage_error(o->program, "--%s has no meaning for %s", table[i].name,
				command);
		return cli_usage_error(o->program, "-%c has no meaning for %s", table[i].letter, command);
	}
	return -1;
}

void options_take_mount_point(struct reader_options *options, char **operands, int count)
{
	options->operands = operands;
	options->operand_count = count - 1;
	options->mountpoint = operands[count - 1];
}

static bool find_command(const char *name, enum reader_command *ret)
{
	static const char *const names[] = {
		[READER_CAT] = "cat", [READER_REPLAY] = "replay", [READER_MOUNT] = "mount"
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(names[i], name))
			continue;
		*ret = (enum reader_command)i;
		return true;
	}
	return false;
}

/* @given tells of each row of the table whether it was: the command may come last. */
static int validate(struct reader_options *o, const bool *given, char **operands, int count)
{
	int status;

	if (!count)
		return cli_usage_error(o->program, "missing argument: COMMAND");
	if (!find_command(operands[0], &o->command))
		return cli_usage_error(o->program, "unknown command %s", operands[0]);
	if (count < 2)
		return cli_usage_error(o->program, "missing argument: IMAGE");
	if (o->command == READER_CAT && count < 3)
		return cli_usage_error(o->program, "missing argument: PATH");
	if (o->command == READER_MOUNT && count < 3)
		return cli_usage_error(o->program, "missing argument: MOUNTPOINT");
	status = check_given(o, given, operands[0]);
	if (status >= 0)
		return status;
	o->operands = operands + 1;
	o->operand_count = count - 1;
	if (o->command == READER_MOUNT)
		options_take_mount_point(o, operands + 1, count - 1);
	return -1;
}

static void note_given(bool *given, int code)
{
	for (size_t i = 0; i < ROWS; i++)
		given[i] |= table[i].code == code;
}

static int parse(int argc, char **argv, struct reader_options *ret)
{
	struct cli_parser *parser = cli_parser_new(&reader_program, argc, argv);
	bool given[ROWS] = { false };
	const char *value;
	char **operands;
	int code, count, status = -1;

	if (!parser)
		return cli_out_of_memory();
	while (status < 0 && (code = cli_next(parser, &value)) != -1) {
		status = options_apply(ret, argv[0], code, value);
		note_given(given, code);
	}
	operands = cli_operands(parser, &count);
	if (status < 0)
		status = validate(ret, given, operands, count);
	cli_parser_free(parser);
	return status;
}

/* With what configure may have put around the name. */
static bool called_erofsfuse(const char *argv0)
{
	const char *slash = argv0 ? strrchr(argv0, '/') : NULL;

	return argv0 && strstr(slash ? slash + 1 : argv0, "erofsfuse");
}

int reader_options_parse(int argc, char **argv, struct reader_options *ret)
{
	*ret = (struct reader_options){
		.program = &reader_program,
		.image.struct_size = sizeof(ret->image),
		.level = 2,
		.verify = true,
	};
	return called_erofsfuse(argv[0]) ? erofsfuse_parse(argc, argv, ret) : parse(argc, argv, ret);
}

void reader_options_fini(struct reader_options *options)
{
	free(options->devices);
	free(options->domain_ids);
	free(options->fuse_options);
}
