/* SPDX-License-Identifier: GPL-2.0-or-later */
/* getopt_long and --help from one table. */
#include "cli/cli.h"

#include <stdlib.h>
#include <string.h>
#include <erofs/version.h>

struct cli_parser {
	const struct cli_program *program;
	int argc;
	char **argv;
	struct option *longs;
	char *shorts;
};

/* getopt_long reports a table row by this number plus its index, so that codes are free to be letters. */
#define ROW_BASE 0x10000

static int argument_kind(enum cli_argument argument)
{
	switch (argument) {
	case CLI_REQUIRED:
		return required_argument;
	case CLI_OPTIONAL:
		return optional_argument;
	default:
		return no_argument;
	}
}

static void fill_tables(struct cli_parser *p)
{
	char *s = p->shorts;
	size_t n = 0;

	*s++ = ':'; /* tells a missing argument from an unknown option, and getopt_long to be silent */
	for (size_t i = 0; i < p->program->option_count; i++) {
		const struct cli_option *o = &p->program->options[i];

		if (o->letter) {
			*s++ = o->letter;
			if (o->argument == CLI_REQUIRED)
				*s++ = ':';
		}
		if (o->name)
			p->longs[n++] = (struct option){ o->name, argument_kind(o->argument), NULL,
				ROW_BASE + (int)i };
	}
	*s = '\0';
}

struct cli_parser *cli_parser_new(const struct cli_program *program, int argc, char **argv)
{
	struct cli_parser *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->program = program;
	p->argc = argc;
	p->argv = argv;
	p->longs = calloc(program->option_count + 1, sizeof(*p->longs));
	p->shorts = calloc(2 * program->option_count + 2, 1);
	if (!p->longs || !p->shorts) {
		cli_parser_free(p);
		return NULL;
	}
	fill_tables(p);
	return p;
}

void cli_parser_free(struct cli_parser *parser)
{
	if (!parser)
		return;
	free(parser->longs);
	free(parser->shorts);
	free(parser);
}

static const struct cli_option *row_of_letter(const struct cli_program *program, int letter)
{
	for (size_t i = 0; i < program->option_count; i++)
		if (program->options[i].letter == letter)
			return &program->options[i];
	return NULL;
}

/* How many long options begin like @text, "--NAME" or "--NAME=VALUE". */
static unsigned int count_matches(const struct cli_program *program, const char *text)
{
	size_t length = strcspn(text, "=");
	unsigned int count = 0;

	for (size_t i = 0; i < program->option_count; i++) {
		const char *name = program->options[i].name;

		count += name && length > 2 && !strncmp(name, text + 2, length - 2);
	}
	return count;
}

/* What getopt_long would have said, had it been let: it prints whatever somebody put into @word. */
static void complain(const struct cli_program *program, int c, const char *word)
{
	int code = optopt;
	const char *name = code >= ROW_BASE ? program->options[code - ROW_BASE].name : NULL;

	if (!code)
		cli_usage_error(program, "%s option '%.*s'", count_matches(program, word) > 1 ?
			"ambiguous" : "unrecognized", (int)strcspn(word, "="), word);
	else if (name && c == ':')
		cli_usage_error(program, "option '--%s' requires an argument", name);
	else if (name)
		cli_usage_error(program, "option '--%s' doesn't allow an argument", name);
	else if (c == ':')
		cli_usage_error(program, "option requires an argument -- '%c'", code);
	else
		cli_usage_error(program, "invalid option -- '%c'", code);
}

int cli_next(struct cli_parser *parser, const char **ret_value)
{
	int c = getopt_long(parser->argc, parser->argv, parser->shorts, parser->longs, NULL);
	const struct cli_option *row;

	*ret_value = optarg;
	if (c == -1)
		return -1;
	if (c >= ROW_BASE)
		return parser->program->options[c - ROW_BASE].code;
	row = c == '?' || c == ':' ? NULL : row_of_letter(parser->program, c);
	if (row)
		return row->code;
	complain(parser->program, c, parser->argv[optind - 1]);
	return '?';
}

char **cli_operands(struct cli_parser *parser, int *ret_count)
{
	*ret_count = parser->argc - optind;
	return parser->argv + optind;
}

#define HELP_COLUMN 25
#define HELP_WIDTH 80

/* Prints @text from column HELP_COLUMN on, breaking at spaces and at its own newlines. */
static void print_wrapped(const char *text, FILE *out)
{
	while (*text) {
		size_t room = HELP_WIDTH - HELP_COLUMN - 1;
		size_t n = strcspn(text, "\n");

		if (n > room) {
			n = room;
			while (n && text[n] != ' ')
				n--;
			if (!n)
				n = strcspn(text, " \n");
		}
		fprintf(out, "%.*s\n", (int)n, text);
		text += n;
		if (*text)
			text++;
		if (*text)
			fprintf(out, "%*s", HELP_COLUMN, "");
	}
}

/* " -b BYTES", " --name=VALUE", " -p, --print", " --name[=VALUE]". */
static int print_option(const struct cli_option *o, FILE *out)
{
	int n = fprintf(out, " ");

	if (o->letter)
		n += fprintf(out, "-%c%s", o->letter, o->name ? ", " : "");
	if (o->name)
		n += fprintf(out, "--%s", o->name);
	if (o->argument == CLI_REQUIRED)
		n += fprintf(out, "%c%s", o->name ? '=' : ' ', o->metavar);
	else if (o->argument == CLI_OPTIONAL)
		n += fprintf(out, "[=%s]", o->metavar);
	return n;
}

void cli_print_help(const struct cli_program *program, const char *argv0, FILE *out)
{
	fprintf(out, "Usage: %s %s\n", argv0, program->usage);
	if (program->about)
		fprintf(out, "%s\n", program->about);
	fprintf(out, "\nOptions:\n");
	for (size_t i = 0; i < program->option_count; i++) {
		const struct cli_option *o = &program->options[i];
		int n;

		if (!o->help)
			continue;
		n = print_option(o, out);
		if (n + 1 > HELP_COLUMN)
			fprintf(out, "\n%*s", HELP_COLUMN, "");
		else
			fprintf(out, "%*s", HELP_COLUMN - n, "");
		print_wrapped(o->help, out);
	}
	if (program->epilogue)
		fprintf(out, "\n%s", program->epilogue);
}

void cli_print_version(const struct cli_program *program)
{
	printf("%s (erofs-ishare) %s\n", program->name, erofs_version());
}
