/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Content of compressed files: every payload form of the format's sections 9 and 10, the cache of decoded
 * pclusters, and payloads that are not what the index says. */
#include "image/zdata.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>
#include "image/zcache.h"
#include "tests/unit/codec/streams.h"
#include "tests/unit/image/sample.h"

#define NID 100	      /* byte 3200, the map header behind it at 3232 */
#define HEADER 3232
#define RECORDS 3248  /* of 16 bytes, aligned to 16 */
#define PACKED_NID 90 /* byte 2880 */

/* All algorithms declared; the superblock's records follow it. */
static void init(struct sample *s)
{
	static const uint8_t configs[] = { 14, 0, 0xff, 0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		14, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		6, 0, 15, 0, 0, 0, 0, 0,
		6, 0, 0, 5, 0, 0, 0, 0 };
	struct erofs_super_block *raw;

	sample_init(s, 16);
	raw = sample_super(s);
	raw->feature_incompat = erofs_put32(EROFS_INCOMPAT_LZ4_0PADDING |
		EROFS_INCOMPAT_COMPR_CFGS | EROFS_INCOMPAT_48BIT | EROFS_INCOMPAT_FRAGMENTS);
	raw->rootnid_8b = erofs_put64(SAMPLE_ROOT);
	raw->available_compr_algs = erofs_put16(15);
	memcpy(s->bytes + EROFS_SUPER_OFFSET + EROFS_SUPER_BASE_SIZE, configs, sizeof(configs));
}

static void put_header(struct sample *s, uint32_t word, uint16_t advise, uint8_t algorithms)
{
	struct z_erofs_map_header raw = {
		.h_fragmentoff = erofs_put32(word),
		.h_advise = erofs_put16(advise),
		.h_algorithmtype = algorithms,
	};

	memcpy(s->bytes + HEADER, &raw, sizeof(raw));
}

/* A file of 16-byte records. */
static void put_file(struct sample *s, uint32_t size, uint32_t records, uint16_t advise)
{
	sample_compact(s, NID, S_IFREG | 0644, EROFS_LAYOUT_COMPRESSED_FULL, size, 1);
	put_header(s, records, (uint16_t)(Z_EROFS_ADVISE_EXTENTS | 2 << 1 | advise), 0);
	s->bytes[HEADER + 6] = 0;
}

static void put_record(struct sample *s, uint32_t number, uint32_t word, uint32_t physical,
	uint32_t logical)
{
	struct z_erofs_extent raw = {
		.plen = erofs_put32(word),
		.pstart_lo = erofs_put32(physical),
		.lstart_lo = erofs_put32(logical),
	};

	memcpy(s->bytes + RECORDS + 16 * number, &raw, 16);
}

/* The plen word of a stream. */
static uint32_t word_of(unsigned int algorithm, size_t bytes)
{
	return (uint32_t)bytes | (algorithm + 1) << Z_EROFS_EXTENT_FORMAT_SHIFT;
}

static uint32_t put_stream(struct sample *s, unsigned int algorithm, uint32_t at)
{
	memcpy(s->bytes + at, codec_streams[algorithm].data, codec_streams[algorithm].size);
	return word_of(algorithm, codec_streams[algorithm].size);
}

static int gather(void *user, const void *bytes, uint64_t size)
{
	uint8_t **at = user;

	if (bytes)
		memcpy(*at, bytes, size);
	else
		memset(*at, 0, size);
	*at += size;
	return 0;
}

/* Reads the file in one go, in pieces of 7 and as a stream. */
static void expect_content(struct sample *s, const uint8_t *want, size_t size)
{
	uint8_t *got = malloc(size + 1), *at = got;
	struct erofs_inode inode;

	assert_non_null(got);
	sample_open(s);
	inode = sample_read(s, NID);
	assert_int_equal(inode.size_bytes, size);
	assert_int_equal(erofs_data_read(s->rd, &inode, 0, got, size + 1), size);
	assert_memory_equal(got, want, size);
	memset(got, 0x5a, size);
	for (size_t i = 0; i < size; i += 7) {
		ssize_t n = erofs_data_read(s->rd, &inode, i, got + i, size - i < 7 ? size - i : 7);

		assert_int_equal(n, size - i < 7 ? size - i : 7);
	}
	assert_memory_equal(got, want, size);
	memset(got, 0x5a, size);
	assert_int_equal(erofs_data_stream(s->rd, &inode, gather, &at), 0);
	assert_ptr_equal(at, got + size);
	assert_memory_equal(got, want, size);
	free(got);
}

static void expect_failure(struct sample *s, int error, const char *message)
{
	struct erofs_inode inode;
	uint8_t buffer[8];

	sample_open(s);
	inode = sample_read(s, NID);
	assert_int_equal(erofs_data_read(s->rd, &inode, 0, buffer, sizeof(buffer)), error);
	if (!strstr(s->message, message))
		fail_msg("\"%s\" does not say \"%s\"", s->message, message);
}

/* Skips the test when @algorithm was left out, once that fails by name. */
static void need(struct sample *s, unsigned int algorithm)
{
	if (erofs_algorithm_available(algorithm))
		return;
	expect_failure(s, -EOPNOTSUPP, erofs_algorithm_name(algorithm));
	print_message("this build lacks %s\n", erofs_algorithm_name(algorithm));
	sample_fini(s);
	skip();
}

/* Unaligned stream, hole, uncompressed bytes. */
static void reads_encoded_extents_of(unsigned int algorithm)
{
	uint8_t want[2500] = { 0 };
	struct sample s;

	codec_text(want);
	init(&s);
	put_file(&s, 2500, 3, 0);
	put_record(&s, 0, put_stream(&s, algorithm, 0x3001), 0x3001, 0);
	put_record(&s, 1, 0, 0, 1000);
	put_record(&s, 2, 600, 0x3500, 2000);
	for (size_t i = 0; i < 600; i++)
		s.bytes[0x3500 + i] = (uint8_t)(i * 7 + 1);
	memcpy(want + 2000, s.bytes + 0x3500, 500);
	need(&s, algorithm);
	expect_content(&s, want, sizeof(want));
	sample_fini(&s);
}

static void reads_lz4(void **state)
{
	(void)state;
	reads_encoded_extents_of(EROFS_ALGORITHM_LZ4);
}

static void reads_lzma(void **state)
{
	(void)state;
	reads_encoded_extents_of(EROFS_ALGORITHM_LZMA);
}

static void reads_deflate(void **state)
{
	(void)state;
	reads_encoded_extents_of(EROFS_ALGORITHM_DEFLATE);
}

static void reads_zstd(void **state)
{
	(void)state;
	reads_encoded_extents_of(EROFS_ALGORITHM_ZSTD);
}

/* One pcluster of @blocks blocks at block 3 in a compact index, nothing in it yet. */
static void put_pcluster(struct sample *s, uint32_t size, unsigned int algorithm)
{
	sample_compact(s, NID, S_IFREG | 0644, EROFS_LAYOUT_COMPRESSED_COMPACT, size, 1);
	put_header(s, 0, 0, (uint8_t)algorithm);
	s->bytes[HEADER + 9] = 0x10; /* HEAD1 at 0 */
	s->bytes[HEADER + 12] = 2;   /* the block before */
}

static void strips_padding(void **state)
{
	const struct erofs_span *stream = &codec_streams[EROFS_ALGORITHM_LZ4];
	uint8_t want[TEXT_SIZE];
	struct sample s;

	(void)state;
	codec_text(want);
	init(&s);
	put_pcluster(&s, TEXT_SIZE, EROFS_ALGORITHM_LZ4);
	memcpy(s.bytes + 4 * SAMPLE_BLOCK - stream->size, stream->data, stream->size);
	need(&s, EROFS_ALGORITHM_LZ4);
	expect_content(&s, want, TEXT_SIZE);
	/* nothing but padding */
	memset(s.bytes + 3 * SAMPLE_BLOCK, 0, SAMPLE_BLOCK);
	expect_failure(&s, -EUCLEAN, "do not decode to 1000 by lz4");
	sample_fini(&s);
}

static void refuses_a_block_of_padding(void **state)
{
	const struct erofs_span *stream = &codec_streams[EROFS_ALGORITHM_LZ4];
	struct sample s;

	(void)state;
	init(&s);
	put_file(&s, TEXT_SIZE, 1, 0);
	put_record(&s, 0, word_of(EROFS_ALGORITHM_LZ4, 2 * SAMPLE_BLOCK), 3 * SAMPLE_BLOCK, 0);
	memcpy(s.bytes + 5 * SAMPLE_BLOCK - stream->size, stream->data, stream->size);
	need(&s, EROFS_ALGORITHM_LZ4);
	expect_failure(&s, -EUCLEAN, "do not decode");
	sample_fini(&s);
}

/* Before Linux 5.4 streams started where their pcluster does. */
static void reads_left_aligned_lz4(void **state)
{
	uint8_t want[TEXT_SIZE];
	struct sample s;

	(void)state;
	codec_text(want);
	init(&s);
	sample_super(&s)->feature_incompat = erofs_put32(0);
	put_pcluster(&s, TEXT_SIZE, EROFS_ALGORITHM_LZ4);
	put_stream(&s, EROFS_ALGORITHM_LZ4, 3 * SAMPLE_BLOCK);
	need(&s, EROFS_ALGORITHM_LZ4);
	expect_content(&s, want, TEXT_SIZE);
	sample_fini(&s);
}

/* An uncompressed block in which every byte is where it is in a block of the file. */
static void reads_interlaced_blocks(void **state)
{
	uint8_t want[5000] = { 0 };
	struct sample s;

	(void)state;
	init(&s);
	put_file(&s, sizeof(want), 2, Z_EROFS_ADVISE_INTERLACED_PCLUSTER);
	put_record(&s, 0, 0, 0, 0);
	put_record(&s, 1, SAMPLE_BLOCK, 3 * SAMPLE_BLOCK, 1000);
	for (size_t i = 1000; i < sizeof(want); i++) {
		want[i] = (uint8_t)(i % 251 + 1);
		s.bytes[3 * SAMPLE_BLOCK + i % SAMPLE_BLOCK] = want[i];
	}
	expect_content(&s, want, sizeof(want));
	sample_fini(&s);
}

/* Three extents that are the beginning of one pcluster. */
static void reads_shared_pclusters_of(unsigned int algorithm)
{
	uint8_t text[TEXT_SIZE], want[1700];
	struct sample s;
	uint32_t word;

	codec_text(text);
	memcpy(want, text, 300);
	memcpy(want + 300, text, 1000);
	memcpy(want + 1300, text, 400);
	init(&s);
	put_file(&s, sizeof(want), 3, 0);
	word = put_stream(&s, algorithm, 0x3001);
	put_record(&s, 0, word | Z_EROFS_EXTENT_PARTIAL, 0x3001, 0);
	put_record(&s, 1, word, 0x3001, 300);
	put_record(&s, 2, word | Z_EROFS_EXTENT_PARTIAL, 0x3001, 1300);
	if (erofs_algorithm_available(algorithm))
		expect_content(&s, want, sizeof(want));
	sample_fini(&s);
}

static void reads_shared_pclusters(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < EROFS_ALGORITHM_COUNT; i++)
		reads_shared_pclusters_of(i);
}

static void reads_an_inline_pcluster(void **state)
{
	const struct erofs_span *stream = &codec_streams[EROFS_ALGORITHM_LZMA];
	uint8_t want[TEXT_SIZE];
	struct sample s;

	(void)state;
	codec_text(want);
	init(&s);
	put_pcluster(&s, TEXT_SIZE, EROFS_ALGORITHM_LZMA);
	put_header(&s, (uint32_t)stream->size << 16, Z_EROFS_ADVISE_INLINE_PCLUSTER,
		EROFS_ALGORITHM_LZMA);
	memcpy(s.bytes + HEADER + 16, stream->data, stream->size);
	need(&s, EROFS_ALGORITHM_LZMA);
	expect_content(&s, want, TEXT_SIZE);
	sample_fini(&s);
}

/* A packed inode of 5000 plain bytes in blocks 3 and 4. */
static void put_packed(struct sample *s)
{
	sample_super(s)->packed_nid = erofs_put64(PACKED_NID);
	sample_compact(s, PACKED_NID, S_IFREG | 0600, EROFS_LAYOUT_FLAT_PLAIN, 5000, 3);
	for (size_t i = 0; i < 5000; i++)
		s->bytes[3 * SAMPLE_BLOCK + i] = (uint8_t)(i % 253);
}

static void reads_fragments(void **state)
{
	struct sample s;

	(void)state;
	init(&s);
	put_packed(&s);
	sample_compact(&s, NID, S_IFREG | 0644, EROFS_LAYOUT_COMPRESSED_FULL, 300, 0);
	put_header(&s, 4700, 0, 0);
	s.bytes[HEADER + 7] = Z_EROFS_WHOLE_FRAGMENT;
	expect_content(&s, s.bytes + 3 * SAMPLE_BLOCK + 4700, 300);
	put_header(&s, 4993, 0, 0);
	s.bytes[HEADER + 7] = Z_EROFS_WHOLE_FRAGMENT;
	expect_failure(&s, -EUCLEAN, "ends outside the packed inode");
	sample_fini(&s);
}

static void reads_a_fragment_tail(void **state)
{
	uint8_t want[1500];
	struct sample s;

	(void)state;
	init(&s);
	put_packed(&s);
	put_file(&s, sizeof(want), 2, Z_EROFS_ADVISE_FRAGMENT_PCLUSTER);
	put_record(&s, 0, 1000, 0x6000, 0);
	put_record(&s, 1, 123, 0, 1000);
	memset(s.bytes + 0x6000, 'x', 1000);
	memset(want, 'x', 1000);
	memcpy(want + 1000, s.bytes + 3 * SAMPLE_BLOCK + 123, 500);
	expect_content(&s, want, sizeof(want));
	sample_fini(&s);
}

static void refuses_what_is_outside_the_device(void **state)
{
	struct sample s;

	(void)state;
	init(&s);
	put_file(&s, 100, 1, 0);
	put_record(&s, 0, 100, 16 * SAMPLE_BLOCK - 99, 0);
	expect_failure(&s, -EUCLEAN, "cannot read 100 bytes at byte 65437");
	sample_fini(&s);
}

/* The caller's mistakes, not the image's. */
static void refuses_impossible_requests(void **state)
{
	struct erofs_extent extent, wrong;
	struct erofs_inode inode;
	struct sample s;
	const void *bytes;
	uint8_t buffer[8];

	(void)state;
	init(&s);
	put_file(&s, 100, 1, 0);
	put_record(&s, 0, 100, 0x3000, 0);
	sample_open(&s);
	inode = sample_read(&s, NID);
	assert_int_equal(erofs_map_at(s.rd, &inode, 0, &extent), 1);
	assert_int_equal(erofs_zdata_read(s.rd, &inode, &extent, 92, buffer, 8), 0);
	assert_int_equal(erofs_zdata_read(s.rd, &inode, &extent, 93, buffer, 8), -EINVAL);
	assert_int_equal(erofs_zdata_read(s.rd, &inode, &extent, 101, buffer, 0), -EINVAL);
	wrong = extent;
	wrong.kind = EROFS_EXTENT_PLAIN;
	assert_int_equal(erofs_zdata_read(s.rd, &inode, &wrong, 0, buffer, 8), -EINVAL);
	wrong = extent;
	wrong.physical_bytes = EROFS_MAX_ENCODED_SIZE + 1;
	assert_int_equal(erofs_zdata_get(s.rd, &inode, &wrong, &bytes), -EINVAL);
	wrong = extent;
	wrong.length = EROFS_MAX_DECODED_SIZE + 1;
	assert_int_equal(erofs_zdata_get(s.rd, &inode, &wrong, &bytes), -EINVAL);
	sample_fini(&s);
}

/* ---- the cache ---- */

static size_t held(const struct erofs_zcache_state *state)
{
	size_t sum = 0;

	for (unsigned int i = 0; i < EROFS_ZCACHE_ENTRIES; i++)
		sum += state->entries[i].buffer.capacity;
	return sum;
}

static struct erofs_extent extent_at(uint64_t physical, uint64_t length)
{
	return (struct erofs_extent){
		.kind = EROFS_EXTENT_ENCODED,
		.length = length,
		.physical = physical,
		.physical_bytes = 4096,
	};
}

static void fill(struct erofs_zcache_state *state, const struct erofs_inode *inode,
	uint64_t physical, size_t length)
{
	struct erofs_extent extent = extent_at(physical, length);
	struct erofs_zentry *entry;

	assert_int_equal(erofs_zcache_take(state, inode, &extent, &entry), 0);
	memset(entry->buffer.bytes, 1, length);
	entry->size = length;
}

static bool has(struct erofs_zcache_state *state, const struct erofs_inode *inode,
	uint64_t physical, size_t length)
{
	struct erofs_extent extent = extent_at(physical, length);

	return erofs_zcache_find(state, inode, &extent) != NULL;
}

static void keeps_the_latest(void **state)
{
	struct erofs_inode inode = { .nid = NID }, other = { .nid = NID | 1ull << 63 };
	struct erofs_zcache_state *cache;
	struct erofs_extent extent;
	struct sample s;

	(void)state;
	init(&s);
	sample_open(&s);
	assert_int_equal(erofs_zcache_get(s.rd, &cache), 0);
	for (uint64_t i = 1; i <= EROFS_ZCACHE_ENTRIES; i++)
		fill(cache, &inode, i * 4096, 5000);
	assert_true(has(cache, &inode, 4096, 5000));
	assert_true(has(cache, &inode, 4096, 4999));
	assert_false(has(cache, &inode, 4096, 5001));
	fill(cache, &inode, 99 * 4096, 5000);
	assert_false(has(cache, &inode, 2 * 4096, 5000)); /* the oldest, as the first was used */
	assert_true(has(cache, &inode, 4096, 5000));
	/* The same place in another stream or in another form is another pcluster. */
	extent = extent_at(4096, 5000);
	extent.inline_pcluster = true;
	assert_null(erofs_zcache_find(cache, &inode, &extent));
	assert_null(erofs_zcache_find(cache, &other, &extent));
	extent = extent_at(4096, 5000);
	extent.algorithm = EROFS_ALGORITHM_ZSTD;
	assert_null(erofs_zcache_find(cache, &inode, &extent));
	sample_fini(&s);
}

static void keeps_its_memory_bounded(void **state)
{
	const size_t slack = 4 * 262144; /* of rounding */
	struct erofs_inode inode = { .nid = NID };
	struct erofs_zcache_state *cache;
	struct sample s;

	(void)state;
	init(&s);
	sample_open(&s);
	assert_int_equal(erofs_zcache_get(s.rd, &cache), 0);
	for (uint64_t i = 1; i < 50; i++) {
		size_t length = i % 7 == 0 ? EROFS_MAX_DECODED_SIZE : (i * 7919 % 31 + 1) * 100000;
		size_t most = length > EROFS_ZCACHE_BUDGET ? length : EROFS_ZCACHE_BUDGET;

		fill(cache, &inode, i * 4096, length);
		assert_true(has(cache, &inode, i * 4096, length));
		/* Not more, once something smaller came after it. */
		assert_true(held(cache) <= EROFS_MAX_DECODED_SIZE + slack);
		fill(cache, &inode, i * 4096 + 1, 100);
		assert_true(held(cache) <= most + EROFS_ZCACHE_BUDGET + slack);
	}
	sample_fini(&s);
}

/* A file of @size bytes whose two extents are of one pcluster, the second from @at on. */
static struct erofs_inode open_shared(struct sample *s, uint32_t size, uint32_t at)
{
	uint32_t word;

	init(s);
	put_file(s, size, 2, 0);
	word = put_stream(s, EROFS_ALGORITHM_LZ4, 0x3001);
	put_record(s, 0, word | Z_EROFS_EXTENT_PARTIAL, 0x3001, 0);
	put_record(s, 1, word | Z_EROFS_EXTENT_PARTIAL, 0x3001, at);
	need(s, EROFS_ALGORITHM_LZ4);
	sample_open(s);
	return sample_read(s, NID);
}

/* A decoded pcluster outlives its bytes in the image, and a shorter need is met by a longer one. */
static void decodes_a_shared_pcluster_once(void **state)
{
	uint8_t text[TEXT_SIZE], got[TEXT_SIZE];
	struct erofs_inode inode;
	struct sample s;

	(void)state;
	codec_text(text);
	inode = open_shared(&s, 1300, 1000);
	assert_int_equal(erofs_data_read(s.rd, &inode, 5, got, 10), 10);
	memset(s.bytes + 0x3001, 0xff, 200);
	s.rd->zcache.state->window_size = 0;
	assert_int_equal(erofs_data_read(s.rd, &inode, 0, got, 1000), 1000);
	assert_memory_equal(got, text, 1000);
	assert_int_equal(erofs_data_read(s.rd, &inode, 1000, got, 300), 300);
	assert_memory_equal(got, text, 300);
	sample_fini(&s);
}

/* The beginning of a longer stream is read, and said to be odd unless the index says so. */
static void warns_of_longer_streams(void **state)
{
	uint8_t text[TEXT_SIZE];
	struct sample s;
	uint32_t word;

	(void)state;
	codec_text(text);
	init(&s);
	put_file(&s, 700, 1, 0);
	word = put_stream(&s, EROFS_ALGORITHM_LZ4, 0x3001);
	put_record(&s, 0, word | Z_EROFS_EXTENT_PARTIAL, 0x3001, 0);
	need(&s, EROFS_ALGORITHM_LZ4);
	expect_content(&s, text, 700);
	assert_int_equal(s.messages, 0);
	put_record(&s, 0, word, 0x3001, 0);
	expect_content(&s, text, 700);
	assert_int_equal(s.messages, 1);
	assert_non_null(strstr(s.message, "holds more than 700 bytes"));
	sample_fini(&s);
}

/* What cannot be decoded is not tried again for every fragment in it; less of it may still be had. */
static void remembers_damage(void **state)
{
	uint8_t text[TEXT_SIZE], got[TEXT_SIZE];
	struct erofs_inode inode;
	struct sample s;

	(void)state;
	codec_text(text);
	inode = open_shared(&s, 2200, 1200);
	assert_int_equal(erofs_data_read(s.rd, &inode, 0, got, 10), -EUCLEAN);
	assert_non_null(strstr(s.message, "do not decode"));
	assert_int_equal(erofs_data_read(s.rd, &inode, 20, got, 10), -EUCLEAN);
	assert_non_null(strstr(s.message, "found damaged before"));
	assert_int_equal(erofs_data_read(s.rd, &inode, 1200, got, 1000), 1000);
	assert_memory_equal(got, text, 1000);
	sample_fini(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_lz4),
		cmocka_unit_test(reads_lzma),
		cmocka_unit_test(reads_deflate),
		cmocka_unit_test(reads_zstd),
		cmocka_unit_test(strips_padding),
		cmocka_unit_test(refuses_a_block_of_padding),
		cmocka_unit_test(reads_left_aligned_lz4),
		cmocka_unit_test(reads_interlaced_blocks),
		cmocka_unit_test(reads_shared_pclusters),
		cmocka_unit_test(reads_an_inline_pcluster),
		cmocka_unit_test(reads_fragments),
		cmocka_unit_test(reads_a_fragment_tail),
		cmocka_unit_test(refuses_what_is_outside_the_device),
		cmocka_unit_test(refuses_impossible_requests),
		cmocka_unit_test(keeps_the_latest),
		cmocka_unit_test(keeps_its_memory_bounded),
		cmocka_unit_test(decodes_a_shared_pcluster_once),
		cmocka_unit_test(warns_of_longer_streams),
		cmocka_unit_test(remembers_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
