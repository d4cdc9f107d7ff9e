/* SPDX-License-Identifier: GPL-2.0-or-later */
/* getopt_long and --help from one table. */
#include "cli/cli.h"

#include <stdarg.h>
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
	p->shorts = calloc(2 * program->option_count + 1, 1);
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

int cli_next(struct cli_parser *parser, const char **ret_value)
{
	int c = getopt_long(parser->argc, parser->argv, parser->shorts, parser->longs, NULL);
	const struct cli_option *row;

	*ret_value = optarg;
	if (c == -1)
		return -1;
	if (c >= ROW_BASE)
		return parser->program->options[c - ROW_BASE].code;
	row = c == '?' ? NULL : row_of_letter(parser->program, c);
	if (row)
		return row->code;
	/* getopt has named the option; the hint is ours to add. */
	fprintf(stderr, "Try '%s --help' for more information.\n", parser->argv[0]);
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

int cli_usage_error(const struct cli_program *program, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "%s: ", program->name);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, "\nTry '%s --help' for more information.\n", program->name);
	return program->usage_status;
}
