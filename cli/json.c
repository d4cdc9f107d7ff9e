/* SPDX-License-Identifier: GPL-2.0-or-later */
/* JSON through json-c. The outer two levels are written as they are opened; what lies below is built as
 * a json-c value, printed when complete and forgotten. */
#include "cli/json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <json-c/json.h>
#include "cli/cli.h"

#define STREAMED_LEVELS 2
#define MAX_DEPTH 8

struct level {
	const char *key;	    /* of this container in its parent, NULL in an array */
	struct json_object *value;  /* NULL for a streamed level */
	bool array;
	bool used;		    /* streamed levels: something stands in it already */
};

struct cli_json {
	FILE *out;
	int error;
	unsigned int depth;
	struct level levels[MAX_DEPTH];
};

struct cli_json *cli_json_new(FILE *out)
{
	struct cli_json *j = calloc(1, sizeof(*j));

	if (!j) {
		cli_out_of_memory();
		return NULL;
	}
	j->out = out;
	return j;
}

/* The comma, line break and key in front of a value of the innermost, streamed level. */
static void begin_value(struct cli_json *j, const char *key)
{
	struct level *l;

	if (!j->depth)
		return;
	l = &j->levels[j->depth - 1];
	fputs(l->used ? ",\n" : j->depth > 1 ? "\n" : "", j->out);
	l->used = true;
	if (key)
		fprintf(j->out, "\"%s\":", key);
}

static void print_value(struct cli_json *j, struct json_object *value)
{
	size_t n;
	const char *text = json_object_to_json_string_length(value,
		JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &n);

	if (text)
		fwrite(text, 1, n, j->out);
	else
		j->error = -ENOMEM;
}

/* Puts @value, whose ownership comes along, into the innermost container. */
static void add(struct cli_json *j, const char *key, struct json_object *value)
{
	struct level *l = &j->levels[j->depth - 1];
	int failed;

	if (j->depth <= STREAMED_LEVELS) {
		begin_value(j, key);
		print_value(j, value);
		json_object_put(value);
		return;
	}
	failed = l->array ? json_object_array_add(l->value, value) :
			    json_object_object_add_ex(l->value, key, value,
				    JSON_C_OBJECT_ADD_CONSTANT_KEY);
	if (failed) {
		json_object_put(value);
		j->error = -ENOMEM;
	}
}

static void add_or_fail(struct cli_json *j, const char *key, struct json_object *value)
{
	if (value)
		add(j, key, value);
	else
		j->error = -ENOMEM;
}

static void open_container(struct cli_json *j, const char *key, bool array)
{
	struct level *l;

	if (!j || j->error)
		return;
	if (j->depth == MAX_DEPTH) {
		j->error = -EOVERFLOW;
		return;
	}
	l = &j->levels[j->depth];
	*l = (struct level){ .key = key, .array = array };
	if (j->depth < STREAMED_LEVELS) {
		begin_value(j, key);
		fputc(array ? '[' : '{', j->out);
	} else {
		l->value = array ? json_object_new_array() : json_object_new_object();
		if (!l->value) {
			j->error = -ENOMEM;
			return;
		}
	}
	j->depth++;
}

void cli_json_open_object(struct cli_json *j, const char *key)
{
	open_container(j, key, false);
}

void cli_json_open_array(struct cli_json *j, const char *key)
{
	open_container(j, key, true);
}

void cli_json_close(struct cli_json *j)
{
	struct level *l;

	if (!j || j->error)
		return;
	l = &j->levels[--j->depth];
	if (j->depth < STREAMED_LEVELS) {
		fputc(l->array ? ']' : '}', j->out);
		return;
	}
	add(j, l->key, l->value);
	l->value = NULL;
}

/* A json-c serializer for strings that hold what must not reach a terminal, or is not UTF-8. */
static int print_escaped(struct json_object *value, struct printbuf *buffer, int level, int flags)
{
	const char *s = json_object_get_string(value);
	size_t room = (size_t)json_object_get_string_len(value);
	char escape[8];

	(void)level;
	(void)flags;
	printbuf_memappend(buffer, "\"", 1);
	while (room) {
		uint32_t code;
		size_t n = erofs_text_decode(s, room, &code);

		if (n && erofs_text_printable(code) && code != '"' && code != '\\') {
			printbuf_memappend(buffer, s, (int)n);
		} else {
			/* Bytes from 0x80 on are the lone surrogates of "surrogateescape". */
			if (!n)
				code = 0xdc00u + (unsigned char)*s;
			n = n ? n : 1;
			snprintf(escape, sizeof(escape), "\\u%04x", code & 0xffff);
			printbuf_memappend(buffer, escape, 6);
		}
		s += n;
		room -= n;
	}
	return printbuf_memappend(buffer, "\"", 1);
}

static bool is_printable(const char *bytes, size_t count)
{
	for (size_t i = 0, n; i < count; i += n) {
		uint32_t code;

		n = erofs_text_decode(bytes + i, count - i, &code);
		if (!n || !erofs_text_printable(code))
			return false;
	}
	return true;
}

void cli_json_bytes(struct cli_json *j, const char *key, const char *bytes, size_t count)
{
	struct json_object *value;

	if (!j || j->error)
		return;
	if (count > INT32_MAX) {
		j->error = -EOVERFLOW;
		return;
	}
	value = json_object_new_string_len(bytes, (int)count);
	if (value && !is_printable(bytes, count))
		json_object_set_serializer(value, print_escaped, NULL, NULL);
	add_or_fail(j, key, value);
}

void cli_json_text(struct cli_json *j, const char *key, const char *bytes)
{
	if (bytes)
		cli_json_bytes(j, key, bytes, strlen(bytes));
	else if (j && !j->error)
		add(j, key, NULL); /* json-c's null is the null pointer */
}

void cli_json_u64(struct cli_json *j, const char *key, uint64_t value)
{
	if (j && !j->error)
		add_or_fail(j, key, json_object_new_uint64(value));
}

void cli_json_i64(struct cli_json *j, const char *key, int64_t value)
{
	if (j && !j->error)
		add_or_fail(j, key, json_object_new_int64(value));
}

void cli_json_bool(struct cli_json *j, const char *key, bool value)
{
	if (j && !j->error)
		add_or_fail(j, key, json_object_new_boolean(value));
}

void cli_json_ratio(struct cli_json *j, const char *key, double value)
{
	char text[64];

	if (!j || j->error)
		return;
	snprintf(text, sizeof(text), "%.6f", value);
	add_or_fail(j, key, json_object_new_double_s(value, text));
}

int cli_json_finish(struct cli_json *j)
{
	int r;

	if (!j)
		return -ENOMEM;
	for (unsigned int i = 0; i < j->depth; i++)
		json_object_put(j->levels[i].value);
	fputc('\n', j->out);
	r = j->error ? j->error : ferror(j->out) ? -EIO : 0;
	free(j);
	return r;
}
