/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line of read.erofs. One table serves all commands; options that a command has no use for
 * are usage errors. */
#include "reader.h"

#include <stdlib.h>
#include <string.h>

enum {
	OPT_CACHE_SIZE = 0x100,
	OPT_DEVICE,
	OPT_DOMAIN_ID,
	OPT_JSON,
	OPT_NO_VERIFY,
	OPT_OFFSET,
	OPT_QUIET,
	OPT_RULES,
	OPT_SENDFILE,
	OPT_THREADS,
	OPT_TRACE,
	OPT_VERIFY,
};

#define MAX_THREADS 1024u

static const struct cli_option table[] = {
	{ 'V', 'V', "version", CLI_NONE, NULL, "print the version and exit" },
	{ 'h', 'h', "help", CLI_NONE, NULL, "print this help and exit" },
	{ OPT_DEVICE, 0, "device", CLI_REQUIRED, "X",
	  "an extra device; repeat in the order of images and their tables" },
	{ OPT_OFFSET, 0, "offset", CLI_REQUIRED, "#", "skip # bytes at the beginning of each IMAGE" },
	{ OPT_QUIET, 0, "quiet", CLI_NONE, NULL, "no progress, no warnings" },
	{ OPT_RULES, 0, "rules", CLI_REQUIRED, "X",
	  "replay: share as Linux 7.2 (default), 7.0, or the seed" },
	{ OPT_DOMAIN_ID, 0, "domain-id", CLI_REQUIRED, "ID",
	  "replay: the sharing domain; repeat for each image, the last one holds for the rest" },
	{ OPT_CACHE_SIZE, 0, "cache-size", CLI_REQUIRED, "SIZE",
	  "replay: bound of each page cache (default: 0, none)" },
	{ OPT_THREADS, 0, "threads", CLI_REQUIRED, "N", "replay: read with N threads (default: all)" },
	{ OPT_TRACE, 0, "trace", CLI_REQUIRED, "FILE",
	  "replay: read what FILE lists, not everything" },
	{ OPT_SENDFILE, 0, "sendfile", CLI_NONE, NULL, "replay: read as sendfile(2) does" },
	{ OPT_VERIFY, 0, "verify", CLI_NONE, NULL,
	  "replay: share only what proved its fingerprint (default)" },
	{ OPT_NO_VERIFY, 0, "no-verify", CLI_NONE, NULL,
	  "replay: believe fingerprints, as the kernel does" },
	{ OPT_JSON, 0, "json", CLI_NONE, NULL, "replay: print one JSON object instead of text" },
};

const struct cli_program reader_program = {
	.name = "read.erofs",
	.usage = "[OPTIONS] COMMAND IMAGE...",
	.about = "Read EROFS images without mounting them. Commands:\n"
		 "  cat IMAGE PATH...  write the content of files to standard output\n"
		 "  replay IMAGE...    read all files of all images through one shared page cache\n"
		 "                     and each for itself, compare, and tell what sharing saves",
	.options = table,
	.option_count = sizeof(table) / sizeof(table[0]),
	.usage_status = READER_USAGE,
};

/* What was said, to hold it against the command, which may come last. */
struct parse {
	struct reader_options *o;
	const char *replay_only; /* an option that only replay has; NULL = none was given */
};

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
	return cli_usage_error(&reader_program, "unknown sharing rules %s", value);
}

static int apply_value(struct reader_options *o, int code, const char *value)
{
	switch (code) {
	case OPT_DEVICE:
		return append(&o->devices, &o->device_count, value);
	case OPT_OFFSET:
		if (!cli_parse_u64(value, &o->image.offset_bytes))
			return cli_usage_error(&reader_program, "invalid disk offset %s", value);
		return -1;
	case OPT_RULES:
		return apply_rules(o, value);
	case OPT_DOMAIN_ID:
		/* mount(2) refuses inode_share without a domain_id. The value is not repeated. */
		if (!*value)
			return cli_usage_error(&reader_program, "empty domain id");
		return append(&o->domain_ids, &o->domain_id_count, value);
	case OPT_CACHE_SIZE:
		if (!*value || !cli_parse_size(value, &o->cache_bytes))
			return cli_usage_error(&reader_program, "invalid cache size %s", value);
		return -1;
	case OPT_THREADS:
		if (!cli_parse_u64(value, &o->threads) || !o->threads || o->threads > MAX_THREADS)
			return cli_usage_error(&reader_program, "invalid number of threads %s", value);
		return -1;
	default:
		o->trace = value;
		return -1;
	}
}

static int apply(struct reader_options *o, const char *argv0, int code, const char *value)
{
	switch (code) {
	case 'V':
		cli_print_version(&reader_program);
		return READER_OK;
	case 'h':
		cli_print_help(&reader_program, argv0, stdout);
		return READER_OK;
	case '?':
		return READER_USAGE;
	case OPT_QUIET:
		o->quiet = true;
		return -1;
	case OPT_SENDFILE:
		o->sendfile = true;
		return -1;
	case OPT_VERIFY:
	case OPT_NO_VERIFY:
		o->verify = code == OPT_VERIFY;
		return -1;
	case OPT_JSON:
		o->json = true;
		return -1;
	default:
		return apply_value(o, code, value);
	}
}

/* NULL for options that every command has. */
static const char *replay_only_name(int code)
{
	switch (code) {
	case 'V':
	case 'h':
	case '?':
	case OPT_DEVICE:
	case OPT_OFFSET:
	case OPT_QUIET:
		return NULL;
	default:
		break;
	}
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].code == code)
			return table[i].name;
	return NULL;
}

static int validate(const struct parse *p, char **operands, int count)
{
	struct reader_options *o = p->o;

	if (!count)
		return cli_usage_error(&reader_program, "missing argument: COMMAND");
	if (!strcmp(operands[0], "cat"))
		o->command = READER_CAT;
	else if (!strcmp(operands[0], "replay"))
		o->command = READER_REPLAY;
	else
		return cli_usage_error(&reader_program, "unknown command %s", operands[0]);
	if (count < 2)
		return cli_usage_error(&reader_program, "missing argument: IMAGE");
	if (o->command == READER_CAT && count < 3)
		return cli_usage_error(&reader_program, "missing argument: PATH");
	if (o->command == READER_CAT && p->replay_only)
		return cli_usage_error(&reader_program, "--%s has no meaning for cat", p->replay_only);
	o->operands = operands + 1;
	o->operand_count = count - 1;
	return -1;
}

int reader_options_parse(int argc, char **argv, struct reader_options *ret)
{
	struct parse p = { .o = ret };
	struct cli_parser *parser = cli_parser_new(&reader_program, argc, argv);
	const char *value;
	char **operands;
	int code, count, status = -1;

	*ret = (struct reader_options){
		.image.struct_size = sizeof(ret->image),
		.verify = true,
	};
	if (!parser)
		return cli_out_of_memory();
	while (status < 0 && (code = cli_next(parser, &value)) != -1) {
		status = apply(ret, argv[0], code, value);
		if (replay_only_name(code))
			p.replay_only = replay_only_name(code);
	}
	operands = cli_operands(parser, &count);
	if (status < 0)
		status = validate(&p, operands, count);
	cli_parser_free(parser);
	return status;
}

void reader_options_fini(struct reader_options *options)
{
	free(options->devices);
	free(options->domain_ids);
}
