/* SPDX-License-Identifier: GPL-2.0-or-later */
/* -z: algorithms separated by colons, each with a level and other parameters separated by commas. */
#include "mkfs/options.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

void print_compressors(void)
{
	const char *name;

	printf("available compressors: ");
	for (unsigned int i = 0; (name = erofs_compressor_name(i)) != NULL; i++)
		printf("%s%s", i ? ", " : "", name);
	printf("\n");
}

void print_compressor_help(void)
{
	static const struct {
		const char *name, *parameters;
	} takes[] = {
		{ "lz4", "" },
		{ "lz4hc", "[,level=<0-12>]" },
		{ "lzma", "[,level=<0-9,100-109>][,dictsize=<dictsize>]" },
		{ "deflate", "[,level=<1-9>][,dictsize=<dictsize>]" },
		{ "libdeflate", "[,level=<0-12>]" },
		{ "zstd", "[,level=<-N-22>][,dictsize=<dictsize>]" },
	};
	const char *name;

	printf("Algorithms of this build:\n");
	for (unsigned int i = 0; (name = erofs_compressor_name(i)) != NULL; i++) {
		const char *parameters = "";

		for (size_t k = 0; k < sizeof(takes) / sizeof(takes[0]); k++)
			if (!strcmp(takes[k].name, name))
				parameters = takes[k].parameters;
		printf("%25s%s%s\n", "", name, parameters);
	}
}

static int invalid(const struct erofs_compression *c, const char *option)
{
	return cli_usage_error(&mkfs_program, "invalid compression option %s for %s", option, c->name);
}

static int set_level(struct erofs_compression *c, const char *text)
{
	int64_t level;

	if (!cli_parse_i64(text, &level) || level <= INT32_MIN || level > INT32_MAX)
		return cli_usage_error(&mkfs_program, "invalid compression level %s", text);
	c->level = (int)level;
	return MKFS_GO_ON;
}

static int set_dictionary(struct erofs_compression *c, const char *text)
{
	uint64_t bytes = 0;
	int status = parse_bytes(text, UINT32_MAX, "dictionary size", &bytes);

	c->dictionary_bytes = (uint32_t)bytes;
	return status;
}

static int set_lzma(struct erofs_compression *c, const char *option, const char *text)
{
	int32_t *const fields[] = { &c->lzma_lc, &c->lzma_lp, &c->lzma_pb };
	static const char *const names[] = { "lc=", "lp=", "pb=" };
	uint64_t number;

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (strncmp(option, names[i], 3) || strcmp(c->name, "lzma"))
			continue;
		if (!cli_parse_u64(text, &number) || number > 4)
			break;
		*fields[i] = (int32_t)number;
		return MKFS_GO_ON;
	}
	return invalid(c, option);
}

static int apply_parameter(struct erofs_compression *c, const char *option)
{
	const char *equals = strchr(option, '=');

	if (isdigit((unsigned char)*option))
		return set_level(c, option);
	if (!equals)
		return invalid(c, option);
	if (!strncmp(option, "level=", 6))
		return set_level(c, equals + 1);
	if (!strncmp(option, "dictsize=", 9))
		return set_dictionary(c, equals + 1);
	return set_lzma(c, option, equals + 1);
}

/* Cuts @text, which lives as long as the options do. */
static int apply_algorithm(struct erofs_compression *c, char *text)
{
	int status = MKFS_GO_ON;

	*c = (struct erofs_compression){ .name = strsep(&text, ","), .level = EROFS_LEVEL_DEFAULT,
		.lzma_lc = -1, .lzma_lp = -1, .lzma_pb = -1 };
	while (status == MKFS_GO_ON && text)
		status = apply_parameter(c, strsep(&text, ","));
	return status;
}

/* A copy of @value that mkfs_options_fini frees; NULL when out of memory. */
static char *keep_text(struct mkfs_options *options, const char *value)
{
	char **texts = realloc(options->texts, (options->text_count + 1) * sizeof(*texts));

	if (!texts)
		return NULL;
	options->texts = texts;
	texts[options->text_count] = strdup(value);
	return texts[options->text_count] ? texts[options->text_count++] : NULL;
}

int apply_compression(struct mkfs_options *options, const char *value)
{
	char *text = keep_text(options, value);
	int status = MKFS_GO_ON;

	if (!options->compressions)
		options->compressions = calloc(EROFS_COMPRESSIONS_MAX, sizeof(*options->compressions));
	if (!text || !options->compressions)
		return cli_out_of_memory();
	while (status == MKFS_GO_ON && *value && text) {
		if (options->compression_count == EROFS_COMPRESSIONS_MAX)
			return cli_usage_error(&mkfs_program, "more than %u algorithms", EROFS_COMPRESSIONS_MAX);
		status = apply_algorithm(&options->compressions[options->compression_count++],
			strsep(&text, ":"));
	}
	options->build.compressions = options->compressions;
	options->build.compression_count = options->compression_count;
	return status;
}

/* Size and algorithm are looked at when all options are known: -b, -C and -z may follow. */
int apply_metabox(struct mkfs_options *options, const char *value)
{
	options->metabox = value;
	return MKFS_GO_ON;
}

static int invalid_metabox(const struct mkfs_options *options)
{
	return cli_usage_error(&mkfs_program, "invalid metabox option %s", options->metabox);
}

/* A number is the place of an algorithm of -z, anything else an algorithm. */
static int choose_metabox_algorithm(struct mkfs_options *options, char *text)
{
	struct erofs_build_options *build = &options->build;
	uint64_t number;

	if (isdigit((unsigned char)*text)) {
		if (!cli_parse_u64(text, &number) || number >= options->compression_count)
			return invalid_metabox(options);
		build->metabox_compression = &options->compressions[number];
		return MKFS_GO_ON;
	}
	if (!*text || strchr(text, ':'))
		return invalid_metabox(options);
	build->metabox_compression = &options->metabox_compression;
	return apply_algorithm(&options->metabox_compression, text);
}

int validate_metabox(struct mkfs_options *options)
{
	struct erofs_build_options *build = &options->build;
	char *text, *size;
	uint64_t bytes;

	if (!options->metabox)
		return MKFS_GO_ON;
	text = keep_text(options, options->metabox);
	if (!text)
		return cli_out_of_memory();
	size = strsep(&text, ":");
	if (!cli_parse_size(size, &bytes) || !bytes || bytes > UINT32_MAX ||
	    bytes % options->block_size_bytes)
		return invalid_metabox(options);
	build->metabox_pcluster_bytes = (uint32_t)bytes;
	build->pcluster_bytes = (uint32_t)options->pcluster_bytes;
	return text ? choose_metabox_algorithm(options, text) : MKFS_GO_ON;
}

int apply_compress_hints(struct mkfs_options *options, const char *value)
{
	options->build.compress_hints = value;
	return MKFS_GO_ON;
}

/* The sign asks for extents at any byte, which is what 48bit makes of it. */
int apply_max_extent(struct mkfs_options *options, const char *value)
{
	uint64_t bytes;

	options->unaligned_extents = *value == '-';
	if (!cli_parse_size(value + options->unaligned_extents, &bytes) || bytes > INT32_MAX)
		return cli_usage_error(&mkfs_program, "invalid maximum compressed extent size %s", value);
	options->build.max_extent_bytes = (uint32_t)bytes;
	return MKFS_GO_ON;
}
