/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One JSON document on a stream, for --json. Members are written as they come, so that a report about a
 * hundred thousand files needs no tree of it in memory. Raw bytes of names are safe: what is not UTF-8
 * becomes lone surrogates, U+DC80 for byte 0x80 and so on, which Python's "surrogateescape" and our
 * manifests read back as the same bytes.
 *
 * The document itself is an object or an array. No call fails: the first error is kept, everything after it
 * does nothing, and cli_json_finish tells.
 * All of them accept NULL. */
#ifndef EROFS_CLI_JSON_H
#define EROFS_CLI_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct cli_json;

/* NULL after a message on stderr: out of memory, or a build without json-c. */
struct cli_json *cli_json_new(FILE *out);

/* @key names the new value in the object that is open; NULL inside arrays and for the document itself.
 * Keys are literals: they are borrowed until the document is finished. */
void cli_json_open_object(struct cli_json *j, const char *key);
void cli_json_open_array(struct cli_json *j, const char *key);
void cli_json_close(struct cli_json *j); /* the innermost open object or array */

void cli_json_text(struct cli_json *j, const char *key, const char *bytes); /* NULL gives null */
void cli_json_bytes(struct cli_json *j, const char *key, const char *bytes, size_t count);
void cli_json_u64(struct cli_json *j, const char *key, uint64_t value);
void cli_json_i64(struct cli_json *j, const char *key, int64_t value);
void cli_json_bool(struct cli_json *j, const char *key, bool value);
void cli_json_ratio(struct cli_json *j, const char *key, double value); /* six decimals */

/* Ends the document with a newline and frees @j. 0, -ENOMEM, or -EIO when the stream failed. */
int cli_json_finish(struct cli_json *j);

#endif
