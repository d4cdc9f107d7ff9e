/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Content of compressed extents: fetch the pcluster, decode it, remember it (format sections 9, 10). */
#include "image/zdata.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <erofs/data.h>
#include "image/device.h"
#include "image/zcache.h"

/* How much is fetched at once when pclusters are read in the order they are stored in. */
#define WINDOW_BYTES ((size_t)128 << 10)

static int fetch_inline(struct erofs_reader *rd, const struct erofs_inode *inode,
	const struct erofs_extent *extent, struct erofs_span *ret)
{
	struct erofs_zbuffer *buffer =
		&rd->zcache.state->inline_bytes[erofs_nid_in_metabox(inode->nid)];
	int r = erofs_zbuffer_reserve(buffer, extent->physical_bytes);

	if (r == 0)
		r = erofs_stream_read(rd, erofs_stream_of(inode->nid), extent->physical,
			buffer->bytes, extent->physical_bytes);
	*ret = (struct erofs_span){ buffer->bytes, extent->physical_bytes };
	return r;
}

static int fill_window(struct erofs_reader *rd, const struct erofs_extent *extent, size_t size)
{
	struct erofs_zcache_state *state = rd->zcache.state;
	int r = erofs_zbuffer_reserve(&state->window, size);

	state->window_size = 0;
	if (r == 0)
		r = erofs_device_read(rd, extent->device, extent->physical, state->window.bytes, size);
	if (r < 0)
		return r;
	state->window_device = extent->device;
	state->window_start = extent->physical;
	state->window_size = size;
	return 0;
}

static bool in_window(const struct erofs_zcache_state *state, const struct erofs_extent *extent)
{
	return extent->device == state->window_device && extent->physical >= state->window_start &&
	       extent->physical_bytes <= state->window_size &&
	       extent->physical - state->window_start <= state->window_size - extent->physical_bytes;
}

/* How much to fetch for @extent: more than it has when it follows the one before. Where there are extra
 * devices, what follows may be on another one. */
static size_t window_size(const struct erofs_reader *rd, const struct erofs_extent *extent)
{
	const struct erofs_zcache_state *state = rd->zcache.state;
	uint64_t end = erofs_device_end(rd->img, rd->img->store);
	uint64_t size = extent->physical_bytes;

	if (extent->physical != state->fetched_end || rd->img->super.device_count)
		return (size_t)size;
	if (size < WINDOW_BYTES)
		size = WINDOW_BYTES;
	if (extent->physical < end && size > end - extent->physical)
		size = end - extent->physical;
	return size < extent->physical_bytes ? (size_t)extent->physical_bytes : (size_t)size;
}

/* The stored bytes of @extent, valid until the next fetch. */
static int fetch(struct erofs_reader *rd, const struct erofs_inode *inode,
	const struct erofs_extent *extent, struct erofs_span *ret)
{
	struct erofs_zcache_state *state = rd->zcache.state;
	int r;

	if (extent->inline_pcluster)
		return fetch_inline(rd, inode, extent, ret);
	if (!in_window(state, extent)) {
		r = fill_window(rd, extent, window_size(rd, extent));
		if (r < 0)
			return r;
	}
	state->fetched_end = extent->physical + extent->physical_bytes;
	*ret = (struct erofs_span){ state->window.bytes + (extent->physical - state->window_start),
		extent->physical_bytes };
	return 0;
}

static int fetch_or_tell(struct erofs_reader *rd, const struct erofs_inode *inode,
	const struct erofs_extent *extent, struct erofs_span *ret)
{
	int r = fetch(rd, inode, extent, ret);

	if (r == 0 || r == -ENOMEM)
		return r;
	return erofs_nid_fail(rd, inode->nid, r,
		"extent at %" PRIu64 ": cannot read %" PRIu64 " bytes at byte %" PRIu64 " of device %" PRIu32,
		extent->logical, extent->physical_bytes, extent->physical, extent->device);
}

/* Bytes [@skip, @skip + @size) of an extent and where they go. */
struct part {
	uint64_t skip;
	uint8_t *to;
	size_t size;
};

/* Copies a part of the uncompressed pcluster @in. An interlaced one keeps every byte where it would be
 * in a block of the file (section 9.1). */
static void copy_raw(const struct erofs_extent *extent, size_t block_size, struct erofs_span in,
	struct part part)
{
	size_t start = part.skip, first = part.size;

	if (extent->interlaced) {
		start = (extent->logical + part.skip) & (block_size - 1);
		if (first > block_size - start)
			first = block_size - start;
	}
	memcpy(part.to, in.data + start, first);
	if (first < part.size)
		memcpy(part.to + first, in.data, part.size - first);
}

static int get_decoder(struct erofs_reader *rd, const struct erofs_inode *inode,
	unsigned int algorithm, const struct erofs_codec **ret)
{
	const struct erofs_super *super = &rd->img->super;
	const struct erofs_codec *codec = erofs_codec_get(algorithm);
	const struct erofs_codec_config config = {
		.lzma_dictionary_bytes = super->lzma_dictionary_bytes,
		.zstd_window_bits = super->zstd_window_bits,
	};
	void **decoder = &rd->zcache.state->decoders[algorithm];
	int r = 0;

	if (!codec)
		return erofs_nid_fail(rd, inode->nid, -EOPNOTSUPP, "this build cannot decode %s",
			erofs_algorithm_name(algorithm));
	if (codec->open && !*decoder)
		r = codec->open(&config, decoder);
	if (r == 0)
		*ret = codec;
	return r;
}

/* Streams end where their pcluster does, behind zeros that lie in its first block, and never start with
 * one (section 9.2). */
static struct erofs_span strip_padding(struct erofs_span in, size_t block_size)
{
	size_t limit = in.size < block_size ? in.size : block_size, zeros = 0;

	while (zeros < limit && in.data[zeros] == 0)
		zeros++;
	return zeros == limit ? (struct erofs_span){ 0 } : erofs_span_from(in, zeros);
}

/* A fetched pcluster and what decodes it. */
struct pcluster {
	struct erofs_span in;
	const struct erofs_codec *codec; /* NULL: uncompressed */
	bool partial;
};

static struct pcluster make_pcluster(const struct erofs_reader *rd, const struct erofs_extent *extent,
	const struct erofs_codec *codec, struct erofs_span in)
{
	const struct erofs_super *super = &rd->img->super;
	bool padded = extent->algorithm != EROFS_ALGORITHM_LZ4 ||
		      (super->incompat & EROFS_INCOMPAT_LZ4_0PADDING);

	if (!extent->raw && padded)
		in = strip_padding(in, super->block_size_bytes);
	/* Without padding zeros follow the stream, and only the output tells where it ends. */
	return (struct pcluster){ in, codec, extent->partial || !padded };
}

/* This comes before a place for the result is taken: fetching may take decoding something else. */
static int fetch_pcluster(struct erofs_reader *rd, const struct erofs_inode *inode,
	const struct erofs_extent *extent, struct pcluster *ret)
{
	const struct erofs_codec *codec = NULL;
	struct erofs_span in;
	int r = 0;

	if (!extent->raw)
		r = get_decoder(rd, inode, extent->algorithm, &codec);
	if (r == 0)
		r = fetch_or_tell(rd, inode, extent, &in);
	if (r == 0)
		*ret = make_pcluster(rd, extent, codec, in);
	return r;
}

/* Readers bear it, but Linux refuses such an LZ4 pcluster. Once for each file in a row. */
static void warn_longer(struct erofs_reader *rd, const struct erofs_inode *inode,
	const struct erofs_extent *extent)
{
	struct erofs_zcache_state *state = rd->zcache.state;

	if (state->longer_nid == inode->nid)
		return;
	state->longer_nid = inode->nid;
	erofs_say(rd->report, EROFS_LEVEL_WARNING,
		"nid %" PRIu64 ": extent at %" PRIu64 ": its pcluster holds more than %" PRIu64
		" bytes, though it is not marked as partial", inode->nid, extent->logical,
		extent->length);
}

/* Writes the whole of @extent to @out. */
static int decode(struct erofs_reader *rd, const struct erofs_inode *inode,
	const struct erofs_extent *extent, const struct pcluster *pcluster, uint8_t *out)
{
	const char *name = erofs_algorithm_name(extent->algorithm);
	int r = -EUCLEAN;

	if (extent->raw) {
		copy_raw(extent, rd->img->super.block_size_bytes, pcluster->in,
			(struct part){ 0, out, extent->length });
		return 0;
	}
	if (pcluster->in.size)
		r = pcluster->codec->decode(rd->zcache.state->decoders[extent->algorithm],
			pcluster->in, out, extent->length, pcluster->partial);
	if (r == -EUCLEAN)
		return erofs_nid_fail(rd, inode->nid, r,
			"extent at %" PRIu64 ": %" PRIu64 " bytes at byte %" PRIu64
			" do not decode to %" PRIu64 " by %s",
			extent->logical, extent->physical_bytes, extent->physical, extent->length, name);
	if (r == 1)
		warn_longer(rd, inode, extent);
	return r < 0 ? r : 0;
}

/* The decoded pcluster of @extent in the cache. */
static int get_entry(struct erofs_reader *rd, const struct erofs_inode *inode,
	const struct erofs_extent *extent, struct erofs_zentry **ret)
{
	struct erofs_zcache_state *state = rd->zcache.state;
	struct erofs_zentry *entry = erofs_zcache_find(state, inode, extent);
	struct pcluster pcluster;
	int r;

	if (!entry) {
		r = fetch_pcluster(rd, inode, extent, &pcluster);
		if (r == 0)
			r = erofs_zcache_take(state, inode, extent, &entry);
		if (r < 0)
			return r;
		r = decode(rd, inode, extent, &pcluster, entry->buffer.bytes);
		entry->size = r == 0 ? extent->length : 0;
		entry->error = r == -EUCLEAN ? r : 0;
		if (r < 0)
			return r;
	}
	if (entry->error)
		return erofs_nid_fail(rd, inode->nid, entry->error,
			"extent at %" PRIu64 ": the pcluster at byte %" PRIu64 " was found damaged before",
			extent->logical, extent->physical);
	*ret = entry;
	return 0;
}

/* Fetches @extent for a @part of it that nobody will ask for again, or that costs nothing to make. */
static int read_uncached(struct erofs_reader *rd, const struct erofs_inode *inode,
	const struct erofs_extent *extent, struct part part)
{
	struct pcluster pcluster;
	int r = fetch_pcluster(rd, inode, extent, &pcluster);

	if (r < 0)
		return r;
	if (!extent->raw)
		return decode(rd, inode, extent, &pcluster, part.to);
	copy_raw(extent, rd->img->super.block_size_bytes, pcluster.in, part);
	return 0;
}

static int read_fragment(struct erofs_reader *rd, const struct erofs_inode *inode,
	uint64_t offset, void *buffer, size_t size)
{
	const struct erofs_super *super = &rd->img->super;
	const struct erofs_inode *packed;
	ssize_t n;
	int r;

	if (inode->nid == super->packed_nid || inode->nid == super->metabox_nid)
		return erofs_nid_fail(rd, inode->nid, -EUCLEAN,
			"the packed or metabox inode has a fragment itself");
	r = erofs_special_inode_get(rd, EROFS_STREAM_PACKED, &packed);
	if (r < 0)
		return r;
	n = erofs_data_read(rd, packed, offset, buffer, size);
	if (n < 0)
		return (int)n;
	if ((size_t)n < size)
		return erofs_nid_fail(rd, inode->nid, -EUCLEAN,
			"the fragment at %" PRIu64 " ends outside the packed inode", offset);
	return 0;
}

/* Whether @extent can come from a map, so that its sizes may be trusted. */
static bool is_sound(const struct erofs_extent *extent)
{
	return extent->kind == EROFS_EXTENT_ENCODED && extent->length > 0 &&
	       extent->length <= EROFS_MAX_DECODED_SIZE && extent->physical_bytes > 0 &&
	       extent->physical_bytes <= EROFS_MAX_ENCODED_SIZE &&
	       extent->algorithm < EROFS_ALGORITHM_COUNT &&
	       (!extent->raw || extent->length <= extent->physical_bytes);
}

int erofs_zdata_read(struct erofs_reader *rd, const struct erofs_inode *inode,
	const struct erofs_extent *extent, uint64_t skip, void *buffer, size_t size)
{
	struct erofs_zcache_state *state;
	struct erofs_zentry *entry;
	int r;

	if (skip > extent->length || size > extent->length - skip)
		return -EINVAL;
	if (size == 0)
		return 0;
	if (extent->kind == EROFS_EXTENT_FRAGMENT)
		return read_fragment(rd, inode, extent->physical + skip, buffer, size);
	if (!is_sound(extent))
		return -EINVAL;
	r = erofs_zcache_get(rd, &state);
	if (r < 0)
		return r;
	if (extent->raw || (size == extent->length && !extent->partial &&
				   !erofs_zcache_find(state, inode, extent)))
		return read_uncached(rd, inode, extent, (struct part){ skip, buffer, size });
	r = get_entry(rd, inode, extent, &entry);
	if (r == 0)
		memcpy(buffer, entry->buffer.bytes + skip, size);
	return r;
}

int erofs_zdata_get(struct erofs_reader *rd, const struct erofs_inode *inode,
	const struct erofs_extent *extent, const void **ret)
{
	struct erofs_zcache_state *state;
	struct erofs_zentry *entry;
	int r;

	if (!is_sound(extent))
		return -EINVAL;
	r = erofs_zcache_get(rd, &state);
	if (r == 0)
		r = get_entry(rd, inode, extent, &entry);
	if (r == 0)
		*ret = entry->buffer.bytes;
	return r;
}

/* ---- stored bytes as they are ---- */

int erofs_zdata_fetch(struct erofs_reader *rd, const struct erofs_inode *inode,
	const struct erofs_extent *extent, void *buffer)
{
	struct erofs_zcache_state *state;
	struct erofs_span in;
	size_t turn = 0;
	int r;

	if (!is_sound(extent))
		return -EINVAL;
	r = erofs_zcache_get(rd, &state);
	if (r == 0)
		r = fetch_or_tell(rd, inode, extent, &in);
	if (r < 0)
		return r;
	if (extent->interlaced)
		turn = (size_t)(extent->logical & (rd->img->super.block_size_bytes - 1));
	if (turn > in.size)
		return -EINVAL;
	memcpy(buffer, in.data + turn, in.size - turn);
	memcpy((uint8_t *)buffer + (in.size - turn), in.data, turn);
	return 0;
}

int erofs_zdata_decode(struct erofs_reader *rd, const struct erofs_inode *inode,
	const struct erofs_extent *extent, const void *stored, void *buffer)
{
	const struct erofs_span in = { stored, (size_t)extent->physical_bytes };
	struct erofs_extent turned = *extent;
	const struct erofs_codec *codec = NULL;
	struct erofs_zcache_state *state;
	struct pcluster pcluster;
	int r;

	if (!is_sound(extent))
		return -EINVAL;
	r = erofs_zcache_get(rd, &state);
	if (r == 0 && !extent->raw)
		r = get_decoder(rd, inode, extent->algorithm, &codec);
	if (r < 0)
		return r;
	turned.interlaced = false;
	pcluster = make_pcluster(rd, extent, codec, in);
	return decode(rd, inode, &turned, &pcluster, buffer);
}
