/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the command-line programs share: one table per program yields getopt, --help and the test that
 * the man page lists every option; numbers; messages on stderr. */
#ifndef EROFS_CLI_H
#define EROFS_CLI_H

#include <getopt.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <erofs/report.h>
#include <erofs/text.h>

enum cli_argument {
	CLI_NONE = 0,
	CLI_REQUIRED,
	CLI_OPTIONAL, /* long options only, as --name=VALUE */
};

struct cli_option {
	int code;		/* what cli_next returns: an enumerator, or the short letter */
	char letter;		/* 0 = none */
	const char *name;	/* long name, NULL = none */
	enum cli_argument argument;
	const char *metavar;	/* "BYTES"; NULL with CLI_NONE */
	const char *help;	/* may have several lines; NULL = accepted but not shown */
};

struct cli_program {
	const char *name;	/* "mkfs.erofs" */
	const char *usage;	/* after the program name: "[OPTIONS] FILE SOURCE(s)" */
	const char *about;	/* a few lines under the usage line */
	const char *epilogue;	/* after the options, may be NULL */
	const struct cli_option *options;
	size_t option_count;
	int usage_status;	/* exit status of a usage error: 2, for fsck 16 */
};

struct cli_parser;

/* @argv is permuted by getopt_long: options may stand anywhere. NULL when out of memory. */
struct cli_parser *cli_parser_new(const struct cli_program *program, int argc, char **argv);
/* The code of the next option, -1 at the end (then operands start at cli_operands), or '?' after a
 * message on stderr for an unknown or incomplete one. @ret_value is its argument or NULL. */
int cli_next(struct cli_parser *parser, const char **ret_value);
char **cli_operands(struct cli_parser *parser, int *ret_count);
void cli_parser_free(struct cli_parser *parser);

/* --help on @out, fitting 80 columns. */
void cli_print_help(const struct cli_program *program, const char *argv0, FILE *out);
/* "PROGRAM (erofs-ishare) VERSION" on stdout. */
void cli_print_version(const struct cli_program *program);

/* Whole string, base 0 (0x.., 0..); empty reads as 0, as erofs-utils does. False when it is no number,
 * has anything behind it, or overflows. The _size form takes one of k K m M g G (powers of 1024). */
bool cli_parse_u64(const char *text, uint64_t *ret);
bool cli_parse_i64(const char *text, int64_t *ret);
bool cli_parse_size(const char *text, uint64_t *ret);

/* 0..9; false for anything else. */
bool cli_parse_debug_level(const char *text, int *ret);

/* A report that writes to stderr: "<E> erofs: text" and so on, in the order and for the levels that
 * erofs-utils' -d# shows (2 = warnings, 3 = infos, 7 = debug; errors always). Progress is drawn on
 * stderr only when it is a terminal and @progress. */
struct cli_reporter {
	struct erofs_report report;
	const char *tag;	/* "erofs" */
	int level;		/* -d#, default 2 */
	bool progress;
	bool drawn;		/* a progress line stands on the terminal */
	uint64_t shown;		/* last progress drawn, in permille */
};
void cli_reporter_init(struct cli_reporter *reporter);
/* Takes a progress line that is still drawn off the terminal: before results are printed. */
void cli_reporter_finish(struct cli_reporter *reporter);

/* Exit statuses; fsck.erofs has others for failures. */
enum { CLI_OK = 0, CLI_FAILED = 1 };

/* All of these write one line, made printable as a whole (erofs_text_escape): names go in as they are. */
/* Sends the line to @report. */
void cli_say(const struct erofs_report *report, enum erofs_level level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* The line itself on stdout. */
void cli_print(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* "<E> erofs: ..." on stderr in one piece, so that threads may use it; returns CLI_FAILED. */
int cli_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The same with "<W>". */
void cli_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The same for what another library has to say, which may end in a newline. */
void cli_relay(enum erofs_level level, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));
/* "PROGRAM: ...", for what concerns the call and not an image; returns CLI_FAILED. */
int cli_refuse(const struct cli_program *program, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* The same with the hint at --help on a second line; returns the program's usage status. */
int cli_usage_error(const struct cli_program *program, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
int cli_out_of_memory(void);
/* Says that standard output could not be written, with errno's reason if it has one; returns CLI_FAILED. */
int cli_write_error(void);
/* Before the end: what was printed must have arrived. @status, or CLI_FAILED after a message where it has
 * not and nothing has failed before. */
int cli_flush_stdout(int status);
/* A sink for erofs_data_stream: @size bytes, zeros when @bytes is NULL, to stdout. 0 or -EIO. */
int cli_write_piece(void *user, const void *bytes, uint64_t size);

/* 36 characters and a NUL. */
void cli_format_uuid(const uint8_t uuid[16], char ret[37]);
bool cli_parse_uuid(const char *text, uint8_t ret[16]);

#endif
