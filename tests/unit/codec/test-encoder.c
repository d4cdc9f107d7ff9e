/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every encoder against the decoder of its algorithm: what a pcluster takes comes back, whatever the data,
 * the pcluster and the level. */
#include "codec/encoder.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "codec/codec.h"
#include "codec/incompressible.h"

#define GUARD 0x5a
#define GUARD_BYTES 64u
#define INPUT_BYTES ((size_t)200 << 10)
#define MAX_PCLUSTER ((size_t)1 << 20)

static const size_t pclusters[] = { 512, 4096, 16384, 65536, MAX_PCLUSTER };

/* An encoder, the decoder that its configuration record would give, and room for both. */
struct fixture {
	struct erofs_encoder_options options;
	struct erofs_encoder *encoder;
	const struct erofs_codec *codec;
	void *decoder;
	uint8_t *input, *out, *back;
};

static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 16;
}

static void make_zeros(uint8_t *data, size_t size)
{
	memset(data, 0, size);
}

static void make_random(uint8_t *data, size_t size)
{
	uint32_t seed = 1;

	for (size_t i = 0; i < size; i++)
		data[i] = (uint8_t)next_random(&seed);
}

/* Words of a vocabulary, the first ones more often. */
static void make_text(uint8_t *data, size_t size)
{
	uint32_t seed = 2;
	size_t i = 0;

	while (i < size) {
		uint32_t word = next_random(&seed) % 700 * (next_random(&seed) % 700) / 700;
		uint32_t letters = word * 2654435761u;

		for (uint32_t k = 0; k < 2 + word % 9 && i < size; k++, letters /= 23)
			data[i++] = (uint8_t)('a' + letters % 23);
		if (i < size)
			data[i++] = ' ';
	}
}

static void make_alternating(uint8_t *data, size_t size)
{
	make_random(data, size);
	for (size_t i = 0; i < size; i++)
		if (i / 3072 % 2)
			data[i] = 0;
}

/* Records with fields that count, as machine code and tables have. */
static void make_records(uint8_t *data, size_t size)
{
	uint32_t seed = 3;

	for (size_t i = 0; i < size; i++)
		data[i] = i % 16 < 4 ? (uint8_t)(i / 16 >> 8 * (i % 4)) :
			  i % 16 < 6 ? (uint8_t)next_random(&seed) :
				       (uint8_t)(i % 16 * 7);
}

static const struct {
	const char *name;
	void (*make)(uint8_t *data, size_t size);
} inputs[] = {
	{ "zeros", make_zeros },
	{ "random", make_random },
	{ "text", make_text },
	{ "alternating", make_alternating },
	{ "records", make_records },
};

static void open_decoder(struct fixture *f)
{
	const struct erofs_codec_config config = {
		.lzma_dictionary_bytes = f->options.dictionary_bytes,
		.zstd_window_bits = f->options.dictionary_bytes ?
			31u - (unsigned int)__builtin_clz(f->options.dictionary_bytes) : 0,
	};

	f->codec = erofs_codec_get(erofs_encoder_algorithm(f->options.kind));
	assert_non_null(f->codec);
	f->decoder = NULL;
	if (f->codec->open)
		assert_int_equal(f->codec->open(&config, &f->decoder), 0);
}

static void open_encoder(struct fixture *f, int level, size_t pcluster)
{
	f->options.level = level;
	f->options.dictionary_bytes = 0;
	f->options.max_pcluster_bytes = (uint32_t)pcluster;
	f->options.lzma_lc = f->options.lzma_lp = f->options.lzma_pb = -1;
	assert_int_equal(erofs_encoder_options_complete(&f->options), 0);
	assert_int_equal(erofs_encoder_new(&f->options, &f->encoder), 0);
	open_decoder(f);
}

static void close_both(struct fixture *f)
{
	erofs_encoder_free(f->encoder);
	if (f->decoder)
		f->codec->close(f->decoder);
	f->encoder = NULL;
	f->decoder = NULL;
}

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (!f)
		return -1;
	f->options.kind = *(const enum erofs_encoder_kind *)*state;
	f->input = malloc(INPUT_BYTES);
	f->out = malloc(2 * MAX_PCLUSTER + GUARD_BYTES);
	f->back = malloc(EROFS_MAX_DECODED_SIZE);
	*state = f;
	return f->input && f->out && f->back ? 0 : -1;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	close_both(f);
	free(f->input);
	free(f->out);
	free(f->back);
	free(f);
	return 0;
}

static struct fixture *get(void **state)
{
	struct fixture *f = *state;

	if (!erofs_encoder_available(f->options.kind) ||
	    !erofs_codec_get(erofs_encoder_algorithm(f->options.kind))) {
		print_message("this build lacks the codec\n");
		skip();
	}
	return f;
}

static void check_decoded(struct fixture *f, const uint8_t *in, size_t consumed, size_t produced)
{
	struct erofs_span stream = { f->out, produced };

	assert_true(f->out[0] != 0);
	assert_int_equal(f->codec->decode(f->decoder, stream, f->back, consumed, false), 0);
	assert_memory_equal(f->back, in, consumed);
}

typedef int encode_function(struct erofs_encoder *encoder, struct erofs_span in, void *output, size_t capacity,
	size_t *ret_consumed, size_t *ret_produced);

/* Encodes once and checks everything about it. */
static size_t encode(struct fixture *f, encode_function *function, struct erofs_span input, size_t capacity,
	size_t *ret_produced)
{
	size_t consumed = SIZE_MAX, produced = SIZE_MAX, size = input.size;
	const uint8_t *in = input.data;

	memset(f->out + capacity, GUARD, GUARD_BYTES);
	assert_int_equal(function(f->encoder, input, f->out, capacity, &consumed, &produced), 0);
	for (size_t i = 0; i < GUARD_BYTES; i++)
		assert_int_equal(f->out[capacity + i], GUARD);
	assert_true(consumed <= size && produced <= capacity);
	*ret_produced = produced;
	if (consumed == 0) {
		assert_int_equal(produced, 0);
		return 0;
	}
	assert_true(produced > 0 && produced < consumed);
	check_decoded(f, in, consumed, produced);
	return consumed;
}

/* One pcluster. */
static size_t fill(struct fixture *f, const uint8_t *in, size_t size, size_t capacity,
	size_t *ret_produced)
{
	struct erofs_span input = { in, size };

	return encode(f, erofs_encoder_fill, input, capacity, ret_produced);
}

/* One piece of at most @capacity bytes. */
static size_t piece(struct fixture *f, const uint8_t *in, size_t size, size_t capacity,
	size_t *ret_produced)
{
	struct erofs_span input = { in, size };

	return encode(f, erofs_encoder_piece, input, capacity, ret_produced);
}

/* A whole file. Returns what its pclusters or pieces take. */
static size_t encode_all(struct fixture *f, encode_function *function, struct erofs_span file, size_t pcluster)
{
	size_t total = 0, size = file.size, produced;

	erofs_encoder_reset(f->encoder);
	for (size_t pos = 0; pos < size;) {
		size_t n = encode(f, function, erofs_span_from(file, pos), pcluster, &produced);

		if (n == 0) {
			n = size - pos < pcluster ? size - pos : pcluster;
			produced = n;
		}
		total += produced;
		pos += n;
	}
	return total;
}

static size_t encode_file(struct fixture *f, const uint8_t *in, size_t size, size_t pcluster)
{
	struct erofs_span file = { in, size };

	return encode_all(f, erofs_encoder_fill, file, pcluster);
}

static void every_input_comes_back(void **state)
{
	struct fixture *f = get(state);

	for (size_t p = 0; p < sizeof(pclusters) / sizeof(pclusters[0]); p++) {
		open_encoder(f, EROFS_ENCODER_LEVEL_DEFAULT, pclusters[p]);
		for (size_t i = 0; i < sizeof(inputs) / sizeof(inputs[0]); i++) {
			size_t total;

			inputs[i].make(f->input, INPUT_BYTES);
			total = encode_file(f, f->input, INPUT_BYTES, pclusters[p]);
			if (strcmp(inputs[i].name, "random") == 0)
				assert_int_equal(total, INPUT_BYTES);
			else if (pclusters[p] >= 4096)
				assert_true(total < INPUT_BYTES * 15 / 16);
		}
		close_both(f);
	}
}

/* What padding takes of pclusters is not counted here, so pieces should come to about the same. */
static void pieces_come_back(void **state)
{
	struct fixture *f = get(state);
	struct erofs_span file = { f->input, INPUT_BYTES };

	for (size_t p = 1; p < sizeof(pclusters) / sizeof(pclusters[0]); p++) {
		open_encoder(f, EROFS_ENCODER_LEVEL_DEFAULT, pclusters[p]);
		for (size_t i = 0; i < sizeof(inputs) / sizeof(inputs[0]); i++) {
			size_t total, filled;

			inputs[i].make(f->input, INPUT_BYTES);
			filled = encode_file(f, f->input, INPUT_BYTES, pclusters[p]);
			total = encode_all(f, erofs_encoder_piece, file, pclusters[p]);
			assert_true(total <= INPUT_BYTES);
			if (pclusters[p] > 4096)
				assert_true(total <= filled + filled / 8 + 64);
			/* smaller than the room, then smaller than the largest, with less room */
			for (size_t size = pclusters[p] / 4; size <= INPUT_BYTES; size += size / 2)
				encode_all(f, erofs_encoder_piece, (struct erofs_span){ f->input, size },
					pclusters[p] / 4 + size % 1000);
		}
		close_both(f);
	}
}

static void pclusters_are_full(void **state)
{
	struct fixture *f = get(state);

	make_text(f->input, INPUT_BYTES);
	for (size_t p = 1; p + 1 < sizeof(pclusters) / sizeof(pclusters[0]); p++) {
		size_t pos = 0, produced, n;

		open_encoder(f, EROFS_ENCODER_LEVEL_DEFAULT, pclusters[p]);
		while ((n = fill(f, f->input + pos, INPUT_BYTES - pos, pclusters[p], &produced)) != 0) {
			pos += n;
			if (pos < INPUT_BYTES)
				assert_true(produced >= pclusters[p] - pclusters[p] / 25);
		}
		close_both(f);
	}
}

static void tiny_inputs(void **state)
{
	struct fixture *f = get(state);
	size_t produced;

	make_text(f->input, 4096);
	open_encoder(f, EROFS_ENCODER_LEVEL_DEFAULT, 4096);
	for (size_t size = 0; size <= 100; size++) {
		size_t n = fill(f, f->input, size, 4096, &produced);

		assert_true(n == 0 || n == size);
	}
	/* no room for anything, then for next to nothing */
	for (size_t capacity = 0; capacity <= 100; capacity++)
		fill(f, f->input, 4096, capacity, &produced);
	memset(f->input, 'x', 4096);
	assert_int_equal(fill(f, f->input, 100, 4096, &produced), 100);
	close_both(f);
	/* the end of a file may be a piece of a byte */
	open_encoder(f, EROFS_ENCODER_LEVEL_DEFAULT, 16384);
	for (size_t n = 0; n <= 100; n++) {
		piece(f, f->input, n, n, &produced);
		piece(f, f->input, 4096, n, &produced);
	}
	close_both(f);
}

/* Input that twenty pclusters take. */
static size_t input_of_twenty(struct fixture *f)
{
	size_t pos = 0, produced;

	erofs_encoder_reset(f->encoder);
	for (int i = 0; i < 20; i++)
		pos += fill(f, f->input + pos, INPUT_BYTES - pos, 4096, &produced);
	return pos;
}

static void dense_is_no_less(void **state)
{
	struct fixture *f = get(state);
	size_t usual;

	open_encoder(f, EROFS_ENCODER_LEVEL_DEFAULT, 4096);
	make_records(f->input, INPUT_BYTES);
	usual = input_of_twenty(f);
	erofs_encoder_free(f->encoder);
	f->options.dense = true;
	assert_int_equal(erofs_encoder_new(&f->options, &f->encoder), 0);
	assert_true(input_of_twenty(f) >= usual);
	close_both(f);
}

/* What compresses less at its beginning, behind what compresses more: never given up. */
static void a_costly_beginning(void **state)
{
	struct fixture *f = get(state);
	size_t produced;

	open_encoder(f, EROFS_ENCODER_LEVEL_DEFAULT, 4096);
	for (size_t head = 1000; head < 3800; head += 50) {
		erofs_encoder_reset(f->encoder);
		make_text(f->input, INPUT_BYTES);
		for (size_t i = 0; i < INPUT_BYTES; i++)
			f->input[i] = f->input[i] == ' ' ? ' ' : f->input[i % 1000];
		fill(f, f->input, 30000, 4096, &produced);
		make_records(f->input, INPUT_BYTES);
		make_random(f->input, head);
		assert_true(fill(f, f->input, INPUT_BYTES, 4096, &produced) > 4096);
	}
	close_both(f);
}

/* An input that takes exactly the pcluster, and one byte more of either. */
static void exact_fit(void **state)
{
	struct fixture *f = get(state);
	size_t whole, produced;

	make_text(f->input, INPUT_BYTES);
	open_encoder(f, EROFS_ENCODER_LEVEL_DEFAULT, 65536);
	for (size_t size = 1000; size < 60000; size += 14641) {
		erofs_encoder_reset(f->encoder);
		assert_int_equal(fill(f, f->input, size, 65536, &whole), size);
		for (size_t capacity = whole - 2; capacity <= whole + 2; capacity++) {
			size_t n;

			erofs_encoder_reset(f->encoder);
			n = fill(f, f->input, size, capacity, &produced);
			assert_true(n > size * 9 / 10);
			erofs_encoder_reset(f->encoder);
			fill(f, f->input, size + 1, capacity, &produced);
			erofs_encoder_reset(f->encoder);
			fill(f, f->input, size - 1, capacity, &produced);
		}
	}
	close_both(f);
}

static void levels_of(enum erofs_encoder_kind kind, int *ret_first, int *ret_last)
{
	struct erofs_encoder_options options = { .kind = kind, .max_pcluster_bytes = 4096 };

	options.lzma_lc = options.lzma_lp = options.lzma_pb = -1;
	*ret_first = *ret_last = EROFS_ENCODER_LEVEL_DEFAULT;
	for (int level = 109; level >= -7; level--) {
		options.level = level;
		options.dictionary_bytes = 0;
		if (erofs_encoder_options_complete(&options) < 0)
			continue;
		*ret_last = *ret_last == EROFS_ENCODER_LEVEL_DEFAULT ? level : *ret_last;
		*ret_first = level;
	}
}

static void every_level_comes_back(void **state)
{
	struct fixture *f = get(state);
	size_t size = 60000, worst = 0;
	int first, last;

	levels_of(f->options.kind, &first, &last);
	make_text(f->input, size);
	make_records(f->input + size / 2, size / 2);
	for (int level = first; level <= last; level++) {
		if (f->options.kind == EROFS_ENCODER_LZMA && level > 9 && level < 100)
			continue;
		for (size_t pcluster = 4096; pcluster <= 32768; pcluster *= 8) {
			size_t total;

			open_encoder(f, level, pcluster);
			total = encode_file(f, f->input, size, pcluster);
			worst = total > worst ? total : worst;
			close_both(f);
		}
	}
	/* All but the level that stores. */
	assert_true(worst < size || f->options.kind == EROFS_ENCODER_LIBDEFLATE);
}

/* What the same content becomes must not depend on what came before. */
static void nothing_leaks_between_files(void **state)
{
	static const size_t some[] = { 4096, 65536 };
	struct fixture *f = get(state);
	size_t n[3], produced[3], size = 150000;
	uint8_t *kept = malloc(some[1]);
	int first_level, last_level;

	assert_non_null(kept);
	levels_of(f->options.kind, &first_level, &last_level);
	for (int high = 0; high < 2; high++)
		for (size_t p = 0; p < 2; p++) {
			int level = high ? (last_level < 8 ? last_level : 8) : EROFS_ENCODER_LEVEL_DEFAULT;

			open_encoder(f, level, some[p]);
			for (size_t turn = 0; turn < 3; turn++) {
				make_text(f->input, size);
				erofs_encoder_reset(f->encoder);
				fill(f, f->input, size, some[p], &produced[turn]);
				n[turn] = fill(f, f->input + 9000, size - 9000, some[p], &produced[turn]);
				assert_true(n[turn] > 0);
				if (turn == 0)
					memcpy(kept, f->out, produced[0]);
				assert_int_equal(n[turn], n[0]);
				assert_int_equal(produced[turn], produced[0]);
				assert_memory_equal(f->out, kept, produced[0]);
				inputs[turn + 2].make(f->input, INPUT_BYTES);
				encode_file(f, f->input, INPUT_BYTES - turn * 4097, some[p]);
			}
			close_both(f);
		}
	free(kept);
}

/* Twelve megabytes at most come out of a pcluster, however well they compress. */
static void a_pcluster_is_bounded(void **state)
{
	struct fixture *f = get(state);
	size_t size = EROFS_MAX_DECODED_SIZE + 4096, produced;
	uint8_t *zeros = calloc(1, size);

	assert_non_null(zeros);
	open_encoder(f, EROFS_ENCODER_LEVEL_DEFAULT, MAX_PCLUSTER);
	assert_true(fill(f, zeros, size, MAX_PCLUSTER, &produced) <= EROFS_MAX_DECODED_SIZE);
	assert_true(piece(f, zeros, size, MAX_PCLUSTER, &produced) <= EROFS_MAX_DECODED_SIZE);
	free(zeros);
	close_both(f);
}

/* The second half repeats the first, out of reach of a small dictionary and within that of a larger one. */
static void no_match_leaves_the_window(void **state)
{
	struct fixture *f = get(state);
	size_t half = 6000, produced;

	open_encoder(f, EROFS_ENCODER_LEVEL_DEFAULT, 65536);
	make_random(f->input, half);
	memcpy(f->input + half, f->input, half);
	assert_int_equal(fill(f, f->input, 2 * half, 65536, &produced), 2 * half);
	if (f->options.dictionary_bytes) {
		erofs_encoder_free(f->encoder);
		f->options.dictionary_bytes = 4096;
		assert_int_equal(erofs_encoder_new(&f->options, &f->encoder), 0);
		assert_true(fill(f, f->input, 2 * half, 65536, &produced) == 0 || produced > 2 * half - half / 4);
	}
	close_both(f);
}

/* Programs of this system, as far as there are any. */
static void real_files_come_back(void **state)
{
	static const char *const paths[] = { "/bin/sh", "/proc/self/exe", "/bin/ls", "/etc/services" };
	struct fixture *f = get(state);
	size_t files = 0;

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		FILE *file = fopen(paths[i], "rb");
		size_t size = file ? fread(f->input, 1, INPUT_BYTES, file) : 0;

		if (file)
			fclose(file);
		if (size < 8192)
			continue;
		files++;
		for (size_t p = 1; p < 4; p++) {
			open_encoder(f, EROFS_ENCODER_LEVEL_DEFAULT, pclusters[p]);
			assert_true(encode_file(f, f->input, size, pclusters[p]) < size);
			close_both(f);
		}
	}
	assert_true(files > 0);
}

static void incompressible_is_recognised(void **state)
{
	uint8_t *data = malloc(65536);

	(void)state;
	assert_non_null(data);
	for (size_t size = 4096; size <= 65536; size *= 2) {
		make_random(data, size);
		assert_true(erofs_is_incompressible((struct erofs_span){ data, size }, size));
		/* the same twice: only repeats tell */
		memcpy(data + size / 2, data, size / 2);
		assert_false(erofs_is_incompressible((struct erofs_span){ data, size }, size));
		/* one bit less of each byte: only frequencies tell */
		make_random(data, size);
		for (size_t i = 0; i < size; i++)
			data[i] &= 0x7f;
		assert_false(erofs_is_incompressible((struct erofs_span){ data, size }, size));
		make_text(data, size);
		assert_false(erofs_is_incompressible((struct erofs_span){ data, size }, size));
	}
	assert_false(erofs_is_incompressible((struct erofs_span){ data, 0 }, 4096));
	free(data);
}

static const enum erofs_encoder_kind kinds[] = { EROFS_ENCODER_LZ4, EROFS_ENCODER_LZ4HC,
	EROFS_ENCODER_LZMA, EROFS_ENCODER_DEFLATE, EROFS_ENCODER_LIBDEFLATE, EROFS_ENCODER_ZSTD };

#define ONE(test, index) \
	{ #test "(" #index ")", test, set_up, tear_down, (void *)&kinds[index] }
#define EACH(test) \
	ONE(test, 0), ONE(test, 1), ONE(test, 2), ONE(test, 3), ONE(test, 4), ONE(test, 5)

int main(void)
{
	const struct CMUnitTest tests[] = {
		EACH(every_input_comes_back),
		EACH(pieces_come_back),
		EACH(pclusters_are_full),
		EACH(tiny_inputs),
		EACH(a_costly_beginning),
		EACH(dense_is_no_less),
		EACH(exact_fit),
		EACH(every_level_comes_back),
		EACH(nothing_leaks_between_files),
		EACH(a_pcluster_is_bounded),
		EACH(no_match_leaves_the_window),
		EACH(real_files_come_back),
		cmocka_unit_test(incompressible_is_recognised),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
