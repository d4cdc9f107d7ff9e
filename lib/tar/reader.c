/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* The way through an archive: headers that are about the next member are gathered until it comes. */
#include "tar/reader.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/report.h"
#include "tar/member.h"

/* All defaults together. */
#define GLOBAL_MAX_BYTES (1u << 20)

int erofs_tar_fail(const struct erofs_tar_reader *reader, int error, const char *format, ...)
{
	return erofs_fail_in(reader->report, error, format, "%s: byte %" PRIu64, reader->input->name,
		reader->header_at);
}

int erofs_tar_reader_new(struct erofs_input *input, bool headers_only, struct erofs_tar_reader **ret)
{
	struct erofs_tar_reader *reader = calloc(1, sizeof(*reader));

	if (!reader)
		return -ENOMEM;
	reader->input = input;
	reader->report = input->report;
	reader->headers_only = headers_only;
	*ret = reader;
	return 0;
}

void erofs_tar_reader_free(struct erofs_tar_reader *reader)
{
	if (!reader)
		return;
	for (size_t i = 0; i < reader->global_text_count; i++)
		free(reader->global_texts[i].bytes);
	free(reader->global_texts);
	free(reader->local.bytes);
	free(reader->long_name.bytes);
	free(reader->long_link.bytes);
	free(reader->label.bytes);
	free(reader->xattrs.list);
	free(reader->global_xattrs.list);
	free(reader->segments);
	free(reader);
}

const char *erofs_tar_label(const struct erofs_tar_reader *reader)
{
	return reader->label.used ? reader->label.bytes : NULL;
}

/* ---- data ---- */

static int fail_short(const struct erofs_tar_reader *reader, const char *where)
{
	return erofs_tar_fail(reader, -EUCLEAN, "the archive ends in %s", where);
}

static int skip_bytes(struct erofs_tar_reader *reader, uint64_t size, const char *where)
{
	int r = erofs_input_skip(reader->input, size);

	return r == -ENODATA ? fail_short(reader, where) : r;
}

static int skip_data(struct erofs_tar_reader *reader, uint64_t size)
{
	int r = skip_bytes(reader, size, "the data of a member");

	return r < 0 ? r : skip_bytes(reader, erofs_tar_padding(size), "the data of a member");
}

/* What is left of the last member. */
static int finish_member(struct erofs_tar_reader *reader)
{
	int r = skip_bytes(reader, reader->data_left, "the data of a member");

	reader->data_left = 0;
	if (r == 0)
		r = skip_bytes(reader, reader->padding, "the data of a member");
	reader->padding = 0;
	return r;
}

int erofs_tar_data(struct erofs_tar_reader *reader, uint64_t max, const uint8_t **ret,
	size_t *ret_size)
{
	uint64_t size = reader->data_left < max ? reader->data_left : max;
	int r = 0;

	*ret_size = 0;
	if (size)
		r = erofs_input_next(reader->input, size, ret, ret_size);
	if (r == 0 && size && !*ret_size)
		return fail_short(reader, "the data of a member");
	reader->data_left -= r < 0 ? 0 : *ret_size;
	return r;
}

/* Grows with what is there, not with what a header claims. */
static int add_text(struct tar_text *text, const void *bytes, size_t count)
{
	if (text->room - text->used <= count) {
		size_t room = 2 * text->room + count + 512;
		char *grown = realloc(text->bytes, room);

		if (!grown)
			return -ENOMEM;
		text->bytes = grown;
		text->room = room;
	}
	memcpy(text->bytes + text->used, bytes, count);
	text->used += count;
	text->bytes[text->used] = '\0';
	return 0;
}

/* Reads the data of a header into @text, with a NUL behind it. */
static int read_text(struct erofs_tar_reader *reader, uint64_t size, struct tar_text *text)
{
	int r = 0;

	text->used = 0;
	if (size > EROFS_TAR_RECORDS_MAX_BYTES)
		return erofs_tar_fail(reader, -EFBIG, "extended header of %" PRIu64
			" bytes, the limit is %u", size, EROFS_TAR_RECORDS_MAX_BYTES);
	while (r == 0 && text->used < size) {
		const uint8_t *bytes;
		size_t count;

		r = erofs_input_next(reader->input, size - text->used, &bytes, &count);
		if (r == 0 && !count)
			r = fail_short(reader, "an extended header");
		if (r == 0)
			r = add_text(text, bytes, count);
	}
	return r < 0 ? r : skip_bytes(reader, erofs_tar_padding(size), "an extended header");
}

/* ---- headers ---- */

/* Defaults point into their text, so each stays for as long as the reader. */
static int take_global(struct erofs_tar_reader *reader, uint64_t size)
{
	struct tar_text *texts;
	int r;

	reader->global_bytes += size;
	if (size > GLOBAL_MAX_BYTES || reader->global_bytes > GLOBAL_MAX_BYTES)
		return erofs_tar_fail(reader, -EFBIG, "global headers of more than %u bytes",
			GLOBAL_MAX_BYTES);
	texts = reallocarray(reader->global_texts, reader->global_text_count + 1, sizeof(*texts));
	if (!texts)
		return -ENOMEM;
	reader->global_texts = texts;
	texts += reader->global_text_count++;
	*texts = (struct tar_text){ NULL };
	r = read_text(reader, size, texts);
	return r < 0 ? r : erofs_tar_take_records(reader, texts, true);
}

static int take_local(struct erofs_tar_reader *reader, uint64_t size)
{
	int r = read_text(reader, size, &reader->local);

	reader->records = (struct tar_records){ NULL };
	reader->xattrs.count = 0;
	reader->segment_count = 0;
	return r < 0 ? r : erofs_tar_take_records(reader, &reader->local, false);
}

/* Long names end with their first NUL. */
static int take_long(struct erofs_tar_reader *reader, uint64_t size, struct tar_text *text)
{
	int r = read_text(reader, size, text);

	if (r == 0 && text->used)
		text->used = strlen(text->bytes);
	return r;
}

static int take_label(struct erofs_tar_reader *reader, const struct erofs_tar_header *header)
{
	reader->label.used = 0;
	return add_text(&reader->label, header->name, strlen(header->name));
}

/* 1 = @header is about another member, and was dealt with. */
static int take_header(struct erofs_tar_reader *reader, const struct erofs_tar_header *header)
{
	uint64_t size = (uint64_t)header->size;
	int r;

	switch (header->type) {
	case EROFS_TAR_PAX:
		r = take_local(reader, size);
		break;
	case EROFS_TAR_PAX_GLOBAL:
		r = take_global(reader, size);
		break;
	case EROFS_TAR_LONG_NAME:
		r = take_long(reader, size, &reader->long_name);
		break;
	case EROFS_TAR_LONG_LINK:
		r = take_long(reader, size, &reader->long_link);
		break;
	case EROFS_TAR_VOLUME:
		r = take_label(reader, header);
		if (r == 0)
			r = skip_data(reader, size);
		break;
	default:
		return 0;
	}
	return r < 0 ? r : 1;
}

static void forget_records(struct erofs_tar_reader *reader)
{
	reader->records = (struct tar_records){ NULL };
	reader->local.used = reader->long_name.used = reader->long_link.used = 0;
	reader->xattrs.count = 0;
	reader->segment_count = 0;
}

/* ---- the loop ---- */

static void warn(const struct erofs_tar_reader *reader, const char *text)
{
	erofs_say(reader->report, EROFS_LEVEL_WARNING, "%s: byte %" PRIu64 ": %s", reader->input->name,
		reader->header_at, text);
}

/* Two blocks of zeros end an archive; so does one at the end of the input. */
static int is_end(struct erofs_tar_reader *reader)
{
	static const uint8_t zeros[EROFS_TAR_BLOCK_BYTES];
	const uint8_t *block;
	int r = erofs_input_peek(reader->input, EROFS_TAR_BLOCK_BYTES, &block);

	if (r < 0)
		return r;
	if (!memcmp(block, zeros, (size_t)r))
		return 1;
	if (!reader->warned_of_zeros)
		warn(reader, "a block of zeros amid the archive");
	reader->warned_of_zeros = true;
	return 0;
}

static bool has_records(const struct erofs_tar_reader *reader)
{
	return reader->local.used || reader->long_name.used || reader->long_link.used;
}

/* The next block: 1, or 0 where the input ends. */
static int take_block(struct erofs_tar_reader *reader, uint8_t ret[EROFS_TAR_BLOCK_BYTES])
{
	const uint8_t *block;
	int r = erofs_input_peek(reader->input, EROFS_TAR_BLOCK_BYTES, &block);

	reader->header_at = reader->input->position;
	if (r < 0)
		return r;
	if (r == 0) {
		if (has_records(reader))
			return fail_short(reader, "front of a member");
		if (!reader->headers_only)
			warn(reader, "unexpected end of the archive");
		return 0;
	}
	if (r < (int)EROFS_TAR_BLOCK_BYTES)
		return fail_short(reader, "a header");
	memcpy(ret, block, EROFS_TAR_BLOCK_BYTES);
	erofs_input_take(reader->input, EROFS_TAR_BLOCK_BYTES);
	return 1;
}

static int check_verdict(const struct erofs_tar_reader *reader, enum erofs_tar_verdict verdict,
	const struct erofs_tar_header *header, const char *field)
{
	switch (verdict) {
	case EROFS_TAR_NO_MAGIC:
		return erofs_tar_fail(reader, -EUCLEAN, "invalid tar magic");
	case EROFS_TAR_BAD_CHECKSUM:
		return erofs_tar_fail(reader, -EUCLEAN, "invalid checksum");
	case EROFS_TAR_BAD_NUMBER:
		return erofs_tar_fail(reader, -EUCLEAN, "invalid number in the field %s", field);
	default:
		break;
	}
	if (header->size < 0)
		return erofs_tar_fail(reader, -EUCLEAN, "size of %" PRId64 " bytes", header->size);
	return 0;
}

/* A member of a type that only other programs know. */
static int pass_over(struct erofs_tar_reader *reader, const struct erofs_tar_header *header)
{
	char text[64];

	snprintf(text, sizeof(text), "member of unknown type 0x%02x left out", header->type);
	warn(reader, text);
	reader->data_left = reader->member.stored;
	return finish_member(reader);
}

enum { STEP_END = 0, STEP_MEMBER, STEP_ON };

/* One header. */
static int step(struct erofs_tar_reader *reader)
{
	enum erofs_tar_verdict verdict;
	const char *field = NULL;
	uint8_t block[EROFS_TAR_BLOCK_BYTES];
	struct erofs_tar_header *header = &reader->header;
	int r = take_block(reader, block);

	if (r <= 0)
		return r;
	verdict = erofs_tar_decode(block, header, &field);
	if (verdict == EROFS_TAR_ZERO) {
		r = is_end(reader);
		return r < 0 ? r : r ? STEP_END : STEP_ON;
	}
	r = check_verdict(reader, verdict, header, field);
	if (r == 0)
		r = take_header(reader, header);
	if (r != 0)
		return r < 0 ? r : STEP_ON;
	r = erofs_tar_build_member(reader, header, block);
	if (r < 0 || reader->member.mode & S_IFMT || reader->member.hard_link)
		return r < 0 ? r : STEP_MEMBER;
	r = pass_over(reader, header);
	forget_records(reader);
	return r < 0 ? r : STEP_ON;
}

int erofs_tar_next(struct erofs_tar_reader *reader, const struct erofs_tar_member **ret)
{
	int r = finish_member(reader);

	if (r < 0)
		return r;
	forget_records(reader);
	do
		r = step(reader);
	while (r == STEP_ON);
	if (r > 0)
		*ret = &reader->member;
	return r;
}
