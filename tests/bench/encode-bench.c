/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Speed and size of the encoders over the files of a tree:
 *
 *     encode-bench [-e EVERY] [-d] TREE KIND[,LEVEL][@PCLUSTER]...
 *
 * EVERY takes one file in so many. -d decodes everything and compares. Only files above 4 KiB count, as
 * pclusters from their start, without tail packing; a pcluster costs whole blocks, what does not
 * gain is plain, and a file never costs more than it is long. The time is that of the CPU in the
 * encoder alone. */
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include "base/math.h"
#include "codec/codec.h"
#include "codec/encoder.h"

#define BLOCK 4096u
#define LARGE_FILE ((size_t)1 << 20)	/* of these, EVERY takes a part of each */
#define SEGMENT ((size_t)4 << 20)

struct file {
	uint8_t *data;
	size_t size;
};

/* nftw has no argument for its callback. */
static struct file *files;
static size_t file_count, file_room, total_bytes, every = 1, seen;
static int decodes;

static double cpu_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void *must(void *p)
{
	if (!p) {
		perror("encode-bench");
		exit(1);
	}
	return p;
}

static void load_file(const char *path, size_t size)
{
	FILE *f = fopen(path, "rb");
	struct file file = { must(malloc(size)), 0 };

	if (f) {
		file.size = fread(file.data, 1, size, f);
		fclose(f);
	}
	if (file_count == file_room) {
		file_room = file_room ? 2 * file_room : 1024;
		files = must(realloc(files, file_room * sizeof(*files)));
	}
	files[file_count++] = file;
	total_bytes += file.size;
}

static int visit(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	size_t size = (size_t)st->st_size;

	(void)ftw;
	if (type != FTW_F || !S_ISREG(st->st_mode) || size <= BLOCK)
		return 0;
	if (size >= LARGE_FILE)
		load_file(path, size / every);
	else if (seen++ % every == 0)
		load_file(path, size);
	return 0;
}

static int by_size(const void *a, const void *b)
{
	const struct file *x = a, *y = b;

	return x->size < y->size ? -1 : x->size > y->size;
}

/* A codec under test. */
struct bench {
	struct erofs_encoder_options options;
	struct erofs_encoder *encoder;
	const struct erofs_codec *codec;
	void *decoder;
	uint8_t *out, *back;
	size_t clusters, compressed_bytes, compressed_size;
};

static void check(struct bench *b, const uint8_t *in, size_t consumed, size_t produced)
{
	struct erofs_span stream = { b->out, produced };

	if (b->codec->decode(b->decoder, stream, b->back, consumed, false) == 0 &&
	    memcmp(b->back, in, consumed) == 0)
		return;
	fprintf(stderr, "encode-bench: %zu bytes do not come back from %zu\n", consumed, produced);
	exit(1);
}

/* Returns the size of the pclusters of a segment. */
static size_t encode(struct bench *b, const uint8_t *in, size_t size, double *time)
{
	size_t pcluster = b->options.max_pcluster_bytes, total = 0;
	double start = cpu_seconds();

	erofs_encoder_reset(b->encoder);
	for (size_t pos = 0, n, produced; pos < size; pos += n) {
		if (erofs_encoder_fill(b->encoder, (struct erofs_span){ in + pos, size - pos }, b->out, pcluster, &n,
			    &produced) < 0)
			exit(1);
		if (erofs_round_up(produced, BLOCK) >= n) {
			n = size - pos < pcluster ? size - pos : pcluster;
			total += erofs_round_up(n, BLOCK);
			continue;
		}
		b->clusters++;
		b->compressed_bytes += n;
		b->compressed_size += produced;
		total += erofs_round_up(produced, BLOCK);
		if (decodes) {
			*time += cpu_seconds() - start;
			check(b, in + pos, n, produced);
			start = cpu_seconds();
		}
	}
	*time += cpu_seconds() - start;
	return total;
}

static void run(struct bench *b, const char *name)
{
	size_t total = 0;
	double time = 0;

	for (size_t i = 0; i < file_count; i++) {
		size_t flat = erofs_round_up(files[i].size, BLOCK), size = 0;

		for (size_t pos = 0; pos < files[i].size; pos += SEGMENT) {
			size_t left = files[i].size - pos;

			size += encode(b, files[i].data + pos, left < SEGMENT ? left : SEGMENT, &time);
		}
		total += size < flat ? size : flat;
	}
	printf("%-22s %8.2f s %8.1f MB/s %12zu bytes  filled %.3f%%  ratio %.4f\n", name, time,
		(double)total_bytes / time / 1e6, total,
		100.0 * (double)b->compressed_size / ((double)b->clusters * b->options.max_pcluster_bytes),
		(double)b->compressed_bytes / (double)b->compressed_size);
	fflush(stdout);
}

static int parse(const char *text, struct erofs_encoder_options *ret)
{
	const char *level = strchr(text, ','), *pcluster = strchr(text, '@');
	size_t length = strcspn(text, ",@");
	int kind = 0;

	while (erofs_encoder_name(kind) && (strlen(erofs_encoder_name(kind)) != length ||
			strncmp(erofs_encoder_name(kind), text, length) != 0))
		kind++;
	*ret = (struct erofs_encoder_options){
		.kind = kind,
		.level = level ? atoi(level + 1) : EROFS_ENCODER_LEVEL_DEFAULT,
		.max_pcluster_bytes = pcluster ? (uint32_t)strtoul(pcluster + 1, NULL, 0) : BLOCK,
		.lzma_lc = -1, .lzma_lp = -1, .lzma_pb = -1,
	};
	return erofs_encoder_options_complete(ret);
}

static int bench(const char *text)
{
	struct bench b = { .decoder = NULL };
	struct erofs_codec_config config;

	if (parse(text, &b.options) < 0 || erofs_encoder_new(&b.options, &b.encoder) < 0) {
		fprintf(stderr, "encode-bench: %s: not an encoder of this build\n", text);
		return 1;
	}
	b.codec = erofs_codec_get(erofs_encoder_algorithm(b.options.kind));
	config.lzma_dictionary_bytes = b.options.dictionary_bytes;
	config.zstd_window_bits = b.options.dictionary_bytes ?
		31u - (unsigned int)__builtin_clz(b.options.dictionary_bytes) : 0;
	if (decodes && (!b.codec || (b.codec->open && b.codec->open(&config, &b.decoder) < 0)))
		return 1;
	b.out = must(malloc(b.options.max_pcluster_bytes));
	b.back = must(malloc(EROFS_MAX_DECODED_SIZE));
	run(&b, text);
	if (b.decoder)
		b.codec->close(b.decoder);
	free(b.out);
	free(b.back);
	erofs_encoder_free(b.encoder);
	return 0;
}

int main(int argc, char **argv)
{
	int r = 0;

	while (argc > 1 && argv[1][0] == '-') {
		if (strcmp(argv[1], "-d") == 0) {
			decodes = 1;
		} else if (strcmp(argv[1], "-e") == 0 && argc > 2 && atoi(argv[2]) > 0) {
			every = (size_t)atoi(argv[2]);
			argc--;
			argv++;
		}
		argc--;
		argv++;
	}
	if (argc < 3 || nftw(argv[1], visit, 64, FTW_PHYS) != 0 || file_count == 0) {
		fprintf(stderr, "usage: encode-bench [-e EVERY] [-d] TREE KIND[,LEVEL][@PCLUSTER]...\n");
		return 2;
	}
	/* The order of a directory is no two machines' same. */
	qsort(files, file_count, sizeof(*files), by_size);
	printf("%zu files, %zu bytes\n", file_count, total_bytes);
	for (int i = 2; i < argc; i++)
		r |= bench(argv[i]);
	return r;
}
