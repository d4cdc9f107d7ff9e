/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a replay reads: everything, or the lines of a trace. */
#include "replay.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int add_item(struct replay *rp, const struct replay_item *item, uint64_t file_size)
{
	uint64_t left = item->offset < file_size ? file_size - item->offset : 0;
	uint64_t size = item->length < left ? item->length : left;

	if (rp->item_count == rp->item_capacity) {
		size_t capacity = rp->item_capacity ? 2 * rp->item_capacity : 1024;
		struct replay_item *grown = reallocarray(rp->items, capacity, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		rp->items = grown;
		rp->item_capacity = capacity;
	}
	rp->items[rp->item_count++] = *item;
	rp->total_bytes = size > UINT64_MAX - rp->total_bytes ? UINT64_MAX : rp->total_bytes + size;
	return 0;
}

/* ---- everything ---- */

struct listing {
	struct replay *rp;
	uint32_t image;
};

static int visit(void *user, const struct erofs_walk_entry *entry)
{
	struct listing *l = user;
	const struct replay_item item = { .image = l->image, .nid = entry->nid, .length = UINT64_MAX };

	if (!S_ISREG(entry->inode->mode) || !entry->inode->size_bytes)
		return EROFS_WALK_CONTINUE;
	return add_item(l->rp, &item, entry->inode->size_bytes);
}

static int list_image(struct replay *rp, uint32_t index)
{
	struct listing l = { .rp = rp, .image = index };
	const struct erofs_walk_visitor visitor = { .user = &l, .entry = visit };
	struct erofs_image *img = rp->images[index].img;
	struct erofs_reader *rd;
	int r;

	if (erofs_reader_new(img, &rd) < 0)
		return cli_out_of_memory();
	r = erofs_walk(rd, erofs_image_super(img)->root_nid, &visitor);
	erofs_reader_free(rd);
	if (r == -ENOMEM)
		return cli_out_of_memory();
	return r < 0 ? cli_error("%s: cannot read all directories: %s", rp->images[index].path,
			       strerror(-r)) :
		       READER_OK;
}

int replay_list_all(struct replay *rp)
{
	int status = READER_OK;

	for (uint32_t i = 0; status == READER_OK && i < rp->image_count; i++)
		status = list_image(rp, i);
	return status;
}

/* ---- a trace ---- */

struct trace {
	struct replay *rp;
	const char *name;
	FILE *in;
	uint64_t line;
	struct erofs_reader **readers; /* one per image, for look-ups */
};

static int trace_error(const struct trace *t, const char *what, const char *word)
{
	return cli_error("%s: line %" PRIu64 ": %s %s", t->name, t->line, what, word);
}

/* The next word of *@at, ended in place; NULL at the end of the line. */
static char *next_word(char **at)
{
	char *word = *at + strspn(*at, " \t\r\n"), *end = word + strcspn(word, " \t\r\n");

	if (!*word)
		return NULL;
	*at = *end ? end + 1 : end;
	*end = '\0';
	return word;
}

/* \xHH stands for a byte, so that a path may hold blanks. In place; false for another backslash. */
static bool unescape(char *word)
{
	char *out = word;

	for (; *word; word++) {
		unsigned int byte;

		if (*word != '\\') {
			*out++ = *word;
			continue;
		}
		if (word[1] != 'x' || !isxdigit((unsigned char)word[2]) ||
		    !isxdigit((unsigned char)word[3]) || sscanf(word + 2, "%2x", &byte) != 1 || !byte)
			return false;
		*out++ = (char)byte;
		word += 3;
	}
	*out = '\0';
	return true;
}

/* An image is named as on the command line, or by its number there, from 0. */
static bool find_image(const struct replay *rp, const char *word, uint32_t *ret)
{
	uint64_t number;

	for (uint32_t i = 0; i < rp->image_count; i++) {
		if (strcmp(rp->images[i].path, word))
			continue;
		*ret = i;
		return true;
	}
	if (!cli_parse_u64(word, &number) || number >= rp->image_count)
		return false;
	*ret = (uint32_t)number;
	return true;
}

static int find_file(struct trace *t, const char *path, struct replay_item *item, uint64_t *ret_size)
{
	struct erofs_reader *rd = t->readers[item->image];
	struct erofs_inode inode;
	int r = erofs_path_lookup(rd, path, &item->nid);

	if (r == 0)
		r = erofs_inode_read(rd, item->nid, &inode);
	if (r < 0)
		return trace_error(t, strerror(-r), path);
	if (!S_ISREG(inode.mode))
		return trace_error(t, "not a regular file:", path);
	*ret_size = inode.size_bytes;
	return READER_OK;
}

/* IMAGE PATH [OFFSET LENGTH]. @ret_path is part of the line. */
static int parse_line(struct trace *t, char *at, struct replay_item *ret, const char **ret_path)
{
	char *image = next_word(&at), *path = next_word(&at), *offset = next_word(&at);
	char *length = offset ? next_word(&at) : NULL;

	if (!path || (offset && !length) || next_word(&at))
		return trace_error(t, "expected IMAGE PATH [OFFSET LENGTH] at", image);
	if (!unescape(image) || !unescape(path))
		return trace_error(t, "a backslash that is not \\xHH in", path);
	if (!find_image(t->rp, image, &ret->image))
		return trace_error(t, "no such image:", image);
	if (offset && (!*offset || !cli_parse_u64(offset, &ret->offset)))
		return trace_error(t, "invalid offset", offset);
	if (length && (!*length || !cli_parse_u64(length, &ret->length)))
		return trace_error(t, "invalid length", length);
	*ret_path = path;
	return READER_OK;
}

static int add_line(struct trace *t, char *line)
{
	struct replay_item item = { .length = UINT64_MAX };
	const char *path = NULL;
	uint64_t size = 0;
	int status;

	if (!line[strspn(line, " \t\r\n")] || line[strspn(line, " \t")] == '#')
		return READER_OK;
	status = parse_line(t, line, &item, &path);
	if (status == READER_OK)
		status = find_file(t, path, &item, &size);
	if (status != READER_OK)
		return status;
	return add_item(t->rp, &item, size) < 0 ? cli_out_of_memory() : READER_OK;
}

static int read_lines(struct trace *t)
{
	char *line = NULL;
	size_t capacity = 0;
	int status = READER_OK;
	ssize_t n;

	errno = 0;
	while (status == READER_OK && (n = getline(&line, &capacity, t->in)) >= 0) {
		t->line++;
		status = strlen(line) == (size_t)n ? add_line(t, line) :
						     trace_error(t, "a NUL byte after", line);
	}
	if (status == READER_OK && ferror(t->in))
		status = cli_error("%s: cannot read: %s", t->name, strerror(errno));
	free(line);
	return status;
}

static int open_readers(struct trace *t)
{
	t->readers = calloc(t->rp->image_count, sizeof(struct erofs_reader *));
	if (!t->readers)
		return cli_out_of_memory();
	for (uint32_t i = 0; i < t->rp->image_count; i++)
		if (erofs_reader_new(t->rp->images[i].img, &t->readers[i]) < 0)
			return cli_out_of_memory();
	return READER_OK;
}

int replay_list_trace(struct replay *rp)
{
	bool is_stdin = !strcmp(rp->options->trace, "-");
	struct trace t = { .rp = rp, .name = is_stdin ? "standard input" : rp->options->trace };
	int status;

	t.in = is_stdin ? stdin : fopen(rp->options->trace, "re");
	if (!t.in)
		return cli_error("%s: cannot open: %s", t.name, strerror(errno));
	status = open_readers(&t);
	if (status == READER_OK)
		status = read_lines(&t);
	for (uint32_t i = 0; t.readers && i < rp->image_count; i++)
		erofs_reader_free(t.readers[i]);
	free(t.readers);
	if (!is_stdin)
		fclose(t.in);
	return status;
}
